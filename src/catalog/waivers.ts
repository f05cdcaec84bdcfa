// Exceptions that the platform team grants for a time.
import { plain } from './compare.ts';
import type { Waiver } from './schema.ts';

/** The waiver in force for a component's version in an environment (`namespace/name`), the longest-lived first. */
export function waiverFor(
  waivers: readonly Waiver[] | undefined,
  component: string,
  version: string,
  environment: string,
  now: Date,
): Waiver | undefined {
  return (waivers ?? [])
    .filter(
      (w) =>
        w.component === component &&
        plain(w.version) === plain(version) &&
        Date.parse(w.expires) > now.getTime() &&
        w.environments.some((pattern) => matchesGlob(pattern, environment)),
    )
    .sort((a, b) => Date.parse(b.expires) - Date.parse(a.expires))[0];
}

export function waiverText(waiver: Waiver): string {
  return `${waiver.reason} (${waiver.owner}), until ${waiver.expires}`;
}

/** `*` stands for any text. Linear: no regular expression is made from what people write. */
export function matchesGlob(pattern: string, value: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return pattern === value;
  const last = parts[parts.length - 1] ?? '';
  if (!value.startsWith(first)) return false;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return value.length - last.length >= position && value.endsWith(last);
}
