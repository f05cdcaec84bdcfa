// Starts the function as a process and calls it over gRPC, as Crossplane does.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import {
  FunctionRunnerServiceService,
  type RunFunctionRequest,
  type RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';

export interface RunningFunction {
  readonly address: string;
  call(request: RunFunctionRequest): Promise<RunFunctionResponse>;
  /** Asks it to end; its exit code. */
  stop(): Promise<number | null>;
}

/** How long it may take to listen. */
const START_MS = 60_000;
const CALL_MS = 30_000;

const Client = makeGenericClientConstructor(FunctionRunnerServiceService, 'FunctionRunnerService');

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

/** Runs the process to its end, for flags with which it does not serve. */
export function runMain(
  ...flags: readonly string[]
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
}

/**
 * @param now fixed clock of the function, RFC 3339; undefined: none by flag
 * @param environment variables besides ours
 */
export async function startFunction(
  now: string | undefined,
  environment: NodeJS.ProcessEnv = {},
): Promise<RunningFunction> {
  const address = `127.0.0.1:${await freePort()}`;
  const clock = now === undefined ? [] : ['--now', now];
  const child = spawn(process.execPath, [MAIN, '--insecure', '--address', address, ...clock], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment },
  });
  // However this process ends, the function ends with it.
  process.once('exit', () => child.kill());
  const client = new Client(address, credentials.createInsecure());
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the function ended with code ${code}`)));
    client.waitForReady(Date.now() + START_MS, (error) => (error ? reject(error) : resolve()));
  });
  try {
    await ready;
  } catch (error) {
    // Whoever waits for our output would otherwise wait for its.
    child.kill('SIGKILL');
    throw error;
  }
  return {
    address,
    call: (request) =>
      new Promise((resolve, reject) => {
        const deadline = { deadline: Date.now() + CALL_MS };
        const run = client.runFunction as unknown as (
          request: RunFunctionRequest,
          options: { deadline: number },
          callback: (error: Error | null, response: RunFunctionResponse) => void,
        ) => void;
        run.call(client, request, deadline, (error, response) =>
          error === null ? resolve(response) : reject(error),
        );
      }),
    async stop() {
      client.close();
      return ended(child);
    },
  };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return exit;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}
