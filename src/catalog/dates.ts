// Every moment that a catalog names: between two of them it means the same.

/** In milliseconds, sorted. Whatever looks like a date counts, whether or not anything goes by it. */
export function momentsIn(document: unknown): readonly number[] {
  const found = new Set<number>();
  collect(document, found);
  return [...found].sort((a, b) => a - b);
}

function collect(value: unknown, found: Set<number>): void {
  if (typeof value === 'string') {
    const moment = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(moment)) found.add(moment);
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) collect(inner, found);
  }
}
