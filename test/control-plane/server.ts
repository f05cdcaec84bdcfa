/** The function as a process of its own, the way `crossplane composition render` can reach it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const startMilliseconds = 15_000;
const stopMilliseconds = 5_000;

export interface FunctionServer {
  /** host:port, plaintext. */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** `now` is the date that the function takes for today. Rejects when it does not come up in time. */
export async function startFunction(now: string): Promise<FunctionServer> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const child = spawn(process.execPath, [main, '--insecure', '--address', address, '--now', now], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log += chunk;
    });
  }
  const ended = once(child, 'exit');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  const stop = async () => {
    if (hasEnded()) return;
    child.kill('SIGTERM');
    // Without it, a function that does not heed the signal would outlive the tests.
    const impatience = setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
    await ended;
    clearTimeout(impatience);
  };

  const deadline = Date.now() + startMilliseconds;
  while (!(await accepts(port))) {
    if (hasEnded()) throw new Error(`the function ended before it listened:\n${log}`);
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`the function did not listen on ${address} in time:\n${log}`);
    }
    await sleep(50);
  }
  return { address, stop };
}

/** A port that was free a moment ago; there is no way to hand the function an open socket. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
