/** Runs the Go tool in one of the modules under tools/; without it there is nothing to test. */
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

/** The folder of the module that pins a tool's versions. */
export function toolDir(tool: string): string {
  return fileURLToPath(new URL(`tools/${tool}/`, import.meta.url));
}

// Exactly these, so that every run finds what an earlier one has compiled in Go's own cache.
const env = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' };

/** What the Go tool printed; rejects with its complaint when it fails or is not there. */
export async function go(tool: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('go', args, { cwd: toolDir(tool), env }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw new Error(
        'No "go" on the PATH. The tests against a real Crossplane build it from Go modules: ' +
          'install Go 1.26.4 or newer (https://go.dev/dl). Nothing was tested against it.',
      );
    },
  );
  if (code !== 0) throw new Error(`go ${args.join(' ')} failed in tools/${tool}:\n${stderr}`);
  return stdout.trim();
}
