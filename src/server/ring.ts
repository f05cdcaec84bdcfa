// Bytes that are kept, in one piece of memory of their own: what was put in last stays. Buffers that each live for a
// while, and end in no order, leave a process with several times the memory that they need.

export interface Ring<T> {
  /** A copy of the bytes, and what was put in with them. */
  get(key: string): { readonly bytes: Buffer; readonly about: T } | undefined;
  set(key: string, bytes: Uint8Array, about: T): void;
}

interface Entry<T> {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly length: number;
  readonly about: T;
}

/** An entry takes at least as much, so that there are not too many of them. */
const SMALLEST = 1024;

/** @param size in bytes of all that is kept */
export function makeRing<T>(size: number): Ring<T> {
  // Pages that were never written to take no memory.
  const memory = Buffer.allocUnsafeSlow(size);
  /** In the order in which they lie, from the oldest on. */
  const entries = new Map<number, Entry<T>>();
  const byKey = new Map<string, Entry<T>>();
  let head = 0;
  let count = 0;

  /** Oldest first, until nothing is left between `start` and `end`. */
  function clear(start: number, end: number): void {
    for (const [number, entry] of entries) {
      if (entry.start >= end || entry.end <= start) return;
      entries.delete(number);
      if (byKey.get(entry.key) === entry) byKey.delete(entry.key);
    }
  }

  return {
    get(key) {
      const entry = byKey.get(key);
      if (entry === undefined) return undefined;
      const { start, length, about } = entry;
      return { bytes: Buffer.from(memory.subarray(start, start + length)), about };
    },
    set(key, bytes, about) {
      byKey.delete(key);
      const room = Math.max(bytes.length, SMALLEST);
      if (room > size) return;
      if (head + room > size) {
        clear(head, size);
        head = 0;
      }
      clear(head, head + room);
      memory.set(bytes, head);
      const entry = { key, start: head, end: head + room, length: bytes.length, about };
      entries.set(count++, entry);
      byKey.set(key, entry);
      head += room;
    },
  };
}
