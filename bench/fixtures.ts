// The requests that are sent: as Crossplane sends them, with managedFields, and with maps in another order each time.
import { createHash } from 'node:crypto';
import { RunFunctionRequest } from '@crossplane-org/function-sdk-typescript';
import { isObject } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import { catalog, place } from '../test/support/play.ts';
import type { World } from '../test/support/world.ts';
import { asObserved, composed, compositeOf } from './releases.ts';

export interface Workload {
  readonly name: string;
  readonly what: string;
  /** Which servers do this work. */
  readonly of: 'releases' | 'environments';
  readonly messages: readonly Buffer[];
}

/** Different composites, so that no cache of one request helps. */
const COMPOSITES = 48;
/** Of environments with many resources: these take longer to make. */
const FEWER = 6;
/** The load client counts here, so that no two requests are the same. */
const COUNTER = 'c0c0c0c0c0c0c0c00000000000';
const MARKER = { 'bench.example.org/marker': COUNTER };

export async function* workloads(): AsyncGenerator<Workload> {
  yield releases('plain', '12 Releases, without managedFields', false);
  yield releases('real', '12 Releases, with managedFields', true);
  for (const flavour of ['namespaced', 'claims'] as const) {
    const purpose = flavour === 'claims' ? 'production' : 'development';
    const what = flavour === 'claims' ? 'GKE' : 'vcluster';
    const of = (passes: number) => environments(flavour, { purpose }, passes);
    yield workload(`${what}-start`, `${what}, nothing there yet`, await of(0));
    yield workload(`${what}-half-way`, `${what}, half way`, await of(3));
    yield workload(`${what}-settled`, `${what}, settled`, await of(40));
  }
  for (const count of [20, 40, 80]) {
    const made = await environments('namespaced', extra(count), 40, withTools(count), FEWER);
    const resources = made[0]?.composed.size ?? 0;
    yield workload(`resources-${resources}`, `vcluster, settled, ${resources} resources`, made);
  }
  const large = withTools(450);
  const size = Math.round(JSON.stringify(large).length / 1000);
  const made = await environments('namespaced', { purpose: 'development' }, 40, large, FEWER);
  yield workload('large-catalog', `vcluster, settled, a catalog of ${size} kB`, made);
}

function extra(count: number): JsonObject {
  const tools = { extra: Array.from({ length: count }, (_, i) => ({ name: `tool-${i}` })) };
  return { purpose: 'development', tools };
}

function withTools(count: number): JsonObject {
  const { tools } = catalog as { tools: Record<string, JsonObject> };
  const one = tools['external-secrets'];
  const more = Array.from({ length: count }, (_, i) => [`tool-${i}`, { ...one, after: [] }]);
  return { ...catalog, tools: { ...tools, ...Object.fromEntries(more) } };
}

async function environments(
  flavour: 'claims' | 'namespaced',
  spec: JsonObject,
  passes: number,
  input: JsonObject = catalog,
  count = COMPOSITES,
): Promise<World[]> {
  const worlds: World[] = [];
  for (let i = 0; i < count; i++) {
    const world = place(flavour, spec, { catalog: input, name: `checkout-${i}` });
    if (passes >= 40) await world.settle(passes);
    else for (let pass = 0; pass < passes; pass++) await world.pass();
    worlds.push(world);
  }
  return worlds;
}

function workload(name: string, what: string, worlds: readonly World[]): Workload {
  const messages = worlds.map((world, i) => {
    const { observed, ...rest } = world.request();
    const resources = Object.entries(observed?.resources ?? {}).map(
      ([key, { resource, ...other }]) => [
        key,
        { ...other, resource: withManagedFields(resource as JsonObject) },
      ],
    );
    const composite = marked(withManagedFields(observed?.composite?.resource as JsonObject));
    return encoded({
      ...rest,
      meta: { tag: tagOf(name, i) },
      observed: {
        composite: { resource: composite },
        resources: Object.fromEntries(resources),
      },
    });
  });
  return { name, what, of: 'environments', messages };
}

function releases(name: string, what: string, managed: boolean): Workload {
  const stored = (resource: JsonObject) => (managed ? withManagedFields(resource) : resource);
  const messages = Array.from({ length: COMPOSITES }, (_, i) => {
    const composite = compositeOf(i);
    const made = composed(composite, () => undefined).releases;
    const resources = Object.entries(made).map(([tool, release], j) => [
      tool,
      { resource: stored(asObserved(release, i * 100 + j)) },
    ]);
    return encoded({
      meta: { tag: tagOf(name, i) },
      observed: {
        composite: { resource: marked(stored(composite)) },
        resources: Object.fromEntries(resources),
      },
    });
  });
  return { name, what, of: 'releases', messages };
}

function marked(resource: JsonObject): JsonObject {
  const metadata = resource.metadata as JsonObject;
  const annotations = { ...(metadata.annotations as JsonObject | undefined), ...MARKER };
  return { ...resource, metadata: { ...metadata, annotations } };
}

/** One entry for who applied it, one for who wrote its status, as server-side apply leaves them. */
function withManagedFields(resource: JsonObject): JsonObject {
  const { metadata, spec, status } = resource as Record<string, JsonObject>;
  const entry = (manager: string, fields: JsonObject, subresource?: string) => ({
    manager,
    operation: 'Apply',
    apiVersion: resource.apiVersion,
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource === undefined ? {} : { subresource }),
  });
  const { labels, annotations } = metadata ?? {};
  const applied = owned({ metadata: { labels, annotations }, spec });
  const managedFields = [
    entry('apiextensions.crossplane.io/composed/4fbb3c6f1e2a', applied),
    entry('provider', owned({ metadata: { annotations, finalizers: [] }, spec })),
    ...(status === undefined ? [] : [entry('provider', owned({ status }), 'status')]),
  ];
  return { ...resource, metadata: { ...metadata, managedFields } } as JsonObject;
}

/** FieldsV1: a tree of the keys. */
function owned(value: unknown): JsonObject {
  if (!isObject(value)) return {};
  const keys = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(keys.map(([key, inner]) => [`f:${key}`, owned(inner)]));
}

/** Like Crossplane's: a SHA-256 of the request, so another one for each count. */
function tagOf(name: string, number: number): string {
  const digest = createHash('sha256').update(`${name} ${number}`).digest('hex');
  return COUNTER + digest.slice(COUNTER.length);
}

function encoded(request: object): Buffer {
  const message = RunFunctionRequest.fromPartial(shuffled(request) as object);
  return Buffer.from(RunFunctionRequest.encode(message).finish());
}

let seed = 1;
/** Go's maps have another order in each call. The same numbers in every run. */
function random(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x80000000;
}

function shuffled(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(shuffled);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner), random()]);
  entries.sort((a, b) => Number(a[2]) - Number(b[2]));
  return Object.fromEntries(entries);
}
