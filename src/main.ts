// The process: flags, logger, server.
import { parseArgs } from 'node:util';
import {
  FunctionRunnerServiceService,
  getServerCredentials,
  type RunFunctionRequest,
  type RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import { Server, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { pino } from 'pino';
import { runFunction } from './server/function.ts';

const HELP = `Usage: function-xenvironment [flags]

A Crossplane composition function: environments from three lines.

  --address HOST:PORT          where to listen (default 0.0.0.0:9443)
  --tls-server-certs-dir DIR   folder with tls.crt, tls.key and ca.crt
                               (default: environment variable TLS_SERVER_CERTS_DIR, else /tls/server)
  --insecure                   no TLS: for crossplane render and development
  --now DATE                   a fixed clock, such as 2026-11-22T00:00:00Z
                               (default: environment variable XENVIRONMENT_NOW, else the clock)
  -d, --debug                  log every call
  -h, --help                   this text
`;

/** Requests carry every observed resource with its managedFields; 4 MB, grpc-js's own limit, is soon reached. */
const LARGEST_MESSAGE = 32 * 1024 * 1024;
/** How long calls in flight may take after SIGTERM. */
const DRAIN_MS = 10_000;

interface Flags {
  readonly address: string;
  readonly certificates: string;
  readonly insecure: boolean;
  readonly now: Date | undefined;
  readonly debug: boolean;
}

function flagsOf(argv: readonly string[]): Flags | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    allowPositionals: false,
    options: {
      address: { type: 'string', default: '0.0.0.0:9443' },
      'tls-server-certs-dir': {
        type: 'string',
        default: process.env.TLS_SERVER_CERTS_DIR ?? '/tls/server',
      },
      insecure: { type: 'boolean', default: false },
      now: { type: 'string' },
      debug: { type: 'boolean', short: 'd', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const now = values.now ?? (process.env.XENVIRONMENT_NOW || undefined);
  if (now !== undefined && Number.isNaN(Date.parse(now))) {
    throw new Error(
      `--now: ${JSON.stringify(now)} is not a date; write it like 2026-11-22T00:00:00Z`,
    );
  }
  if (!values.insecure && values['tls-server-certs-dir'] === '') {
    throw new Error('--tls-server-certs-dir: is empty; name the folder, or write --insecure');
  }
  return {
    address: values.address,
    certificates: values['tls-server-certs-dir'],
    insecure: values.insecure,
    now: now === undefined ? undefined : new Date(now),
    debug: values.debug,
  };
}

function serve(flags: Flags): void {
  const logger = pino({
    level: flags.debug ? 'debug' : 'info',
    formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
  });
  const server = new Server({ 'grpc.max_receive_message_length': LARGEST_MESSAGE });
  server.addService(FunctionRunnerServiceService, {
    runFunction(
      call: ServerUnaryCall<RunFunctionRequest, RunFunctionResponse>,
      callback: sendUnaryData<RunFunctionResponse>,
    ) {
      const response = runFunction(call.request, flags.now ?? new Date(), (error) => {
        logger.error({ err: error }, 'bug: a call failed');
      });
      logger.debug({ tag: call.request.meta?.tag, results: response.results.length }, 'answered');
      callback(null, response);
    },
  });
  const credentials = getServerCredentials(
    flags.insecure
      ? { address: flags.address, insecure: true }
      : { address: flags.address, tlsServerCertsDir: flags.certificates },
  );
  server.bindAsync(flags.address, credentials, (error) => {
    if (error !== null) {
      logger.fatal(`cannot listen on ${flags.address}: ${error.message}`);
      process.exit(1);
    }
    logger.info(`listening on ${flags.address}${flags.insecure ? ', without TLS' : ''}`);
  });
  const stop = () => {
    server.tryShutdown(() => process.exit(0));
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function main(): void {
  try {
    const flags = flagsOf(process.argv.slice(2));
    if (flags === 'help') process.stdout.write(HELP);
    else serve(flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`function-xenvironment: ${message}\nTry --help.\n`);
    process.exit(2);
  }
}

main();
