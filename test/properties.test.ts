// What holds for any observed state, however broken: nothing is dropped, order means nothing, nobody's input is touched.
import {
  Ready,
  type RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
} from '@crossplane-org/function-sdk-typescript';
import { describe, expect, test } from 'vitest';
import { at, isObject, own } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import { catalog, changed, composed, place, run, settled, withSpec } from './support/play.ts';
import { fc } from './support/property.ts';
import { conditions, usualStatus, type World } from './support/world.ts';

const RUNS = 2000;
const LABEL = 'platform.xenvironment.dev/environment';

const tools = {
  knative: {},
  ci: {
    agent: 'github',
    url: 'https://github.com/acme/checkout',
    secretRef: { name: 'github-app' },
  },
  extra: [{ name: 'cert-manager' }, { name: 'external-secrets' }],
};

/** Settled environments with everything in them, of both types and flavours, and with all three places for CI. */
const bases = await Promise.all(
  (
    [
      { flavour: 'claims', type: 'gke', isolation: 'node-pool' },
      { flavour: 'namespaced', type: 'gke', isolation: 'tools-cluster' },
      { flavour: 'claims', type: 'vcluster', isolation: 'tools-cluster' },
      { flavour: 'namespaced', type: 'vcluster', isolation: 'virtual-cluster' },
    ] as const
  ).map(async ({ flavour, type, isolation }) => {
    const spec = { purpose: 'sandbox', cluster: { type }, tools };
    const input = changed(catalog, ['ci'], { isolation, size: 'small' });
    return frozen((await settled(flavour, spec, { catalog: input })).request());
  }),
);
const most = Math.max(...bases.map((base) => Object.keys(base.observed?.resources ?? {}).length));

// ---- observed states

const status = fc.constantFrom('True', 'False', 'Unknown', '', 5, null);
const condition = fc.record(
  {
    type: fc.constantFrom('Ready', 'Synced', 'LastAsyncOperation', 'Healthy'),
    status,
    reason: fc.constantFrom('Available', 'Creating', 'ReconcileError', 7, null),
    message: fc.string(),
  },
  { requiredKeys: [] },
);
const state = fc.constantFrom('deployed', 'failed', 'pending-install', 'uninstalled', '', 3, null);
const anyStatus = fc.oneof(
  fc.record({ conditions: fc.array(condition, { maxLength: 4 }) }),
  fc.record({
    conditions: fc.array(condition, { maxLength: 3 }),
    atProvider: fc.record({ state, version: fc.constantFrom('1.0.0', 2, null) }),
  }),
  fc.record({
    atProvider: fc.record({
      manifest: fc.record({ status: fc.record({ conditions: fc.array(condition) }) }),
    }),
  }),
  fc.constantFrom(undefined, null, {}, 'text', 5, [], { conditions: {} }, { conditions: [null] }),
  fc.jsonValue({ maxDepth: 3 }),
);
const anySpec = fc.oneof(
  fc.constantFrom(undefined, null, {}, 'text', 5, [], { forProvider: null }, { forProvider: [] }),
  fc.record({
    forProvider: fc.jsonValue({ maxDepth: 2 }),
    managementPolicies: fc.jsonValue({ maxDepth: 1 }),
    providerConfigRef: fc.jsonValue({ maxDepth: 1 }),
    of: fc.jsonValue({ maxDepth: 1 }),
    by: fc.jsonValue({ maxDepth: 1 }),
  }),
);
const anyAnnotations = fc.oneof(
  fc.constantFrom(undefined, null, {}, 'text', []),
  fc.record({
    'platform.xenvironment.dev/accepted': fc.constantFrom('', '{', 'null', '[]', '{"purpose":1}'),
    'platform.xenvironment.dev/leaving': fc.constantFrom('', '{', '[null]', '[{"name":"gone"}]'),
    'platform.xenvironment.dev/needs': fc.constantFrom('', ',', 'nothing', 'gke-cluster'),
    'platform.xenvironment.dev/requested-by': fc.constantFrom('', 'purpose', 'nobody', 5),
  }),
);

type Resource = Record<string, unknown>;
type Mutation =
  | { readonly what: 'ready' | 'going' | 'keyless' | 'labels' | 'kind' }
  | { readonly what: 'status' | 'spec' | 'annotations'; readonly value: unknown };

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constant('status' as const), value: anyStatus }) },
  { weight: 2, arbitrary: fc.constant<Mutation>({ what: 'going' }) },
  { weight: 2, arbitrary: fc.constant<Mutation>({ what: 'keyless' }) },
  { weight: 1, arbitrary: fc.constant<Mutation>({ what: 'labels' }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('spec' as const), value: anySpec }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('annotations' as const), value: anyAnnotations }),
  },
);

/** A resource that another step of the pipeline composed, with or without our labels. */
const foreign = fc.record({
  name: fc.constantFrom('bucket', 'gke', 'vcluster', 'ci', 'constructor', 'x-y'),
  resource: fc.record(
    {
      apiVersion: fc.constantFrom('v1', 'example.org/v1'),
      kind: fc.constantFrom('ConfigMap', 'Bucket', 'Usage', 'ProviderConfig', 'Release'),
      metadata: fc.record({
        name: fc.constantFrom('a', 'b'),
        labels: fc.constantFrom({}, { [LABEL]: 'checkout' }, null, { [LABEL]: 5 }),
      }),
      spec: anySpec,
      status: anyStatus,
    },
    { requiredKeys: [] },
  ),
});

/** Of `fc.nat`. */
const BITS = 31;

interface State {
  readonly base: number;
  /** A bit for each resource: those that are in both are not there. */
  readonly absent: readonly [number, number];
  readonly mutations: readonly { readonly at: number; readonly mutation: Mutation }[];
  readonly foreign: readonly { readonly name: string; readonly resource: Resource }[];
}

const anyState: fc.Arbitrary<State> = fc.record({
  base: fc.nat({ max: bases.length - 1 }),
  absent: fc.tuple(fc.nat(), fc.nat()),
  mutations: fc.uniqueArray(fc.record({ at: fc.nat({ max: most - 1 }), mutation }), {
    maxLength: 12,
    size: 'max',
    selector: ({ at }) => at,
  }),
  foreign: fc.array(foreign, { maxLength: 2 }) as fc.Arbitrary<State['foreign']>,
});

function isAbsent({ absent: [left, right] }: State, i: number): boolean {
  return ((left & right) >> (i % BITS)) % 2 === 1;
}

function requestOf(state: State): RunFunctionRequest {
  const base = bases[state.base] as RunFunctionRequest;
  const resources = Object.entries(base.observed?.resources ?? {}).flatMap(([name, found], i) => {
    const mutation = state.mutations.find(({ at }) => at === i)?.mutation ?? { what: 'ready' };
    if (isAbsent(state, i)) return [];
    const connectionDetails = mutation.what === 'keyless' ? {} : found.connectionDetails;
    const resource = mutated(found.resource as JsonObject, mutation);
    return [[name, { ...found, resource, connectionDetails }] as const];
  });
  const others = state.foreign.map(
    ({ name, resource }) => [name, { resource, connectionDetails: {}, ready: 0 }] as const,
  );
  return {
    ...base,
    observed: {
      composite: base.observed?.composite,
      resources: Object.fromEntries([...others, ...resources]),
    },
  };
}

function mutated(resource: JsonObject, mutation: Mutation): Resource {
  const metadata = resource.metadata as JsonObject;
  switch (mutation.what) {
    case 'status':
      return { ...resource, status: mutation.value };
    case 'spec':
      return { ...resource, spec: mutation.value };
    case 'annotations':
      return { ...resource, metadata: { ...metadata, annotations: mutation.value } };
    case 'going':
      return { ...resource, metadata: { ...metadata, deletionTimestamp: '2026-11-22T00:00:00Z' } };
    case 'labels':
      return { ...resource, metadata: { ...metadata, labels: {} } };
    case 'kind':
      return { ...resource, kind: 'ConfigMap' };
    default:
      return resource;
  }
}

// ---- what an answer says

function isFatal(response: RunFunctionResponse): boolean {
  return response.results.some((result) => result.severity === Severity.SEVERITY_FATAL);
}

function desiredOf(response: RunFunctionResponse): string[] {
  return Object.keys(response.desired?.resources ?? {});
}

/** What is ours of what is observed. Without our label a Usage is known by its plan only, which it loses with its user. */
function oursIn(request: RunFunctionRequest, base: number): string[] {
  const planned = Object.keys(bases[base]?.observed?.resources ?? {});
  return Object.entries(request.observed?.resources ?? {})
    .filter(([name]) => planned.includes(name))
    .filter(
      ([name, { resource }]) =>
        !name.includes('-used-by-') ||
        typeof at(resource, 'metadata', 'labels', LABEL) === 'string',
    )
    .map(([name]) => name);
}

/** Alone the whole file takes some twelve seconds. */
const TIMEOUT = 120_000;

function holds<Input>(arbitrary: fc.Arbitrary<Input>, check: (input: Input) => void, runs = RUNS) {
  fc.assert(fc.property(arbitrary, check), { numRuns: runs });
}

describe('for any observed state', { timeout: TIMEOUT }, () => {
  test('nothing that exists is dropped, more readiness holds nothing back, and order means nothing', () => {
    holds(fc.tuple(anyState, fc.nat()), ([state, better]) => {
      // Written to, the request would throw, and `run` throws what the function calls a bug.
      const request = frozen(requestOf(state));
      const response = run(request);
      none(bytesOf(run(turned(request))) === bytesOf(response) ? [] : ['another order'], 'differ');
      none(unlikeJson(response), 'not JSON');
      if (isFatal(response)) return none(desiredOf(response), 'desired by a refusal');
      const desired = desiredOf(response);
      none(missing(oursIn(request, state.base), desired), 'dropped');
      // Also with our label: another step may have copied it, and will want its resource gone one day.
      const others = state.foreign.map(({ name }) => name);
      none(
        others.filter((name) => desired.includes(name)),
        'adopted',
      );
      none(unready(response, state.base), 'not ready, and the composite is not READY_FALSE');
      none(missing(desired, desiredOf(run(requestOf(readier(state, better))))), 'held back');
    });
  });

  test('something of another kind under one of our names is refused, and nothing is touched', () => {
    const which = fc.record({ base: fc.nat({ max: bases.length - 1 }), at: fc.nat() });
    holds(
      which,
      ({ base, at }) => {
        const names = Object.keys(bases[base]?.observed?.resources ?? {});
        const index = at % names.length;
        const mutations = [{ at: index, mutation: { what: 'kind' } as const }];
        const response = run(requestOf({ base, absent: [0, 0], mutations, foreign: [] }));
        // Usages that follow from others are not planned while their own users are foreign.
        if (names[index]?.includes('-used-by-'))
          expect(desiredOf(response)).toHaveLength(names.length);
        else expect(isFatal(response), names[index]).toBe(true);
      },
      200,
    );
  });
});

/** What can happen to an environment between two passes. */
type Event =
  | { readonly what: 'tools' | 'catalog' | 'delete' | 'flap'; readonly which: number }
  | { readonly what: 'pass'; readonly times: number };

describe('for any story', { timeout: TIMEOUT }, () => {
  const toolsets: readonly JsonObject[] = [
    {},
    { knative: {} },
    { knative: { enabled: false }, ci: tools.ci },
    { extra: [{ name: 'cert-manager' }] },
    { extra: [{ name: 'cert-manager', enabled: false }, { name: 'external-secrets' }] },
    tools,
  ];
  const other = { version: '9.9.9', default: true };
  const vcluster = at(catalog, 'clusters', 'vcluster') as JsonObject;
  const catalogs: readonly JsonObject[] = [
    catalog,
    { ...catalog, organization: 'emca' },
    { ...catalog, kind: 'Katalog' },
    { ...catalog, purposes: { other: { size: 'medium' } } },
    { ...catalog, ci: { isolation: 'tools-cluster' } },
    { ...catalog, ci: { isolation: 'node-pool', size: 'large' } },
    {
      ...catalog,
      placement: { default: { use: 'vcluster' } },
      clusters: { vcluster: { ...vcluster, hosts: [{ name: 'brand-new' }] } },
      purposes: { sandbox: { size: 'small' } },
    },
    changed(changed(catalog, ['tools'], undefined), ['ci'], undefined),
    changed(catalog, ['components', 'knative', 'versions'], [other]),
    changed(catalog, ['tools', 'cert-manager', 'versions'], [other]),
    changed(catalog, ['sizes', 'small', 'gke', 'machineType'], 'n2-standard-4'),
  ];
  const which = fc.nat({ max: 60 });
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({ what: fc.constantFrom('tools', 'catalog', 'delete', 'flap'), which }),
    fc.record({ what: fc.constant('pass'), times: fc.integer({ min: 1, max: 6 }) }),
  );

  // The world refuses what Crossplane would: an orphan, a renamed resource, a deletion of what is in use.
  test('it ends where it would have begun, when the spec and the catalog are those of the beginning', async () => {
    const story = fc.record({
      flavour: fc.constantFrom('claims', 'namespaced'),
      type: fc.constantFrom('gke', 'vcluster'),
      first: fc.nat({ max: toolsets.length - 1 }),
      events: fc.array(event, { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(story, async ({ flavour, type, first, events }) => {
        const spec = { purpose: 'sandbox', cluster: { type } };
        const self = place(flavour, { ...spec, tools: toolsets[first] ?? {} });
        for (const event of events) await happen(self, spec, event);
        self.catalog = catalog;
        delete self.status;
        withSpec(self, { ...spec, tools });
        await self.settle(80);
        const expected = composed(await settled(flavour, { ...spec, tools }));
        // Where CI agents are, they stay.
        const steady = (name: string) => !/^(ci|tools)-|-ci-/.test(name);
        expect(composed(self).filter(steady)).toEqual(expected.filter(steady));
      }),
      { numRuns: 60 },
    );
  });

  async function happen(self: World, spec: JsonObject, event: Event): Promise<void> {
    if (event.what === 'pass') {
      for (let i = 0; i < event.times; i++) await self.pass();
      delete self.status;
      return;
    }
    const { which } = event;
    const name = oneOf(composed(self), which) ?? '';
    const happens: Readonly<Record<typeof event.what, () => void>> = {
      tools: () => withSpec(self, { ...spec, tools: oneOf(toolsets, which) ?? {} }),
      catalog: () => {
        self.catalog = oneOf(catalogs, which) ?? catalog;
      },
      flap: () => {
        self.status = flapping(name);
      },
      delete: () => {
        // What remembers, and what everything is in, is another story.
        if (!/cluster$|release$|-namespace$/.test(name)) self.composed.delete(name);
      },
    };
    happens[event.what]();
  }

  function oneOf<T>(list: readonly T[], which: number): T | undefined {
    return list[which % Math.max(1, list.length)];
  }

  function flapping(name: string): NonNullable<World['status']> {
    return (each, resource, age) =>
      each === name ? conditions('Synced', 'Ready=False') : usualStatus(resource, age);
  }
});

const anySpecOfEnvironment = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.record(
    {
      purpose: fc.oneof(fc.constantFrom('development', 'production', 'sandbox'), fc.jsonValue()),
      team: fc.oneof(fc.string(), fc.jsonValue({ maxDepth: 1 })),
      size: fc.oneof(fc.constantFrom('small', 'large', '__proto__'), fc.jsonValue({ maxDepth: 1 })),
      cluster: fc.oneof(
        fc.record(
          {
            type: fc.constantFrom('gke', 'vcluster', 'eks'),
            host: fc.string(),
            location: fc.string(),
          },
          { requiredKeys: [] },
        ),
        fc.jsonValue({ maxDepth: 2 }),
      ),
      kubernetes: fc.record({
        version: fc.oneof(fc.constantFrom('1.34', '1.36', 1.3), fc.string()),
      }),
      tools: fc.oneof(
        fc.object({
          maxDepth: 3,
          key: fc.constantFrom(
            'knative',
            'ci',
            'extra',
            'enabled',
            'name',
            '__proto__',
            'constructor',
          ),
        }),
        fc.jsonValue(),
      ),
      lifetime: fc.oneof(fc.constantFrom('1h', '999999999h', '0s', '-1h'), fc.string()),
      suspended: fc.jsonValue({ maxDepth: 1 }),
      claimRef: fc.oneof(
        fc.record({ name: fc.string(), namespace: fc.string() }),
        fc.jsonValue({ maxDepth: 1 }),
      ),
    },
    { requiredKeys: [] },
  ),
);

test('for any spec, on an empty and on a settled environment: an answer or a refusal, never an exception', {
  timeout: TIMEOUT,
}, () => {
  const input = fc.record({
    base: fc.nat({ max: bases.length - 1 }),
    spec: anySpecOfEnvironment,
    empty: fc.boolean(),
  });
  holds(input, ({ base, spec, empty }) => {
    const request = bases[base] as RunFunctionRequest;
    const composite = request.observed?.composite?.resource as JsonObject;
    const resources = empty ? {} : (request.observed?.resources ?? {});
    const response = run({
      ...request,
      observed: {
        composite: { resource: { ...composite, spec }, connectionDetails: {}, ready: 0 },
        resources,
      },
    });
    if (isFatal(response)) none(desiredOf(response), 'desired by a refusal');
    none(unlikeJson(response), 'not JSON');
    if (response.conditions.length !== 4) throw new Error('not all four conditions');
  });
});

test('for any catalog that is broken in one place: an answer or a refusal, never an exception, and nothing is dropped', {
  timeout: TIMEOUT,
}, () => {
  const paths = pathsOf(catalog);
  const input = fc.record({
    base: fc.nat({ max: bases.length - 1 }),
    path: fc.constantFrom(...paths),
    value: fc.oneof(
      fc.constantFrom(
        undefined,
        null,
        '',
        0,
        -1,
        1.5,
        true,
        [],
        {},
        'x',
        '1.20',
        1.2,
        '2026-02-30',
      ),
      fc.jsonValue({ maxDepth: 2 }),
    ),
  });
  holds(input, ({ base, path, value }) => {
    const request = bases[base] as RunFunctionRequest;
    const response = run({ ...request, input: changed(catalog, path, value) });
    const desired = desiredOf(response);
    if (isFatal(response)) return none(desired, 'desired by a refusal');
    none(missing(oursIn(request, base), desired), 'dropped');
  });
});

// ---- helpers

/** The same with some of what is not ready become so. */
function readier(state: State, better: number): State {
  const mutations = state.mutations.filter(
    ({ at, mutation }) =>
      !['status', 'going', 'keyless'].includes(mutation.what) || (better >> (at % BITS)) % 2 === 0,
  );
  return { ...state, mutations };
}

function missing(names: readonly string[], among: readonly string[]): string[] {
  const there = new Set(among);
  return names.filter((name) => !there.has(name));
}

/** What waits although the composite is not READY_FALSE: what a settled environment has and is not there, or not ready. */
function unready(response: RunFunctionResponse, base: number): string[] {
  const ready = response.desired?.composite?.ready;
  if (ready === Ready.READY_TRUE) return ['READY_TRUE'];
  if (ready === Ready.READY_FALSE) return [];
  const resources = response.desired?.resources ?? {};
  return Object.keys(bases[base]?.observed?.resources ?? {}).filter(
    (name) => own(resources, name)?.ready !== Ready.READY_TRUE,
  );
}

/** Of a list of what should not be: the rest of a run is too quick for `expect`. */
function none(found: readonly string[], what: string): void {
  if (found.length > 0) throw new Error(`${what}: ${found.join(', ')}`);
}

/** The same request with the resources in the opposite order: that of a map on the wire is random. */
function turned(request: RunFunctionRequest): RunFunctionRequest {
  const { resources = {}, composite } = request.observed ?? {};
  const reversed = Object.fromEntries(Object.entries(resources).reverse());
  return { ...request, observed: { composite, resources: reversed } };
}

function bytesOf(response: RunFunctionResponse): string {
  return JSON.stringify(response);
}

/** The path of the first value that JSON does not know. */
function unlikeJson({ desired, conditions, results }: RunFunctionResponse): string[] {
  const search = (value: unknown, path: string): string[] => {
    if (typeof value === 'number') return Number.isFinite(value) ? [] : [path];
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return [];
    if (value instanceof Uint8Array) return [];
    if (typeof value !== 'object') return [`${path} is ${typeof value}`];
    return Object.entries(value).flatMap(([key, inner]) => search(inner, `${path}.${key}`));
  };
  const resources = desired?.resources ?? {};
  return search([resources, desired?.composite ?? null, conditions, results], '').slice(0, 1);
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  // Bytes cannot be frozen.
  if (value instanceof Uint8Array) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
}

/** Every path in a value, such as `['sizes', 'small', 'gke']`. */
function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  const inner = Array.isArray(value)
    ? value.map((item, i) => [i, item] as const)
    : isObject(value)
      ? Object.keys(value).map((key) => [key, own(value, key)] as const)
      : [];
  const below = inner.flatMap(([key, item]) => pathsOf(item, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}
