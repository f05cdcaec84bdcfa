// How far a long run is, on a terminal only, and on standard error: output stays clean.

export interface Progress {
  count(what: string, more?: number): void;
  /** Takes the line away again. */
  end(): void;
}

const EVERY_MS = 100;

export function progressOn(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { count() {}, end() {} };
  const counts = new Map<string, number>();
  let shown = 0;
  return {
    count(what, more = 1) {
      counts.set(what, (counts.get(what) ?? 0) + more);
      const now = performance.now();
      if (now - shown < EVERY_MS) return;
      shown = now;
      const text = [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
      stream.write(`\r\x1b[K${text}`);
    },
    end() {
      stream.write('\r\x1b[K');
    },
  };
}
