/** An OCI registry on the loopback, in memory: just what pushing and pulling packages needs. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Registry {
  /** host:port; by http, as clients take for granted on the loopback. */
  readonly address: string;
  readonly stop: () => void;
}

interface Manifest {
  readonly type: string;
  readonly content: Buffer;
}

const PATH = /^\/v2\/(?<name>.+)\/(?<what>blobs|manifests|blobs\/uploads)\/(?<reference>[^/]*)$/;

export async function startRegistry(): Promise<Registry> {
  /** By digest, whatever repository it was pushed to. */
  const blobs = new Map<string, Buffer>();
  /** By repository and tag or digest. */
  const manifests = new Map<string, Manifest>();
  const uploads = new Map<string, Buffer>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://registry');
    if (url.pathname === '/v2/') return end(response, 200);
    const { name = '', what, reference = '' } = PATH.exec(url.pathname)?.groups ?? {};
    if (what === 'manifests') return manifest(request, response, name, reference);
    if (what === 'blobs') return give(request, response, blobs.get(reference));
    if (what === 'blobs/uploads') return upload(request, response, url);
    return end(response, 404);
  }

  async function manifest(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    reference: string,
  ): Promise<void> {
    if (request.method !== 'PUT') {
      const found = manifests.get(`${name} ${reference}`);
      if (found !== undefined) response.setHeader('content-type', found.type);
      return give(request, response, found?.content);
    }
    const content = await buffer(request);
    const pushed = { type: request.headers['content-type'] ?? '', content };
    for (const key of [reference, digestOf(content)]) manifests.set(`${name} ${key}`, pushed);
    return end(response, 201);
  }

  /** Begun by POST, filled by PATCH, ended by PUT with its digest. */
  async function upload(
    request: IncomingMessage,
    response: ServerResponse,
    { pathname, searchParams }: URL,
  ): Promise<void> {
    const path = request.method === 'POST' ? `${pathname}${uploads.size}` : pathname;
    const before = uploads.get(path) ?? Buffer.alloc(0);
    const now = Buffer.concat([before, await buffer(request)]);
    uploads.set(path, now);
    response.setHeader('location', path);
    if (request.method !== 'PUT') return end(response, 202);
    blobs.set(searchParams.get('digest') ?? '', now);
    return end(response, 201);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    address: `127.0.0.1:${address.port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function give(request: IncomingMessage, response: ServerResponse, content?: Buffer): void {
  if (content === undefined) {
    end(response, 404);
    return;
  }
  response.setHeader('docker-content-digest', digestOf(content));
  response.setHeader('content-length', content.length);
  response.end(request.method === 'HEAD' ? undefined : content);
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
