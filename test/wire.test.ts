// The function as a process, called over real gRPC as Crossplane does.
import {
  Ready,
  type Resource,
  RunFunctionRequest,
  RunFunctionResponse,
  Severity,
  Target,
} from '@crossplane-org/function-sdk-typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import { catalog, changed, run, withSpec } from './support/play.ts';
import { type RunningFunction, runMain, startFunction } from './support/process.ts';
import { environment, type World, world } from './support/world.ts';

const NOW = '2026-11-22T00:00:00Z';
let fn: RunningFunction;
beforeAll(async () => {
  fn = await startFunction(NOW);
}, 90_000);
afterAll(async () => {
  await fn.stop();
});

function place(flavour: 'claims' | 'namespaced', spec: JsonObject): World {
  return world(fn.call, environment(flavour, spec), catalog);
}

async function settled(flavour: 'claims' | 'namespaced', spec: JsonObject): Promise<World> {
  const self = place(flavour, spec);
  await self.settle();
  return self;
}

/** What an earlier step of the pipeline desires. */
const earlier: { composite: Resource; resources: Record<string, Resource> } = {
  composite: {
    resource: {
      apiVersion: 'platform.xenvironment.dev/v1alpha1',
      kind: 'Environment',
      metadata: { labels: { from: 'step-1' } },
      spec: { list: [1, [2, null], { three: [true] }] },
      status: { bucket: 'b-1', phase: 'Earlier' },
    },
    connectionDetails: { bucket: Buffer.from([0, 255, 7]) },
    ready: Ready.READY_UNSPECIFIED,
  },
  resources: {
    bucket: {
      resource: {
        apiVersion: 's3.example.org/v1',
        kind: 'Bucket',
        spec: { names: ['a', ['b']], none: [], number: 1.5, nothing: null },
      },
      connectionDetails: { key: Buffer.from('secret') },
      ready: Ready.READY_TRUE,
    },
    topic: {
      resource: { apiVersion: 'v1', kind: 'ConfigMap' },
      connectionDetails: {},
      ready: Ready.READY_FALSE,
    },
  },
};

describe('what earlier steps desire', () => {
  test('passes through untouched beside ours', async () => {
    const request = place('namespaced', { purpose: 'development' }).request();
    const { desired } = await fn.call({ ...request, desired: structuredClone(earlier) });
    const { bucket, topic, ...ours } = desired?.resources ?? {};
    expect(plain({ bucket, topic })).toEqual(plain(earlier.resources));
    expect(Object.keys(ours)).toEqual(['vcluster-namespace']);
    const { status, ...rest } = (desired?.composite?.resource ?? {}) as JsonObject;
    const { status: _, ...before } = earlier.composite.resource as JsonObject;
    expect(rest).toEqual(before);
    expect(status).toMatchObject({ bucket: 'b-1', phase: 'Creating' });
    expect(plain(desired?.composite?.connectionDetails)).toEqual(
      plain(earlier.composite.connectionDetails),
    );
  });

  test.each([
    { what: 'a refusal', spec: { purpose: 'nothing' }, input: catalog },
    { what: 'a wrong catalog', spec: { purpose: 'development' }, input: {} },
  ])('is untouched by $what', async ({ spec, input }) => {
    const request = { ...place('namespaced', spec).request(), input };
    const response = await fn.call({ ...request, desired: structuredClone(earlier) });
    expect(plain(response.desired)).toEqual(plain(earlier));
    expect(response.results.map((r) => r.severity)).toContain(Severity.SEVERITY_FATAL);
  });

  test.each([Ready.READY_TRUE, Ready.READY_FALSE, Ready.READY_UNSPECIFIED])(
    'and what it says of the composite stays when we are ready: %i',
    async (ready) => {
      const self = await settled('namespaced', { purpose: 'development' });
      const composite = { ...earlier.composite, ready };
      const response = await fn.call({ ...self.request(), desired: { ...earlier, composite } });
      expect(response.desired?.composite?.ready).toBe(ready);
    },
  );

  test('never READY_TRUE while we wait, whatever it says', async () => {
    const composite = { ...earlier.composite, ready: Ready.READY_TRUE };
    const request = place('namespaced', { purpose: 'development' }).request();
    const response = await fn.call({ ...request, desired: { ...earlier, composite } });
    expect(response.desired?.composite?.ready).toBe(Ready.READY_FALSE);
  });

  test('under one of our names is not overwritten', async () => {
    const request = place('namespaced', { purpose: 'development' }).request();
    const resources = { 'vcluster-namespace': earlier.resources.topic as Resource };
    const { desired } = await fn.call({ ...request, desired: { composite: undefined, resources } });
    expect(plain(desired?.resources['vcluster-namespace'])).toEqual(plain(earlier.resources.topic));
  });

  test('and is observed is not ours, with or without our labels', async () => {
    const self = await settled('namespaced', { purpose: 'development' });
    const request = self.request();
    const labels = { 'platform.xenvironment.dev/environment': 'checkout' };
    const resource = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels } };
    for (const name of ['bucket', 'gke-bucket'])
      Object.assign(request.observed?.resources ?? {}, {
        [name]: { resource, connectionDetails: {}, ready: 0 },
      });
    const desired = {
      resources: { bucket: earlier.resources.bucket, 'gke-bucket': earlier.resources.topic },
    };
    const response = await fn.call(RunFunctionRequest.fromPartial({ ...request, desired }));
    expect(plain(response.desired?.resources.bucket)).toEqual(plain(earlier.resources.bucket));
    expect(plain(response.desired?.resources['gke-bucket'])).toEqual(
      plain(earlier.resources.topic),
    );
    expect(at(response.desired?.composite?.resource, 'status', 'cluster', 'type')).toBe('vcluster');
  });
});

describe('a fatal result', () => {
  test('carries all four conditions, for composite and claim', async () => {
    const response = await fn.call(place('claims', { purpose: 'nothing' }).request());
    expect(
      response.conditions.map(({ type, status, reason, target }) => ({
        type,
        status,
        reason,
        target,
      })),
    ).toEqual([
      {
        type: 'Accepted',
        status: 3,
        reason: 'InvalidSpec',
        target: Target.TARGET_COMPOSITE_AND_CLAIM,
      },
      ...['ClusterReady', 'ToolsReady', 'VersionsBlessed'].map((type) => ({
        type,
        status: 1,
        reason: 'Waiting',
        target: Target.TARGET_COMPOSITE_AND_CLAIM,
      })),
    ]);
    expect(response.results.map(({ severity, target }) => ({ severity, target }))).toEqual([
      { severity: Severity.SEVERITY_WARNING, target: Target.TARGET_COMPOSITE_AND_CLAIM },
      { severity: Severity.SEVERITY_FATAL, target: Target.TARGET_COMPOSITE_AND_CLAIM },
    ]);
    expect(response.desired?.composite).toBeUndefined();
  });

  test('warns once: a second identical call has the fatal result alone', async () => {
    const self = place('claims', { purpose: 'nothing' });
    const events = [(await self.pass()).events, (await self.pass()).events];
    expect(events.map((list) => list.length)).toEqual([1, 0]);
  });

  test('keeps the other conditions as they are observed', async () => {
    const self = await settled('claims', { purpose: 'development' });
    withSpec(self, { purpose: 'nothing' });
    const { response } = await self.pass();
    expect(response.conditions.map((c) => `${c.type} ${c.status} ${c.reason}`)).toEqual([
      'Accepted 3 InvalidSpec',
      'ClusterReady 2 Available',
      'ToolsReady 2 Available',
      'VersionsBlessed 2 Blessed',
    ]);
  });
});

describe('the time to live', () => {
  test('is ten seconds while anything moves', async () => {
    const self = place('namespaced', { purpose: 'production' });
    for (let i = 0; i < 9; i++)
      expect((await self.pass()).response.meta?.ttl).toEqual({ seconds: 10, nanos: 0 });
  });

  test('is ten minutes when it is settled and nothing is near', async () => {
    const self = await settled('namespaced', { purpose: 'production' });
    expect((await fn.call(self.request())).meta?.ttl?.seconds).toBe(600);
  });

  test.each([
    { lifetime: '330s', seconds: 330 },
    { lifetime: '30s', seconds: 60 },
    { lifetime: '599s', seconds: 599 },
    { lifetime: '72h', seconds: 600 },
  ])(
    'goes by the next date, between one and ten minutes: $lifetime',
    async ({ lifetime, seconds }) => {
      const self = await settled('namespaced', { purpose: 'sandbox', lifetime });
      expect((await fn.call(self.request())).meta?.ttl?.seconds).toBe(seconds);
    },
  );

  test('goes by the dates of versions and waivers too', async () => {
    const self = await settled('namespaced', { purpose: 'development' });
    const path = ['components', 'knative', 'versions', 0, 'deprecated'];
    const input = changed(catalog, path, '2026-11-22T00:05:00Z');
    expect((await fn.call({ ...self.request(), input })).meta?.ttl?.seconds).toBe(300);
  });
});

describe('results', () => {
  test('come with transitions only: no second identical call has any', async () => {
    const self = place('claims', { purpose: 'production' });
    const passes = await self.settle();
    expect(passes.flatMap((pass) => pass.events)).toEqual([
      'Accepted: production, a GKE cluster in europe-west1: Staging and production run on their own cluster',
      'ClusterReady: the GKE cluster is ready',
      'ToolsReady: knative: knative-operator: being created',
      'ToolsReady: 1/1 tools are ready',
    ]);
    const response = await fn.call(self.request());
    expect(response.results).toEqual([]);
  });

  test('and conditions are for composite and claim', async () => {
    const { response } = await place('claims', { purpose: 'production' }).pass();
    for (const { target } of [...response.results, ...response.conditions])
      expect(target).toBe(Target.TARGET_COMPOSITE_AND_CLAIM);
    expect(response.conditions.map(({ type }) => type)).toEqual([
      'Accepted',
      'ClusterReady',
      'ToolsReady',
      'VersionsBlessed',
    ]);
  });
});

describe('requirements', () => {
  test('are there only while something is leaving, and name what is looked up', async () => {
    const self = await settled('namespaced', { purpose: 'development' });
    expect((await fn.call(self.request())).requirements).toBeUndefined();
    withSpec(self, { purpose: 'development', tools: { knative: { enabled: false } } });
    await self.pass();
    await self.pass();
    const { requirements } = await fn.call(self.request());
    expect(requirements?.resources).toEqual({
      'leaving-vcluster-knative-serving': {
        apiVersion: 'kubernetes.m.crossplane.io/v1alpha1',
        kind: 'Object',
        matchName: expect.stringMatching(/^team-payments-checkout-[0-9a-f]{8}-knative-serving$/),
        namespace: 'team-payments',
      },
    });
    await self.settle();
    expect((await fn.call(self.request())).requirements).toBeUndefined();
  });

  test('do not depend on their answers, or Crossplane would ask for ever', async () => {
    const self = await settled('claims', { purpose: 'development' });
    withSpec(self, { purpose: 'development', tools: { knative: { enabled: false } } });
    await self.pass();
    await self.pass();
    const request = self.request();
    const asked = await fn.call(request);
    const found = (items: unknown[]) =>
      ({
        'leaving-vcluster-knative-serving': { items },
      }) as RunFunctionRequest['requiredResources'];
    const item = { resource: {}, connectionDetails: {}, ready: 0 };
    for (const items of [[], [item]]) {
      const answer = await fn.call({ ...request, requiredResources: found(items) });
      expect(answer.requirements).toEqual(asked.requirements);
    }
  });
});

describe('the call itself', () => {
  test('passes the context and the tag on', async () => {
    const context = { 'apiextensions.crossplane.io/environment': { list: [1, { two: null }] } };
    for (const purpose of ['development', 'nothing']) {
      const request = place('namespaced', { purpose }).request();
      const meta = { tag: 'tag-7', capabilities: [] };
      const response = await fn.call({ ...request, context, meta });
      expect(response.context).toEqual(context);
      expect(response.meta?.tag).toBe('tag-7');
    }
  });

  test('gives over the wire what the core gives', async () => {
    const self = await settled('claims', { purpose: 'production' });
    const bytes = RunFunctionResponse.encode(run(self.request())).finish();
    expect(plain(await fn.call(self.request()))).toEqual(plain(RunFunctionResponse.decode(bytes)));
  });

  test.each([
    { what: 'nothing at all', request: {} },
    { what: 'an empty composite', request: { observed: { composite: { resource: {} } } } },
    { what: 'no composite', request: { observed: {}, input: catalog } },
    {
      what: 'a composite without spec',
      request: {
        observed: { composite: { resource: { apiVersion: 'a/v1', kind: 'B', metadata: {} } } },
        input: catalog,
      },
    },
  ])('with $what is refused', async ({ request }) => {
    const response = await fn.call(RunFunctionRequest.fromPartial(request as object));
    expect(response.results.some((r) => r.severity === Severity.SEVERITY_FATAL)).toBe(true);
    expect(response.conditions).toHaveLength(4);
    expect(response.desired?.resources).toEqual({});
  });

  test('takes a catalog of 300 kB, and reads it once', async () => {
    const self = place('namespaced', { purpose: 'development' });
    const input = large(300_000);
    const times: number[] = [];
    for (let i = 0; i < 6; i++) {
      const before = performance.now();
      const response = await fn.call({ ...self.request(), input });
      times.push(performance.now() - before);
      expect(response.results.some((r) => r.severity === Severity.SEVERITY_FATAL)).toBe(false);
    }
    console.log(
      `a call with a catalog of 300 kB: ${times.map((t) => `${t.toFixed(0)} ms`).join(', ')}`,
    );
    // Parsed and compiled once: after that it is only compared. Usually some 20 ms.
    expect(Math.min(...times.slice(1))).toBeLessThan(250);
  });

  test('takes what is larger than the usual 4 MB of gRPC', async () => {
    const request = place('namespaced', { purpose: 'development' }).request();
    const resource = { apiVersion: 'v1', kind: 'ConfigMap', data: { large: 'x'.repeat(6e6) } };
    Object.assign(request.observed?.resources ?? {}, {
      large: { resource, connectionDetails: {}, ready: 0 },
    });
    expect((await fn.call(request)).conditions).toHaveLength(4);
  });

  test('can be made fifty times at once', async () => {
    const self = await settled('namespaced', { purpose: 'production' });
    const request = self.request();
    const answers = await Promise.all(Array.from({ length: 50 }, () => fn.call(request)));
    expect(new Set(answers.map((answer) => JSON.stringify(plain(answer)))).size).toBe(1);
  });
});

const running: RunningFunction[] = [];
afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()));
});

/** Ended after the tests, whatever becomes of them. */
async function started(...args: Parameters<typeof startFunction>): Promise<RunningFunction> {
  const each = await startFunction(...args);
  running.push(each);
  return each;
}

describe('the process', { concurrent: true, timeout: 90_000 }, () => {
  test('goes by --now', async () => {
    const later = await started('2027-11-22T00:00:00Z');
    const self = await settled('namespaced', { purpose: 'development' });
    const response = await later.call(self.request());
    expect(at(response.desired?.composite?.resource, 'status', 'phase')).toBe('Expired');
    expect(response.conditions[3]).toMatchObject({ status: 3, reason: 'Expired' });
    expect(await later.stop()).toBe(0);
  });

  test('goes by XENVIRONMENT_NOW, and by --now before it', async () => {
    const variable = { XENVIRONMENT_NOW: '2027-11-22T00:00:00Z' };
    const [byVariable, byFlag] = await Promise.all([
      started(undefined, variable),
      started(NOW, variable),
    ]);
    const self = await settled('namespaced', { purpose: 'development' });
    const phase = async (f: RunningFunction) =>
      at((await f.call(self.request())).desired?.composite?.resource, 'status', 'phase');
    expect([await phase(byVariable), await phase(byFlag)]).toEqual(['Expired', 'Ready']);
    expect([await byVariable.stop(), await byFlag.stop()]).toEqual([0, 0]);
  });

  test.each([
    { flags: ['--colour'], says: /--colour.*\nTry --help\./s },
    { flags: ['--now', 'yesterday'], says: /--now: "yesterday" is not a date; write it like 20/ },
    { flags: ['--now', ''], says: /--now/ },
    { flags: ['--now'], says: /--now/ },
    { flags: ['serve'], says: /serve/ },
    {
      flags: ['--address', 'nowhere', '--insecure'],
      says: /--address: "nowhere" is not an address/,
    },
    {
      flags: ['--tls-server-certs-dir', ''],
      says: /is empty; name the folder, or write --insecure/,
    },
    { flags: ['--tls-server-certs-dir', '/nowhere'], says: /cannot read tls.key/, code: 1 },
    { flags: ['--address', '192.0.2.1:1', '--insecure'], says: /listen on 192.0.2.1:1/, code: 1 },
  ])('ends with a clear message for $flags', async ({ flags, says, code: expected = 2 }) => {
    const { code, said } = await runMain(...flags);
    expect(said).toMatch(says);
    expect(said).not.toMatch(/\n\s+at /);
    expect(code).toBe(expected);
  });

  test('says how it is used', async () => {
    const { code, said } = await runMain('--help');
    expect(code).toBe(0);
    expect(said).toMatch(/^Usage: function-xenvironment/);
  });

  test('ends on SIGTERM when a call is done', async () => {
    const other = await started(NOW);
    const call = other.call(place('namespaced', { purpose: 'development' }).request());
    expect((await call).conditions).toHaveLength(4);
    const before = performance.now();
    expect(await other.stop()).toBe(0);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});

/** Bytes as text, so that Buffers and Uint8Arrays compare. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) =>
      inner?.type === 'Buffer' ? Buffer.from(inner.data).toString('base64') : inner,
    ),
  );
}

/** The catalog with so many tools that it has `bytes` bytes. */
function large(bytes: number): JsonObject {
  const tools: Record<string, JsonObject> = { ...(catalog.tools as Record<string, JsonObject>) };
  const one = tools['external-secrets'] as JsonObject;
  for (let i = 0; JSON.stringify(one).length * i < bytes; i++) tools[`tool-${i}`] = one;
  return { ...catalog, tools };
}
