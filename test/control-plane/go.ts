/** Runs the Go tool in one of the modules under tools/; without it there is nothing to test. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

/** The folder of the module that pins a tool's versions. */
export function toolDir(tool: string): string {
  return fileURLToPath(new URL(`tools/${tool}/`, import.meta.url));
}

// Exactly these, so that every run finds what an earlier one has compiled in Go's own cache.
const env = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' };

/** Go gives up on a module at the first of these. */
const OF_THE_NETWORK =
  /dial tcp|connection re(set|fused)|i\/o timeout|TLS handshake|EOF$|: 5\d\d /m;
const ATTEMPTS = 3;
const PAUSE_MS = 5_000;

/** What the Go tool printed; rejects with its complaint when it fails or is not there. */
export async function go(tool: string, args: readonly string[], attempt = 1): Promise<string> {
  const { code, stdout, stderr } = await run('go', args, { cwd: toolDir(tool), env }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      throw new Error(
        'No "go" on the PATH. The tests against a real Crossplane build it from Go modules: ' +
          'install Go 1.26.4 or newer (https://go.dev/dl). Nothing was tested against it.',
      );
    },
  );
  if (code === 0) return stdout.trim();
  if (attempt === ATTEMPTS || !OF_THE_NETWORK.test(stderr))
    throw new Error(`go ${args.join(' ')} failed in tools/${tool}:\n${stderr}`);
  await sleep(PAUSE_MS);
  return go(tool, args, attempt + 1);
}
