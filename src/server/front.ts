// The door: TCP, TLS, and who may come in. What comes in goes to grpc-js.
import { constants } from 'node:crypto';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Certificates } from './certificates.ts';
import { type Address, listen } from './listen.ts';
import { type Refusal, refusalOf } from './peer.ts';

export interface Front {
  /** The port. Rejects when it cannot listen there. */
  listen(address: Address): Promise<number>;
  /** For connections from now on; those that are there stay. */
  use(certificates: Certificates): void;
  /** No more connections; handshakes that are not over are ended. Resolves when the last connection has ended. */
  close(): Promise<void>;
  /** Ends the connections that are left. */
  cut(): void;
  /** A number that no other connection ever has. @param peer `address:port` of its other end */
  connectionOf(peer: string): number | undefined;
}

interface Options {
  /** Undefined: plaintext, and everybody may come in. */
  readonly certificates: Certificates | undefined;
  readonly handshakeMs: number;
  readonly mostHandshakes: number;
  readonly accepted: (socket: Socket) => void;
  /** @param detail what OpenSSL says, of a handshake that failed */
  readonly refused: (reason: Refusal, remote: string, detail?: string) => void;
}

export function makeFront(options: Options): Front {
  const { certificates, accepted } = options;
  const doorman = certificates === undefined ? undefined : makeDoorman(options, certificates);
  const connections = new Set<Socket>();
  const numbers = new Map<string, number>();
  let count = 0;
  const server = createTcpServer({ noDelay: true }, (socket) => {
    connections.add(socket);
    const peer = endpointOf(socket);
    const number = ++count;
    numbers.set(peer, number);
    socket.once('close', () => {
      connections.delete(socket);
      // The next one from there may have come before this one's end was seen.
      if (numbers.get(peer) === number) numbers.delete(peer);
    });
    if (doorman === undefined) accepted(socket);
    else doorman.meet(socket);
  });
  return {
    listen: (address) => listen(server, address),
    use: (latest) => doorman?.use(latest),
    close() {
      doorman?.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
    cut() {
      for (const socket of connections) socket.destroy();
    },
    connectionOf: (peer) => numbers.get(peer),
  };
}

/** Ends TLS, and lets in whom the authorities know. */
function makeDoorman(options: Options, first: Certificates) {
  const { accepted, refused, handshakeMs, mostHandshakes } = options;
  let certificates = first;
  /** Who has not shown who it is, the longest waiting first. */
  const waiting = new Map<string, Socket>();
  const turnAway = (socket: Socket, reason: Refusal, detail?: string) => {
    refused(reason, socket.remoteAddress ?? 'unknown', detail);
    socket.destroy();
  };
  const server = createTlsServer(contextOf(first, handshakeMs), (socket) => {
    waiting.delete(endpointOf(socket));
    const reason = reasonAgainst(socket, certificates);
    if (reason === undefined) accepted(socket);
    else turnAway(socket, reason);
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    waiting.delete(endpointOf(socket));
    // Somebody who only looked whether the port is open.
    if (error.code === 'ECONNRESET') return socket.destroy();
    const late = error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT';
    turnAway(socket, late ? 'HandshakeTimeout' : 'HandshakeFailed', error.code);
  });
  return {
    meet(socket: Socket) {
      const endpoint = endpointOf(socket);
      // A handshake takes milliseconds: who has waited longest is the least likely to be Crossplane.
      const [longest] = waiting.size < mostHandshakes ? [] : waiting.values();
      if (longest !== undefined) turnAway(longest, 'TooManyHandshakes');
      waiting.set(endpoint, socket);
      socket.once('close', () => waiting.delete(endpoint));
      server.emit('connection', socket);
    },
    use(latest: Certificates) {
      certificates = latest;
      server.setSecureContext(contextOf(latest, handshakeMs));
    },
    close() {
      for (const socket of waiting.values()) socket.destroy();
    },
  };
}

function contextOf({ key, cert, ca }: Certificates, handshakeTimeout: number) {
  return {
    key,
    cert,
    ca,
    requestCert: true,
    // Crossplane's own certificates would be: see peer.ts.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    ALPNProtocols: ['h2'],
    handshakeTimeout,
    // No resumption: everybody shows a certificate each time, and it is looked at each time.
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
}

function reasonAgainst(socket: TLSSocket, { authorities }: Certificates): Refusal | undefined {
  if (socket.alpnProtocol !== 'h2') return 'NotHttp2';
  const certificate = socket.getPeerX509Certificate();
  return refusalOf({ certificate, authorized: socket.authorized }, authorities, new Date());
}

function endpointOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
