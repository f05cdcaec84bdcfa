/** Passes connections on from one address to another port of the loopback, as slowly as told. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { pipeline, Transform } from 'node:stream';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @param slowness milliseconds that whatever comes back is held. The result ends it, and every connection. */
export async function relay(at: Address, to: number, slowness = 0): Promise<() => void> {
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const target = connect(to, '127.0.0.1');
    for (const socket of [from, target]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    // An end or an error of one is the end of the other.
    pipeline(from, target, () => target.destroy());
    pipeline(target, held(slowness), from, () => from.destroy());
  }).listen(at.port, at.host);
  await once(server, 'listening');
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

/** A line of that length: what follows is not held up by what is in it. */
function held(milliseconds: number): Transform {
  return new Transform({
    transform(chunk, _encoding, done) {
      setTimeout(() => {
        if (!this.destroyed) this.push(chunk);
      }, milliseconds);
      done();
    },
    flush(done) {
      setTimeout(done, milliseconds);
    },
  });
}
