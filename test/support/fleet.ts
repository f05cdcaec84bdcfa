// A made-up fleet: what kubectl would dump of a control plane with so many environments. The same number, the same bytes.
import { CORE_SCHEMA, dump } from 'js-yaml';
import {
  COMPOSITE_LABEL,
  type Environment,
  RESOURCE_NAME,
} from '../../src/cli/fleet/environments.ts';
import { play } from '../../src/cli/play.ts';
import { at, isObject, text } from '../../src/json.ts';
import type { Json, JsonObject } from '../../src/step.ts';
import { catalogWith } from './catalog.ts';
import { environment } from './world.ts';

/** One sort of environment: when it was made, how, and what its developer wrote. */
interface Sort {
  readonly made: string;
  readonly flavour: 'claims' | 'namespaced';
  readonly spec: JsonObject;
  /** Composed resources are left out: it was just applied. */
  readonly fresh?: true;
}

const DAYS = ['2026-03-01', '2026-06-15', '2026-09-01', '2026-11-20'];
const SPECS: readonly JsonObject[] = [
  { purpose: 'development' },
  { purpose: 'development', size: 'medium' },
  { purpose: 'sandbox' },
  { purpose: 'sandbox', size: 'large' },
  { purpose: 'staging' },
  { purpose: 'production' },
  { purpose: 'development', tools: { extra: [{ name: 'cert-manager' }] } },
  { purpose: 'development', tools: { knative: { enabled: false } } },
];
/** Written versions: what was blessed on the day it was made. */
const PINNED: readonly Sort[] = [
  {
    made: '2026-03-01',
    flavour: 'claims',
    spec: { purpose: 'development', tools: { knative: { version: '1.21' } } },
  },
  {
    made: '2026-06-15',
    flavour: 'namespaced',
    spec: { purpose: 'production', tools: { knative: { version: '1.22' } } },
  },
];
const FRESH: readonly Sort[] = [
  { made: '2026-11-22', flavour: 'namespaced', spec: { purpose: 'development' }, fresh: true },
  {
    made: '2026-11-22',
    flavour: 'namespaced',
    spec: { purpose: 'development', tools: { knative: { version: '1.22' } } },
    fresh: true,
  },
];

const SORTS: readonly Sort[] = [
  ...DAYS.flatMap((made) =>
    SPECS.flatMap((spec) =>
      (['claims', 'namespaced'] as const).map((flavour): Sort => ({ made, flavour, spec })),
    ),
  ),
  ...PINNED,
  ...FRESH,
];
const TEAMS = ['team-payments', 'team-shop', 'team-search', 'ml-vision', 'team-data'];
const NAMES = ['checkout', 'cart', 'reports', 'preview', 'load', 'billing', 'catalog'];
/** What is replaced in the resources of a sort by the names of each environment. */
const STAND_IN = { name: 'standinname', namespace: 'standinspace' };

/** All resources, in the order of kubectl: by kind, then by name. */
export function fleet(count: number): JsonObject[] {
  const sorts = SORTS.map(resourcesOf);
  const resources = Array.from({ length: count }, (_, i) => {
    const texts = sorts[i % sorts.length] ?? [];
    const namespace = TEAMS[(i * 7 + Math.floor(i / sorts.length)) % TEAMS.length] ?? '';
    const name = `${NAMES[i % NAMES.length]}-${i}`;
    return texts.map(
      (source) =>
        JSON.parse(
          source
            .replaceAll(STAND_IN.name, name)
            .replaceAll(STAND_IN.namespace, namespace)
            .replaceAll('uid-of', `uid-${i}-of`),
        ) as JsonObject,
    );
  }).flat();
  const key = (resource: JsonObject) =>
    [
      text(resource, 'kind'),
      text(resource, 'apiVersion'),
      text(resource, 'metadata', 'namespace'),
      text(resource, 'metadata', 'name'),
    ].join('\0');
  return resources
    .map((resource) => ({ resource, key: key(resource) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ resource }) => resource);
}

/** The same as `kubectl get … -o yaml` prints it. */
export function kubectlYaml(resources: readonly JsonObject[]): string {
  return dump(listOf(resources), {
    schema: CORE_SCHEMA,
    sortKeys: true,
    noRefs: true,
    lineWidth: -1,
    seqNoIndent: true,
  });
}

export function kubectlJson(resources: readonly JsonObject[]): string {
  return JSON.stringify(listOf(resources), undefined, 4);
}

function listOf(items: readonly JsonObject[]): JsonObject {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
}

/** Composite, claim and composed resources of one sort, as JSON. */
function resourcesOf({ made, flavour, spec, fresh }: Sort): string[] {
  const composite = environment(flavour, spec, STAND_IN);
  const start: Environment = { composite: madeOn(composite, made), observed: new Map() };
  const { environment: end } =
    fresh === true
      ? { environment: start }
      : play(start, madeWith(), new Date(`${made}T00:00:00Z`));
  const stored = { ...end.composite, metadata: storedMetadata(end.composite, 'uid-of-composite') };
  return [
    stored,
    ...claimOf(stored),
    ...[...end.observed]
      // The category `managed` has no provider configs, and no Usages.
      .filter(([, { resource }]) => isManaged(resource))
      .map(([name, { resource }]) => composedAs(name, resource, stored)),
  ].map((resource) => JSON.stringify(resource));
}

/** The catalog of the examples, with a chart of vcluster that was there in spring too. */
function madeWith(): JsonObject {
  return catalogWith({ 'components.vcluster.versions.0.supported': '2026-01-01' });
}

function isManaged({ kind }: JsonObject): boolean {
  return typeof kind === 'string' && !/ProviderConfig$|Usage$/.test(kind);
}

function madeOn(composite: JsonObject, day: string): JsonObject {
  const metadata = { ...objectOf(composite.metadata), creationTimestamp: `${day}T00:00:00Z` };
  return { ...composite, metadata };
}

function storedMetadata(resource: JsonObject, uid: string): JsonObject {
  const metadata = objectOf(resource.metadata);
  return {
    creationTimestamp: '2026-11-20T08:00:00Z',
    ...metadata,
    uid,
    resourceVersion: '104711',
    generation: 3,
    finalizers: ['finalizer.managedresource.crossplane.io'],
  };
}

/** The claim that a composite of the claims flavour belongs to. */
function claimOf(composite: JsonObject): JsonObject[] {
  const claim = at(composite, 'spec', 'claimRef');
  if (!isObject(claim)) return [];
  const { claimRef: _, ...spec } = objectOf(composite.spec);
  const { apiVersion, kind, name, namespace } = claim;
  const reference = {
    apiVersion: text(composite, 'apiVersion'),
    kind: text(composite, 'kind'),
    name: text(composite, 'metadata', 'name'),
  };
  return [
    {
      apiVersion,
      kind,
      metadata: storedMetadata({ metadata: { name, namespace } }, 'uid-of-claim'),
      spec: { ...spec, resourceRef: reference },
      status: composite.status,
    } as JsonObject,
  ];
}

function composedAs(name: string, resource: JsonObject, composite: JsonObject): JsonObject {
  const metadata = storedMetadata(resource, `uid-of-${name}`);
  const owner = text(composite, 'metadata', 'name') ?? '';
  const conditions = at(resource, 'status', 'conditions') as readonly Json[];
  return {
    ...resource,
    metadata: {
      ...metadata,
      labels: { ...objectOf(metadata.labels), [COMPOSITE_LABEL]: owner },
      annotations: {
        ...objectOf(metadata.annotations),
        [RESOURCE_NAME]: name,
        'crossplane.io/external-create-succeeded': '2026-11-20T08:00:01Z',
      },
      ownerReferences: [
        {
          apiVersion: text(composite, 'apiVersion'),
          blockOwnerDeletion: true,
          controller: true,
          kind: text(composite, 'kind'),
          name: owner,
          uid: 'uid-of-composite',
        },
      ],
    },
    status: {
      ...objectOf(resource.status),
      conditions: conditions.map((condition) => ({
        ...objectOf(condition),
        lastTransitionTime: '2026-11-20T08:03:00Z',
      })),
    },
  };
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
