/** Before any test: every program is there. */
import { ensureBinary } from './binaries.ts';
import { type ProgramName, programs } from './programs.ts';

/** One after the other: a build takes every core that there is. */
export async function setup(): Promise<void> {
  for (const name of Object.keys(programs) as ProgramName[]) await ensureBinary(name);
}
