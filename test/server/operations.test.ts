// What whoever runs the function sees of it: health, probes, metrics, logs, limits, and a good end.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunFunctionRequest } from '@crossplane-org/function-sdk-typescript';
import { type Client, type Server, type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { HEALTH_SERVICE } from '../../src/server/health.ts';
import { makeInUse } from '../../src/server/in-use.ts';
import { seldom } from '../../src/server/log.ts';
import { METRICS, makeMetrics } from '../../src/server/metrics.ts';
import { addFunction } from '../../src/server/service.ts';
import type { JsonObject } from '../../src/step.ts';
import { tagged } from '../support/over-the-wire.ts';
import { place, settled, withSpec } from '../support/play.ts';
import { type Caller, caller, type Served, served, watchHealth } from './running.ts';

const NOW = ['--now', '2026-11-22T00:00:00Z'];
const WITH_METRICS = ['--insecure', '--metrics-address', '127.0.0.1:0', ...NOW];
const SERVICE = 'apiextensions.fn.proto.v1.FunctionRunnerService';

/** Where the end is not about who is cut off. */
const PATIENT = { drainMs: 10_000 };
const SOON = { timeout: 10_000 };

const DEVELOPMENT = { purpose: 'development' };

function requestOf(spec: JsonObject, tag = 'tag-1'): RunFunctionRequest {
  return { ...place('claims', spec).request(), meta: { tag, capabilities: [] } };
}

describe('the health service', () => {
  test('says that calls are welcome, of the server and of the function’s service', async () => {
    const { client } = caller((await served(['--insecure'])).port);
    expect(await check(client, '')).toBe(1);
    expect(await check(client, SERVICE)).toBe(1);
    await expect(check(client, 'another.Service')).rejects.toMatchObject({
      code: status.NOT_FOUND,
    });
  });

  test('tells those who watch when the end begins', async () => {
    const running = await served(['--insecure'], PATIENT);
    const { client } = caller(running.port);
    const [server, service, unknown] = ['', SERVICE, 'another.Service'].map((name) =>
      watchHealth(client, name),
    );
    await expect.poll(() => unknown?.states, SOON).toEqual([3]);
    await running.stop();
    await expect
      .poll(() => [server?.ended, service?.ended, unknown?.ended], SOON)
      .toEqual([true, true, true]);
    expect([server?.states, service?.states, unknown?.states]).toEqual([[1, 2], [1, 2], [3]]);
  });
});

function check(client: Client, service: string): Promise<number | undefined> {
  const { path, requestSerialize, responseDeserialize } = HEALTH_SERVICE.check;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { service },
      (error, state) => (error === null ? resolve(state) : reject(error)),
    );
  });
}

describe('the port of metrics and probes', () => {
  test('has these and nothing else, to be read only', async () => {
    const running = await served(WITH_METRICS);
    const codes = async (method: string) =>
      Promise.all(
        ['/healthz', '/readyz', '/metrics', '/', '/metrics/..', '/healthz?x=1'].map(
          async (path) => {
            const response = await fetch(at(running, path), { method });
            await response.text();
            return response.status;
          },
        ),
      );
    expect(await codes('GET')).toEqual([200, 200, 200, 404, 404, 404]);
    expect(await codes('POST')).toEqual([405, 405, 405, 405, 405, 405]);
  });

  test('ends with the process, and nobody is ready any more before that', async () => {
    const running = await served(WITH_METRICS, { drainMs: 3_000 });
    // A call that never comes to its end keeps the server from ending.
    const { client } = caller(running.port);
    const cancel = await hang(client);
    const end = running.stop();
    expect((await fetch(at(running, '/readyz'))).status).toBe(503);
    expect((await fetch(at(running, '/healthz'))).status).toBe(200);
    cancel();
    await end;
    await expect(fetch(at(running, '/healthz'))).rejects.toThrow();
  });

  test('answers while the function is busy', async () => {
    const running = await served(WITH_METRICS);
    const { call } = caller(running.port);
    const request = (await settled('namespaced', { purpose: 'production' })).request();
    const end = Date.now() + 1_500;
    const flood = Array.from({ length: 32 }, async () => {
      let calls = 0;
      for (; Date.now() < end; calls++) await call(request);
      return calls;
    });
    let slowest = 0;
    let probes = 0;
    while (Date.now() < end) {
      const before = performance.now();
      expect((await fetch(at(running, '/healthz'))).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - before);
      probes++;
      await sleep(20);
    }
    const calls = (await Promise.all(flood)).reduce((a, b) => a + b, 0);
    console.log(
      `32 callers: ${calls} calls, ${probes} probes, the slowest after ${slowest.toFixed(0)} ms`,
    );
    // Both sides share this process, and the machine may have other work.
    expect(calls).toBeGreaterThanOrEqual(32);
    // A probe's time-out in the examples is five seconds.
    expect(slowest).toBeLessThan(2_500);
  });
});

function at({ metricsPort }: Served, path: string): string {
  return `http://127.0.0.1:${metricsPort}${path}`;
}

/** A call whose request never ends; what ends it. */
async function hang(client: Client): Promise<() => void> {
  await check(client, '');
  const call = client.makeClientStreamRequest(
    `/${SERVICE}/RunFunction`,
    (bytes: Buffer) => bytes,
    (bytes: Buffer) => bytes,
    () => undefined,
  );
  call.write(Buffer.alloc(0));
  // Over the same connection, so that the first has arrived when this one is answered.
  await check(client, '');
  return () => call.cancel();
}

describe('metrics', () => {
  test('count calls, results, refusals, decisions, versions and look-ups', async () => {
    const running = await served(WITH_METRICS);
    const { call } = caller(running.port);
    const request = tagged(place('claims', DEVELOPMENT).request());
    await call(request);
    await call(request);
    await call(requestOf({ purpose: 'nothing' }));
    await call((await settled('namespaced', { purpose: 'production' })).request());
    const text = await scrape(running);
    const value = (series: string) => {
      const line = text
        .split('\n')
        .find((each) => each.startsWith(`function_xenvironment_${series} `));
      return line === undefined ? undefined : Number(line.split(' ')[1]);
    };
    expect(value('calls_total{code="OK"}')).toBe(4);
    expect(value('call_duration_seconds_count')).toBe(4);
    expect(value('results_total{severity="Fatal"}')).toBe(1);
    expect(value('refused_total{reason="InvalidSpec"}')).toBe(1);
    expect(value('refused_total{reason="ToolRequired"}')).toBe(0);
    expect(value('bugs_total')).toBe(0);
    // Twice the same request of an environment that has no status yet; the settled one is not new.
    expect(value('decisions_total{type="vcluster",by="rule",rule="default"}')).toBe(2);
    expect(text.match(/^function_xenvironment_decisions_total/gm)).toHaveLength(1);
    expect(value('versions{component="kubernetes",state="supported"}')).toBe(2);
    expect(value('cache_lookups_total{cache="catalog",result="hit"}')).toBeGreaterThan(0);
    expect(value('cache_lookups_total{cache="answer",result="hit"}')).toBe(1);
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
  });

  test('are the ones in the README’s table, with these labels', async () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const rows = [
      ...readme.matchAll(/^\| `(function_xenvironment_\w+)` \| ([^|]*) \| ([^|]*) \|$/gm),
    ];
    const shown = rows.map(([, name, labels = '', help]) => [
      name,
      labels.replaceAll('`', ''),
      help,
    ]);
    const ours = Object.entries(METRICS).map(([name, { labels, help }]) => [
      name,
      labels.join(', '),
      help,
    ]);
    expect(shown).toEqual(ours);
    const text = await makeMetrics(() => undefined).text();
    for (const name of Object.keys(METRICS)) expect(text).toContain(`# TYPE ${name} `);
  });

  test('have so many rules and components at most, whatever catalogs name', async () => {
    const metrics = makeMetrics(() => undefined);
    for (let i = 0; i < 500; i++) {
      metrics.answered(
        {
          ...ACCOUNT,
          composite: { ...ACCOUNT.composite, environment: `team/${i}` },
          decision: { type: 'gke', by: 'rule', rule: `rule-${i}` },
          versions: [{ component: `tool-${i}`, state: 'supported' }],
        },
        0.001,
      );
    }
    const text = await metrics.text();
    expect(text.match(/^function_xenvironment_decisions_total/gm)).toHaveLength(101);
    expect(text).toContain('rule="other"} 400');
    expect(text.match(/^function_xenvironment_versions\{/gm)).toHaveLength(101);
  });

  test('forget environments that were not seen for half an hour', () => {
    const inUse = makeInUse();
    const versions = [{ component: 'knative', state: 'deprecated' }];
    inUse.saw({ ...ACCOUNT, versions }, 0);
    inUse.saw({ ...ACCOUNT, refused: 'InvalidSpec' }, 60_000);
    expect([...inUse.versions(29 * 60_000)]).toEqual(versions);
    expect([...inUse.versions(32 * 60_000)]).toEqual([]);
  });
});

const ACCOUNT = {
  tag: 'tag',
  composite: { apiVersion: 'a/v1', kind: 'B', namespace: 'team', name: 'x', environment: 'team/x' },
  results: [],
  refused: undefined,
  decision: undefined,
  versions: [],
  isKept: false,
  bug: undefined,
};

async function scrape(running: Served): Promise<string> {
  return (await fetch(at(running, '/metrics'))).text();
}

describe('the log', () => {
  test('says who and what, and nothing of what was written', async () => {
    const running = await served(['--insecure', ...NOW]);
    const { call } = caller(running.port);
    const secret = 'hunter2';
    const self = place('claims', DEVELOPMENT);
    withSpec(self, {
      ...DEVELOPMENT,
      tools: { ci: { agent: 'github', url: `https://${secret}@x.y` } },
    });
    const request = self.request();
    const connectionDetails = { kubeconfig: Buffer.from(secret), password: Buffer.from(secret) };
    const resource = { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: { secret } };
    await call({
      ...request,
      meta: { tag: 'tag-7', capabilities: [] },
      observed: {
        composite: request.observed?.composite,
        resources: { 'vcluster-release': { resource, connectionDetails, ready: 0 } },
      },
      credentials: { all: { credentialData: { data: { secret: Buffer.from(secret) } } } },
    });
    await call(requestOf(DEVELOPMENT, 'tag-8'));
    const [refused, answered] = running.lines.filter(({ tag }) => tag !== undefined);
    expect(refused).toMatchObject({
      msg: 'refused',
      severity: 'info',
      tag: 'tag-7',
      composite: {
        apiVersion: 'platform.xenvironment.dev/v1alpha1',
        kind: 'XEnvironment',
        environment: 'team-payments/checkout',
      },
    });
    expect(answered).toMatchObject({
      msg: 'answered',
      tag: 'tag-8',
      decision: { type: 'vcluster', by: 'rule', rule: 'default' },
    });
    expect(JSON.stringify(running.lines)).not.toContain(secret);
    expect(JSON.stringify(running.lines)).not.toContain(Buffer.from(secret).toString('base64'));
  });
});

test('what is said seldom comes at once, and then with how many were left out', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const said: unknown[] = [];
  const say = seldom(200, (kind: string, details: number, leftOut) =>
    said.push([kind, details, leftOut]),
  );
  for (const each of [1, 2, 3]) say('a', each);
  say('b', 4);
  vi.advanceTimersByTime(199);
  say('a', 5);
  vi.advanceTimersByTime(1);
  for (const each of [6, 7]) say('a', each);
  vi.advanceTimersByTime(200);
  say('a', 8);
  expect(said).toEqual([
    ['a', 1, 0],
    ['b', 4, 0],
    ['a', 6, 3],
    ['a', 8, 1],
  ]);
});

describe('limits', () => {
  test('a request that is too large is refused with its size and the limit', async () => {
    const running = await served(['--insecure', '--max-recv-message-size', '1', ...NOW]);
    const { call } = caller(running.port);
    const request = requestOf(DEVELOPMENT);
    const data = { large: 'x'.repeat(1024 * 1024) };
    const resource = { apiVersion: 'v1', kind: 'ConfigMap', data };
    const resources = { large: { resource, connectionDetails: {}, ready: 0 } };
    const large = { ...request, observed: { composite: request.observed?.composite, resources } };
    await expect(call(large)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringMatching(/larger than max \(\d+ vs\.? 1048576\)/),
    });
    expect((await call(request)).conditions).toHaveLength(4);
  });

  test.each([
    {
      what: 'whose deadline has passed',
      call: { getDeadline: () => Date.now() - 1 },
      code: 'DEADLINE_EXCEEDED',
    },
    { what: 'that was cancelled', call: { cancelled: true }, code: 'CANCELLED' },
  ] as const)('a call $what is not computed', ({ call, code }) => {
    const { handler, told } = handlerAlone();
    let error: Partial<ServiceError> | null = null;
    handler(
      { cancelled: false, getDeadline: () => Infinity, request: Buffer.alloc(0), ...call },
      (given) => {
        error = given;
      },
    );
    expect(error).toMatchObject({ code: status[code] });
    expect(told).toEqual([code]);
  });

  test('a client is told how many calls it may have in flight', async () => {
    const running = await served(['--insecure'], { concurrentCalls: 7 });
    expect(await concurrencyOf(running.port)).toBe(7);
  });
});

async function codeOf(call: ReturnType<Caller['call']>): Promise<number> {
  return call.then(
    () => 0,
    (error: ServiceError) => error.code,
  );
}

type Handler = (call: object, callback: (error: Partial<ServiceError> | null) => void) => void;

/** What grpc-js would call, without its own timer of the deadline, which comes too late only under load. */
function handlerAlone(): { handler: Handler; told: string[] } {
  const told: string[] = [];
  const found: { runFunction?: Handler } = {};
  const server = { addService: (_: unknown, handlers: object) => Object.assign(found, handlers) };
  addFunction(server as unknown as Server, {
    now: undefined,
    connectionOf: () => undefined,
    listener: {
      answered: () => told.push('answered'),
      notAnswered: (code) => told.push(code),
    },
  });
  if (found.runFunction === undefined) throw new Error('no handler');
  return { handler: found.runFunction, told };
}

/** SETTINGS_MAX_CONCURRENT_STREAMS of the server's first frame. */
function concurrencyOf(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'),
    );
    socket.once('error', reject);
    socket.once('data', (frame) => {
      socket.destroy();
      for (let i = 9; i + 6 <= 9 + frame.readUIntBE(0, 3); i += 6)
        if (frame.readUInt16BE(i) === 3) resolve(frame.readUInt32BE(i + 2));
      resolve(undefined);
    });
  });
}

describe('the end', () => {
  test('waits for calls in flight, and not for ever', async () => {
    const running = await served(['--insecure'], { drainMs: 300 });
    const { client } = caller(running.port);
    await hang(client);
    const before = performance.now();
    await running.stop();
    expect(performance.now() - before).toBeGreaterThan(250);
    expect(running.lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^calls were still in flight after 300 ms/),
    );
  });

  test('takes no new connections, and answers every call that was there', async () => {
    const running = await served(['--insecure', ...NOW], PATIENT);
    const { call } = caller(running.port);
    await call(requestOf(DEVELOPMENT));
    const codes = Array.from({ length: 50 }, (_, i) =>
      codeOf(call(requestOf(DEVELOPMENT, `${i}`))),
    );
    await Promise.race(codes);
    const begun = running.lines.filter(({ msg }) => msg === 'answered').length - 1;
    await running.stop();
    const all = await Promise.all(codes);
    const answered = all.filter((code) => code === 0);
    expect(answered.length).toBeGreaterThanOrEqual(begun);
    expect(begun).toBeGreaterThan(0);
    // Of the rest gRPC says that they never began, so that clients may try again. The last ones that were read may
    // have been computed for nobody: HTTP/2 says where it ends before it has looked at all that it has read.
    expect(new Set(all)).toEqual(new Set(answered.length === 50 ? [0] : [0, status.UNAVAILABLE]));
    await expect(call(requestOf(DEVELOPMENT), { deadline: Date.now() + 300 })).rejects.toThrow();
  });
});
