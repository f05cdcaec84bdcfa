// Starts the function as a process and calls it over gRPC, as Crossplane does.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
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

/** How long it may take to listen, to answer, and to end. */
const START_MS = 60_000;
const CALL_MS = 30_000;
const STOP_MS = 10_000;

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
  const clock = now === undefined ? [] : ['--now', now];
  const flags = ['--insecure', '--address', '127.0.0.1:0', ...clock];
  const child = spawn(process.execPath, [MAIN, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  // However this process ends, the function ends with it.
  process.once('exit', () => child.kill());
  const address = `127.0.0.1:${await portOf(child)}`;
  const client = new Client(address, credentials.createInsecure());
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
  const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  return exit.finally(() => clearTimeout(impatience));
}

/** Where it listens, as its log says. */
function portOf(child: ChildProcess): Promise<number> {
  const log: string[] = [];
  return new Promise<number>((resolve, reject) => {
    const fail = (what: string) => {
      // Whoever waits for our output would otherwise wait for its.
      child.kill('SIGKILL');
      reject(new Error([`the function ${what}`, ...log].join('\n')));
    };
    const impatience = setTimeout(fail, START_MS, `did not listen within ${START_MS / 1000} s`);
    child.once('exit', (code) => {
      clearTimeout(impatience);
      fail(`ended with code ${code}`);
    });
    // Read to its end, or it would wait for its reader.
    createInterface(child.stdout as Readable).on('line', (line) => {
      const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
      if (msg !== 'listening' || port === undefined) return void log.push(line);
      clearTimeout(impatience);
      resolve(port);
    });
  });
}
