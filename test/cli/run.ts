// Runs xenv in this process, and gives back what it said.
import { run } from '../../src/cli/run.ts';

export async function xenv(
  ...arguments_: string[]
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(arguments_, {
    out(text) {
      out += text;
    },
    err(text) {
      err += text;
    },
  });
  return { code, out, err };
}
