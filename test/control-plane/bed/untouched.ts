/** Holds that something happens to an environment without a resource being deleted or made again. */
import { expect } from 'vitest';
import type { Bed } from './bed.ts';
import { allComposed, type Environment } from './environments.ts';
import { record } from './recorder.ts';
import { uidOf } from './resources.ts';

export async function untouched(
  bed: Bed,
  env: Environment,
  during: () => Promise<unknown>,
): Promise<void> {
  const before = (await allComposed(bed, env)).map(uidOf).sort();
  const recording = record(bed, env);
  await during();
  recording.stop();
  expect(recording.gone).toEqual([]);
  expect((await allComposed(bed, env)).map(uidOf).sort()).toEqual(before);
}
