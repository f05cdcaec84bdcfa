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
  stop(): Promise<void>;
}

/** How long it may take to listen. */
const START_MS = 10_000;
const CALL_MS = 10_000;

const Client = makeGenericClientConstructor(FunctionRunnerServiceService, 'FunctionRunnerService');

/** @param now fixed clock of the function, RFC 3339 */
export async function startFunction(now: string): Promise<RunningFunction> {
  const address = `127.0.0.1:${await freePort()}`;
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, '--insecure', '--address', address, '--now', now], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const client = new Client(address, credentials.createInsecure());
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the function ended with code ${code}`)));
    client.waitForReady(Date.now() + START_MS, (error) => (error ? reject(error) : resolve()));
  });
  await ready;
  return {
    address,
    call: (request) =>
      new Promise((resolve, reject) => {
        const deadline = { deadline: Date.now() + CALL_MS };
        const run = client['runFunction'] as unknown as (
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
      await ended(child);
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
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
