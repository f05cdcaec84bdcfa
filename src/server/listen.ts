// HOST:PORT, and listening there.
import type { Server } from 'node:net';
import { messageOf } from './errors.ts';

export interface Address {
  /** Undefined: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
  /** As it was written. */
  readonly text: string;
}

/** Undefined: it is not an address. `:9443` is every address of the machine, `[::1]:9443` one of IPv6. */
export function addressOf(text: string): Address | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65535) return undefined;
  return { host: bracketed ?? (plain || undefined), port: Number(port), text };
}

/** The port that it is, also where the address says 0. Rejects when that cannot be. */
export function listen(server: Server, { host, port, text }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`cannot listen on ${text}: ${messageOf(error)}`)),
    );
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
