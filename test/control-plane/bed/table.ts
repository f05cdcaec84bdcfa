/** What `kubectl get` prints, as rows by column. */

/** Columns are as wide as their headings and contents need; what changes from run to run is left to the caller. */
export function tableOf(printed: string): Record<string, string>[] {
  const [heading = '', ...rows] = printed.trimEnd().split('\n');
  const columns = [...heading.matchAll(/\S+(?: \S+)*\s*/g)].map((match) => ({
    name: match[0].trim(),
    start: match.index,
    end: match.index + match[0].length,
  }));
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ name, start, end }, i) => [
        name,
        row.slice(start, i === columns.length - 1 ? undefined : end).trim(),
      ]),
    ),
  );
}
