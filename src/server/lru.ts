// What was used last stays, as long as all of it together is small enough.

export interface Lru<T> {
  get(key: string): T | undefined;
  /** @param size in whatever `most` counts */
  set(key: string, value: T, size: number): void;
}

export function makeLru<T>(most: number): Lru<T> {
  // A Map keeps the order in which keys were set.
  const entries = new Map<string, { readonly value: T; readonly size: number }>();
  let total = 0;

  function remove(key: string): void {
    total -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, size) {
      remove(key);
      if (size > most) return;
      entries.set(key, { value, size });
      total += size;
      for (const oldest of entries.keys()) {
        if (total <= most) break;
        remove(oldest);
      }
    },
  };
}
