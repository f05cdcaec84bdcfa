// Who is answered over TLS, with certificates like Crossplane's own: the right client, and nobody else.
import { X509Certificate } from 'node:crypto';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { RunFunctionRequest } from '@crossplane-org/function-sdk-typescript';
import { credentials } from '@grpc/grpc-js';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Limits } from '../../src/server/limits.ts';
import { tagged } from '../support/over-the-wire.ts';
import { settled } from '../support/play.ts';
import {
  FOR_CLIENTS,
  FOR_SERVERS,
  make,
  makeAuthority,
  makeClient,
  makeServer,
  mount,
  type Pair,
} from './pki.ts';
import { caller, folder, type Served, served, tls, watchHealth } from './running.ts';

let authority: Pair;
let client: Pair;
let server: Pair;
beforeAll(async () => {
  authority = await makeAuthority();
  [client, server] = await Promise.all([makeClient(authority), makeServer(authority)]);
});

/** For an answer that has to come: what is refused is refused at once. */
const PATIENCE_MS = 15_000;

const REQUEST = RunFunctionRequest.fromPartial({ meta: { tag: 'tag-1' } });

async function servedWith(
  authorities: string = authority.cert,
  limits: Partial<Limits> = {},
  path: string = folder(),
): Promise<Served> {
  return served(
    ['--tls-server-certs-dir', mount(path, server, authorities), '--metrics-address', 'off'],
    limits,
  );
}

async function answers(port: number, shown?: Pick<Pair, 'key' | 'cert'>): Promise<boolean> {
  try {
    const deadline = Date.now() + PATIENCE_MS;
    const { meta } = await caller(port, tls(shown)).call(REQUEST, { deadline });
    return meta?.tag === 'tag-1';
  } catch {
    return false;
  }
}

function refusals({ lines }: Served): unknown[] {
  return lines
    .filter(({ msg }) => msg.startsWith('connection refused'))
    .map(({ reason }) => reason);
}

describe('the client that the authority has signed', () => {
  test('is answered, though OpenSSL takes its certificate for a self-signed one', async () => {
    const running = await servedWith();
    expect(await answers(running.port, client)).toBe(true);
    expect(refusals(running)).toEqual([]);
    const socket = await handshake(running.port, client);
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
  });

  test('is given an answer that was kept for its connection, and for no other', async () => {
    const running = await served([
      ...['--tls-server-certs-dir', mount(folder(), server, authority.cert)],
      ...['--metrics-address', 'off', '--now', '2026-11-22T00:00:00Z'],
    ]);
    const request = tagged((await settled('claims', { purpose: 'development' })).request());
    const [one, other] = [1, 2].map(() => caller(running.port, tls(client)));
    for (const each of [one, one, other, other, one]) await each?.call(request);
    const kept = running.lines.filter(({ msg }) => msg === 'answered').map((line) => line.kept);
    expect(kept).toEqual([undefined, true, undefined, true, true]);
  });

  test('is answered when ca.crt has other authorities beside its own', async () => {
    const other = await makeAuthority();
    const running = await servedWith(other.cert + authority.cert);
    expect(await answers(running.port, client)).toBe(true);
  });

  test('is answered through an intermediate that it sends along', async () => {
    const root = await makeAuthority({ subject: 'CN=root' });
    const between = await makeAuthority({ subject: 'CN=between', by: root });
    const leaf = await makeClient(between, { subject: 'CN=crossplane' });
    const running = await servedWith(root.cert);
    expect(await answers(running.port, { key: leaf.key, cert: leaf.cert + between.cert })).toBe(
      true,
    );
    expect(await answers(running.port, leaf)).toBe(false);
    expect(refusals(running)).toEqual(['UnknownAuthority']);
  });
});

interface Stranger {
  readonly who: string;
  readonly shows: () => Promise<Pick<Pair, 'key' | 'cert'> | undefined>;
  readonly reason: string;
}

const STRANGERS: readonly Stranger[] = [
  { who: 'nothing', shows: async () => undefined, reason: 'NoCertificate' },
  {
    who: 'a certificate of another authority with the very same subject',
    shows: async () => makeClient(await makeAuthority()),
    reason: 'UnknownAuthority',
  },
  {
    who: 'that, and the other authority with it',
    shows: async () => {
      const other = await makeAuthority();
      const leaf = await makeClient(other);
      return { key: leaf.key, cert: leaf.cert + other.cert };
    },
    reason: 'UnknownAuthority',
  },
  {
    who: 'that, and the right authority with it',
    shows: async () => {
      const leaf = await makeClient(await makeAuthority());
      return { key: leaf.key, cert: leaf.cert + authority.cert };
    },
    reason: 'UnknownAuthority',
  },
  {
    who: 'a certificate that it has signed itself',
    shows: () => make({ usages: [FOR_CLIENTS] }),
    reason: 'UnknownAuthority',
  },
  {
    who: 'a certificate that the right client has signed',
    shows: async () => {
      const leaf = await makeClient(client);
      return { key: leaf.key, cert: leaf.cert + client.cert };
    },
    reason: 'UnknownAuthority',
  },
  {
    who: 'one that has ended',
    shows: () => makeClient(authority, { from: -9, to: -1 }),
    reason: 'NotValidNow',
  },
  {
    who: 'one that has not begun',
    shows: () => makeClient(authority, { from: 1, to: 9 }),
    reason: 'NotValidNow',
  },
  {
    who: 'one for servers only',
    shows: () => makeServer(authority),
    reason: 'NotForClients',
  },
  { who: 'one for nothing', shows: () => make({ by: authority }), reason: 'NotForClients' },
  { who: 'the authority itself', shows: async () => authority, reason: 'NotForClients' },
];

describe('nobody else is answered:', () => {
  test.each(STRANGERS)('who shows $who', async ({ shows, reason }) => {
    const running = await servedWith();
    expect(await answers(running.port, await shows())).toBe(false);
    expect(refusals(running)).toEqual([reason]);
    // And it goes on.
    expect(await answers(running.port, client)).toBe(true);
  });

  test('who is signed by an authority that has ended', async () => {
    const old = await makeAuthority({ from: -9, to: -1 });
    const running = await servedWith(old.cert);
    expect(await answers(running.port, await makeClient(old))).toBe(false);
    expect(refusals(running)).toEqual(['UnknownAuthority']);
  });

  test('who is signed by an authority for servers only', async () => {
    const web = await makeAuthority({ usages: [FOR_SERVERS] });
    const running = await servedWith(web.cert);
    expect(await answers(running.port, await makeClient(web))).toBe(false);
  });

  test('who speaks plaintext', async () => {
    const running = await servedWith();
    const { call } = caller(running.port, credentials.createInsecure());
    await expect(call(REQUEST, { deadline: Date.now() + PATIENCE_MS })).rejects.toThrow();
    expect(refusals(running)).toEqual(['HandshakeFailed']);
  });

  test('who does not speak TLS 1.3, or HTTP/2', async () => {
    const running = await servedWith();
    await expect(handshake(running.port, client, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    await expect(
      handshake(running.port, client, { ALPNProtocols: ['http/1.1'] }),
    ).rejects.toThrow();
    expect(await closed(await handshake(running.port, client, { ALPNProtocols: [] }))).toBe(true);
    expect(refusals(running)).toEqual(['HandshakeFailed', 'NotHttp2']);
  });
});

test('no session is resumed: a certificate is shown and looked at each time', async () => {
  const running = await servedWith();
  const first = await handshake(running.port, client);
  // In TLS 1.3 a ticket comes after the handshake; where none is given, none comes.
  let session: Buffer | undefined = first.getSession();
  first.on('session', (latest: Buffer) => {
    session = latest;
  });
  await sleep(150);
  first.destroy();
  const second = await handshake(running.port, client, session === undefined ? {} : { session });
  expect(second.isSessionReused()).toBe(false);
  second.destroy();
});

describe('handshakes that do not come to an end', () => {
  test('are ended after a time', async () => {
    const running = await servedWith(authority.cert, { handshakeMs: 100 });
    expect(await closed(connectTcp(running.port, '127.0.0.1'))).toBe(true);
    expect(refusals(running)).toEqual(['HandshakeTimeout']);
  });

  test('give way to newer ones, so that nobody can keep Crossplane out', async () => {
    const running = await servedWith(authority.cert, { mostHandshakes: 3, handshakeMs: 60_000 });
    const idle = Array.from({ length: 20 }, () => connectTcp(running.port, '127.0.0.1'));
    const ends = idle.map(closed);
    await Promise.all(ends.slice(0, 17));
    expect(await answers(running.port, client)).toBe(true);
    expect(new Set(refusals(running))).toEqual(new Set(['TooManyHandshakes']));
    for (const socket of idle) socket.destroy();
  });
});

test('of many refusals the first is said', async () => {
  const running = await servedWith(authority.cert, { refusalsEveryMs: 60_000 });
  for (let i = 0; i < 5; i++) await closed(await handshake(running.port));
  const said = running.lines.filter(({ reason }) => reason === 'NoCertificate');
  expect(said).toEqual([
    expect.objectContaining({ severity: 'warn', remote: '127.0.0.1', leftOut: 0 }),
  ]);
});

describe('when the certificates change', () => {
  test('calls and connections that are there go on, and new ones need the new authority', async () => {
    const path = folder();
    const running = await servedWith(authority.cert, { certificatesEveryMs: 20 }, path);
    const old = caller(running.port, tls(client));
    await old.call(REQUEST);
    let failed = 0;
    let calls = 0;
    // A call that stays in flight all the while, and short ones after each other.
    const watch = watchHealth(old.client);
    const end = new AbortController();
    onTestFinished(() => end.abort());
    const traffic = (async () => {
      while (!end.signal.aborted) {
        calls++;
        await old.call(REQUEST).catch(() => failed++);
      }
    })();
    const next = await makeAuthority();
    const [nextServer, nextClient] = await Promise.all([makeServer(next), makeClient(next)]);
    mount(path, nextServer, next.cert);
    await changed(running);
    expect(await answers(running.port, client)).toBe(false);
    expect(await answers(running.port, nextClient)).toBe(true);
    const socket = await handshake(running.port, nextClient);
    expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(
      new X509Certificate(nextServer.cert).fingerprint256,
    );
    socket.destroy();
    end.abort();
    await traffic;
    expect(failed).toBe(0);
    expect(watch.ended).toBe(false);
    expect(calls).toBeGreaterThan(1);
  });

  test('what cannot be used is said once, and the last ones stay', async () => {
    const path = folder();
    const running = await servedWith(authority.cert, { certificatesEveryMs: 20 }, path);
    const problems = () =>
      running.lines.filter(({ severity }) => severity === 'error').map(({ problem }) => problem);
    mount(path, { ...server, key: client.key }, authority.cert);
    await expect.poll(() => problems().length, { timeout: 10_000 }).toBe(1);
    mount(path, server, client.cert);
    await expect.poll(() => problems().length, { timeout: 10_000 }).toBe(2);
    // As long as it takes to say it a second time.
    await sleep(100);
    expect(problems()).toEqual([
      expect.stringMatching(/^tls.key does not go with tls.crt: /),
      expect.stringMatching(/^ca.crt: CN=Crossplane, .* is not an authority$/),
    ]);
    expect(await answers(running.port, client)).toBe(true);
  });

  test('a connection is renewed after a while without a lost call, so that who may call is looked at again', async () => {
    const path = folder();
    const running = await servedWith(
      authority.cert,
      { certificatesEveryMs: 20, connectionAgeMs: 100, connectionGraceMs: 1000 },
      path,
    );
    const self = caller(running.port, tls(client));
    const end = Date.now() + 600;
    let calls = 0;
    while (Date.now() < end) {
      await self.call(REQUEST);
      calls++;
    }
    expect(calls).toBeGreaterThan(5);
    const next = await makeAuthority();
    mount(path, await makeServer(next), next.cert);
    await changed(running);
    const call = () => self.call(REQUEST, { deadline: Date.now() + 2_000 });
    await expect
      .poll(
        () =>
          call().then(
            () => 'answered',
            () => 'refused',
          ),
        { timeout: 10_000 },
      )
      .toBe('refused');
  });
});

test('without TLS everybody is answered: for crossplane render', async () => {
  const running = await served(['--insecure']);
  expect((await caller(running.port).call(REQUEST)).meta?.tag).toBe('tag-1');
});

async function changed({ lines }: Served): Promise<void> {
  await expect
    .poll(() => lines.some(({ msg }) => msg.startsWith('the certificates changed')), {
      timeout: 10_000,
    })
    .toBe(true);
}

/** Resolves when the client holds it for done; a server that refuses closes after that. */
function handshake(
  port: number,
  shown?: Pick<Pair, 'key' | 'cert'>,
  options = {},
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      ...{ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] },
      ...(shown === undefined ? {} : { key: shown.key, cert: shown.cert }),
      ...options,
    });
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', reject);
  });
}

function closed(socket: ReturnType<typeof connectTcp>): Promise<boolean> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('close', () => resolve(true));
  });
}
