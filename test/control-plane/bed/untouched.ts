/** Holds that something happens to environments without a resource being deleted or made again. */
import { expect } from 'vitest';
import type { Bed } from './bed.ts';
import { allComposed, type Environment } from './environments.ts';
import { record } from './recorder.ts';
import { uidOf } from './resources.ts';

export async function untouched(
  bed: Bed,
  which: Environment | readonly Environment[],
  during: () => Promise<unknown>,
): Promise<void> {
  const all = [which].flat();
  const uids = async () =>
    (await Promise.all(all.map((env) => allComposed(bed, env)))).flat().map(uidOf).sort();
  const before = await uids();
  const recordings = all.map((env) => record(bed, env));
  await during();
  for (const recording of recordings) {
    recording.stop();
    expect(recording.gone).toEqual([]);
  }
  expect(await uids()).toEqual(before);
}
