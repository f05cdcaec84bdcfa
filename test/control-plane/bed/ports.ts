/** Ports for programs that cannot be handed an open socket. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Below those that the kernel gives to whoever asks for any, and another part of them for each worker of vitest: between
 * being found and being listened on they are free for everybody.
 */
const FIRST = 20_000;
const PART = 1_000;
const PARTS = 10;
const part = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % PARTS) * PART;
/** Another one in each process, for clients keep what they learn about an address. */
let next = process.pid;

export async function freePorts<Name extends string>(
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const found: Partial<Record<Name, number>> = {};
  for (const name of names) found[name] = await freePort();
  return found as Record<Name, number>;
}

async function freePort(): Promise<number> {
  for (let tries = 0; tries < PART; tries++) {
    const port = part + (next++ % PART);
    if (await isFree(port).catch(() => false)) return port;
  }
  throw new Error(`no free port from ${part} to ${part + PART - 1}`);
}

/** Throws while somebody listens. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
  return true;
}

/** Throws while nobody listens. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
