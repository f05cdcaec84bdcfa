/** Waits for a condition, never for a time; says what was waited for when it does not come. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 100;

/**
 * The first answer that is neither undefined nor false. A condition that throws is not there yet;
 * its last complaint is part of the failure.
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  boundSeconds: number,
): Promise<Exclude<T, undefined | false>> {
  const start = Date.now();
  let complaint = 'it answered nothing';
  for (;;) {
    try {
      const answer = await condition();
      if (answer !== undefined && answer !== false) {
        return answer as Exclude<T, undefined | false>;
      }
    } catch (error) {
      complaint = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() - start > boundSeconds * 1000) {
      throw new Error(`waited ${boundSeconds} s for ${what}; last: ${complaint}`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Seconds since `start`, to a tenth. */
export function since(start: number): number {
  return Math.round((Date.now() - start) / 100) / 10;
}
