/** Passes connections on from one address to another port of the loopback, as slowly as told. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Relay {
  readonly port: number;
  /** And every connection. */
  end(): void;
}

/** @param at port 0: any @param slowness milliseconds that whatever comes back is held */
export async function relay(at: Address, to: number, slowness = 0): Promise<Relay> {
  const sockets = new Set<Socket>();
  // Each end is passed on by itself: what is still under way the other way is not lost.
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const target = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    for (const [one, other] of [
      [from, target],
      [target, from],
    ] as const) {
      sockets.add(one);
      one.once('error', () => other.destroy());
      one.once('close', () => sockets.delete(one));
    }
    from.pipe(target);
    target.pipe(held(slowness)).pipe(from);
  }).listen(at.port, at.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    end() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
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
