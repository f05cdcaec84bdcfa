// Plain HTTP on a port of its own: /metrics, /healthz and /readyz. Probes of Kubernetes cannot do mTLS.
import { createServer } from 'node:http';
import { messageOf } from './errors.ts';
import { type Address, listen } from './listen.ts';

export interface Probes {
  readonly port: number;
  stop(): void;
}

interface Sources {
  metrics(): Promise<{ readonly contentType: string; text(): Promise<string> }>;
  ready(): boolean;
}

/** More than any scraper and kubelet need. */
const MOST_CONNECTIONS = 64;
const PATIENCE_MS = 5_000;

/** Rejects when it cannot listen. */
export async function startProbes(address: Address, sources: Sources): Promise<Probes> {
  const server = createServer(
    { headersTimeout: PATIENCE_MS, requestTimeout: PATIENCE_MS, keepAliveTimeout: PATIENCE_MS },
    async ({ method, url }, response) => {
      const readOnly = method === 'GET' || method === 'HEAD';
      const { code, body, type } = readOnly
        ? await answerTo(url, sources).catch((error) => plain(500, messageOf(error)))
        : plain(405, 'only GET');
      // Of a HEAD request Node leaves the body out itself.
      response.writeHead(code, { 'content-type': type }).end(body);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listen(server, address);
  return {
    port,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Answer {
  readonly code: number;
  readonly body: string;
  readonly type: string;
}

async function answerTo(url: string | undefined, sources: Sources): Promise<Answer> {
  if (url === '/healthz') return plain(200, 'ok');
  if (url === '/readyz') return sources.ready() ? plain(200, 'ok') : plain(503, 'ending');
  if (url !== '/metrics') return plain(404, 'there are /metrics, /healthz and /readyz');
  const metrics = await sources.metrics();
  return { code: 200, body: await metrics.text(), type: metrics.contentType };
}

function plain(code: number, text: string): Answer {
  return { code, body: `${text}\n`, type: 'text/plain; charset=utf-8' };
}
