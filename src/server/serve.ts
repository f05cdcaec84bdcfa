// The server: what every part is put together to, how it starts and how it ends in good order.
import { type ChannelOptions, Server, ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { type Certificates, loadCertificates, watchCertificates } from './certificates.ts';
import type { Flags } from './flags.ts';
import { makeFront } from './front.ts';
import { makeHealth } from './health.ts';
import type { Limits } from './limits.ts';
import { logCall, seldom } from './log.ts';
import type { Metrics } from './metrics.ts';
import { REFUSALS, type Refusal } from './peer.ts';
import { startProbes } from './probes.ts';
import { addFunction, FUNCTION_SERVICE } from './service.ts';

export interface Running {
  readonly port: number;
  /** Of metrics and probes; undefined: they are nowhere. */
  readonly metricsPort: number | undefined;
  /** Takes no more connections, and resolves when the calls in flight are answered, or cut off. */
  stop(): Promise<void>;
}

/** Rejects when it cannot listen, or has no certificates that can be used. */
export async function serve(flags: Flags, limits: Limits, logger: Logger): Promise<Running> {
  let certificates =
    flags.certificates === undefined ? undefined : loadCertificates(flags.certificates);
  const metrics = lazyMetrics(() => certificates);
  const measure = (what: (metrics: Metrics) => void): void => {
    if (flags.metrics !== undefined) void metrics().then(what);
  };

  const server = new Server(optionsOf(flags, limits));
  const health = makeHealth([FUNCTION_SERVICE]);
  health.addTo(server);
  addFunction(server, {
    now: flags.now,
    connectionOf: (peer) => front.connectionOf(peer),
    listener: {
      answered(account, seconds) {
        logCall(logger, account, seconds);
        measure((to) => to.answered(account, seconds));
      },
      notAnswered: (code) => measure((to) => to.notAnswered(code)),
    },
  });

  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sayRefused = refusalsTo(logger, limits.refusalsEveryMs);
  const front = makeFront({
    ...limits,
    certificates,
    accepted: (socket) => injector.injectConnection(socket),
    refused(reason, remote, detail) {
      sayRefused(reason, { remote, detail });
      measure((to) => to.connectionRefused(reason));
    },
  });
  const stopWatching = watchCertificates(flags.certificates, certificates, {
    everyMs: limits.certificatesEveryMs,
    changed(latest) {
      certificates = latest;
      front.use(latest);
      logger.info({ expiry: latest.expiry }, 'the certificates changed: used from now on');
    },
    failed: (problem) =>
      logger.error({ problem }, 'the certificates changed and cannot be used: the last ones stay'),
  });

  const port = await front.listen(flags.address);
  let ready = true;
  const probes =
    flags.metrics === undefined
      ? undefined
      : await startProbes(flags.metrics, { metrics, ready: () => ready });
  logger.info({ port, metricsPort: probes?.port, tls: certificates !== undefined }, 'listening');
  return {
    port,
    metricsPort: probes?.port,
    async stop() {
      ready = false;
      stopWatching();
      const ended = front.close();
      health.stop();
      // Not its callback: with Node 24 that comes at once, since closing an HTTP/2 server closes its sessions first.
      server.tryShutdown(() => undefined);
      if ((await within(limits.drainMs, ended)) === 'late') {
        logger.warn(`calls were still in flight after ${limits.drainMs} ms, and are cut off`);
        front.cut();
      }
      probes?.stop();
    },
  };
}

/**
 * Loaded when something is first measured, and then after the answer: it takes longer to load than everything
 * else, and the first call need not wait for it.
 */
function lazyMetrics(certificates: () => Certificates | undefined): () => Promise<Metrics> {
  let metrics: Promise<Metrics> | undefined;
  return () => {
    metrics ??= new Promise(setImmediate)
      .then(() => import('./metrics.ts'))
      .then(({ makeMetrics }) => makeMetrics(() => certificates()?.expiry));
    return metrics;
  };
}

function optionsOf({ largestMessage }: Flags, limits: Limits): ChannelOptions {
  return {
    'grpc.max_receive_message_length': largestMessage,
    'grpc.max_concurrent_streams': limits.concurrentCalls,
    'grpc.max_connection_age_ms': limits.connectionAgeMs,
    'grpc.max_connection_age_grace_ms': limits.connectionGraceMs,
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveAnswerMs,
    'grpc.enable_channelz': 0,
  };
}

/** Whoever reaches the port can have lines written: so one a reason, now and then. */
function refusalsTo(logger: Logger, everyMs: number) {
  return seldom(everyMs, (reason: Refusal, details: object, leftOut) =>
    logger.warn({ reason, ...details, leftOut }, `connection refused: ${REFUSALS[reason]}`),
  );
}

async function within(mostMs: number, what: Promise<void>): Promise<'late' | 'done'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, mostMs, 'late');
  });
  const first = await Promise.race([late, what.then(() => 'done' as const)]);
  clearTimeout(timer);
  return first;
}
