/** A bed for the tests of a file; of a failed one everything that could tell why is kept. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { printDocuments } from '../documents.ts';
import { type Bed, type BedOptions, startBed } from './bed.ts';
import { environmentTypes } from './configurations.ts';
import { composedKinds, refOf } from './resources.ts';
import { since, waitFor } from './wait.ts';

/** So high that it never opens. */
export const RAISED = { burst: 10_000, refillRate: 1_000 } as const;

/** Registers the hooks; the bed is there in tests. */
export function bedForTests(options: BedOptions = {}): () => Bed {
  let bed: Bed | undefined;
  let failed = false;

  beforeAll(async () => {
    const start = Date.now();
    bed = await startBed(options);
    tell(`bed up in ${since(start)} s`);
  });

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || bed === undefined) return;
    failed = true;
    await writeState(bed, join(bed.folder, 'logs', `state-${task.id}.yaml`));
    tell(`failed: ${task.name}\nlogs: ${join(bed.folder, 'logs')}`);
    // The next one is to find things as the first one did.
    await bed.heal();
    await sweep(bed).catch((error: Error) => tell(`not clean: ${error.message}`));
  });

  afterAll(async () => {
    const ended = bed?.processes.unexpected() ?? [];
    await bed?.stop(failed || ended.length > 0);
    expect(ended).toEqual([]);
  });

  return () => {
    if (bed === undefined) throw new Error('the bed is only there in tests');
    return bed;
  };
}

async function sweep({ host }: Bed): Promise<void> {
  for (const type of Object.values(environmentTypes)) {
    for (const one of await host.list(type)) await host.remove(refOf(one));
  }
  const types = Object.values(composedKinds).flatMap((kinds) => Object.values(kinds));
  const noConfigs = types.filter(({ kind }) => kind === 'Release' || kind === 'Object');
  await waitFor(
    'environments to be gone',
    async () => {
      const lists = await Promise.all(noConfigs.map((type) => host.list(type)));
      return lists.flat().length === 0;
    },
    180,
  );
}

/** Figures, beside the report. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function writeState({ host }: Bed, path: string): Promise<void> {
  const types = [
    ...Object.values(environmentTypes),
    ...Object.values(composedKinds).flatMap((kinds) => Object.values(kinds)),
  ];
  const lists = await Promise.allSettled(types.map((type) => host.list(type)));
  const objects = lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
  await writeFile(path, printDocuments(objects));
}
