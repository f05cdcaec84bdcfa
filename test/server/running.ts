// The server in this process, with limits of a test's own, what it logs, and clients with and without certificates.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FunctionRunnerServiceService,
  RunFunctionRequest,
  type RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import {
  type CallOptions,
  type ChannelCredentials,
  type ChannelOptions,
  type Client,
  credentials,
  makeGenericClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { flagsOf } from '../../src/server/flags.ts';
import { HEALTH_SERVICE } from '../../src/server/health.ts';
import { LIMITS, type Limits } from '../../src/server/limits.ts';
import { type Running, serve } from '../../src/server/serve.ts';
import type { Pair } from './pki.ts';

export interface Line {
  readonly severity: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

export interface Served extends Running {
  readonly lines: Line[];
  stopped: boolean;
}

/** Listens on free ports of the loopback; ended with the test. */
export async function served(
  flags: readonly string[],
  limits: Partial<Limits> = {},
): Promise<Served> {
  const lines: Line[] = [];
  const logger = pino(
    { level: 'debug', formatters: { level: (label) => ({ severity: label }) } },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  const parsed = flagsOf(['--address', '127.0.0.1:0', ...flags], {});
  if (parsed === 'help') throw new Error('these flags do not serve');
  const running = await serve(parsed, { ...LIMITS, drainMs: 500, ...limits }, logger);
  const self: Served = {
    ...running,
    lines,
    stopped: false,
    async stop() {
      self.stopped = true;
      await running.stop();
    },
  };
  onTestFinished(async () => {
    if (!self.stopped) await self.stop();
  });
  return self;
}

/** A folder that goes with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'function-xenvironment-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/**
 * Node cannot verify Crossplane's own server certificate, for the reason that peer.ts has: which server it is does
 * not matter here.
 */
export function tls(client?: Pick<Pair, 'key' | 'cert'>): ChannelCredentials {
  const [key, cert] =
    client === undefined ? [null, null] : [Buffer.from(client.key), Buffer.from(client.cert)];
  return credentials.createSsl(null, key, cert, { rejectUnauthorized: false });
}

const FunctionClient = makeGenericClientConstructor(
  FunctionRunnerServiceService,
  'FunctionRunnerService',
);

type Run = (
  request: RunFunctionRequest,
  options: CallOptions,
  callback: (error: ServiceError | null, response: RunFunctionResponse) => void,
) => void;

export interface Caller {
  readonly client: Client;
  /** Rejects with gRPC's error. */
  call(request?: RunFunctionRequest, options?: CallOptions): Promise<RunFunctionResponse>;
}

const CALL_MS = 5_000;

/** A connection of its own; closed with the test. */
export function caller(
  port: number,
  how: ChannelCredentials = credentials.createInsecure(),
  options: ChannelOptions = {},
): Caller {
  const own = { 'grpc.use_local_subchannel_pool': 1, ...options };
  const client = new FunctionClient(`127.0.0.1:${port}`, how, own);
  onTestFinished(() => client.close());
  const run = client.runFunction as unknown as Run;
  return {
    client,
    call: (request = RunFunctionRequest.fromPartial({}), callOptions = {}) =>
      new Promise((resolve, reject) => {
        const within = { deadline: Date.now() + CALL_MS, ...callOptions };
        run.call(client, request, within, (error, response) =>
          error === null ? resolve(response) : reject(error),
        );
      }),
  };
}

interface Watch {
  /** What was said, in order: 1 is serving, 2 is not, 3 is unknown. */
  readonly states: number[];
  ended: boolean;
}

/** A call that stays in flight until the server ends it. */
export function watchHealth(client: Client, service = ''): Watch {
  const { path, requestSerialize, responseDeserialize } = HEALTH_SERVICE.watch;
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
    service,
  });
  const watch: Watch = { states: [], ended: false };
  stream.on('data', (state: number) => watch.states.push(state));
  stream.on('error', () => undefined);
  stream.on('end', () => {
    watch.ended = true;
  });
  onTestFinished(() => stream.cancel());
  return watch;
}
