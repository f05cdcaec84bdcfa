// Listens, and ends in good order: what every part of the server is put together to.
import { Server } from '@grpc/grpc-js';
import type { Flags } from './flags.ts';
import { makeLogger } from './log.ts';
import { addFunction } from './service.ts';
import { credentialsOf } from './tls.ts';

/** Requests carry every observed resource with its managedFields; 4 MB, grpc-js's own limit, is soon reached. */
const LARGEST_MESSAGE = 32 * 1024 * 1024;
/** How long calls in flight may take after SIGTERM. */
const DRAIN_MS = 10_000;

export function serve({ address, certificates, now, debug }: Flags): void {
  const logger = makeLogger(debug);
  const server = new Server({ 'grpc.max_receive_message_length': LARGEST_MESSAGE });
  addFunction(server, now, logger);
  server.bindAsync(address, credentialsOf(certificates), (error) => {
    if (error !== null) {
      logger.fatal(`cannot listen on ${address}: ${error.message}`);
      process.exit(1);
    }
    logger.info(`listening on ${address}${certificates === undefined ? ', without TLS' : ''}`);
  });
  const stop = () => {
    server.tryShutdown(() => process.exit(0));
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
