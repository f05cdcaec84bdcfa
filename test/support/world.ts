// A small Crossplane with providers, in memory: it applies what the function desires and lets things become ready.
// It is strict where the real one is: what could not be deleted, would be orphaned or renamed throws.

import {
  Ready,
  type Resource,
  RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
  Status,
} from '@crossplane-org/function-sdk-typescript';
import { at, equal, isObject, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';

export type Run = (
  request: RunFunctionRequest,
) => RunFunctionResponse | Promise<RunFunctionResponse>;

/** A composed resource as the world keeps it. */
export interface Composed {
  readonly resource: JsonObject;
  /** Passes since it was created. */
  readonly age: number;
}

/** What one pass did. */
export interface Pass {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly dropped: readonly string[];
  /** Not desired and not there: what waits, in the function's words. */
  readonly message: string;
  readonly phase: string;
  readonly fatal: string | undefined;
  readonly events: readonly string[];
  readonly calls: number;
  readonly response: RunFunctionResponse;
}

/** Deleted and not gone yet. */
export interface Going {
  readonly resource: JsonObject;
  /** Passes that it still takes at least. */
  readonly passes: number;
}

export interface World {
  composite: JsonObject;
  catalog: JsonObject;
  readonly composed: Map<string, Composed>;
  /** By `kind/name`. */
  readonly going: Map<string, Going>;
  /** Overrides: returns the status a resource has, undefined for the usual one. */
  status?: (name: string, resource: JsonObject, age: number) => JsonObject | undefined;
  pass(): Promise<Pass>;
  /** Passes until everything is ready or refused; throws after `most`. */
  settle(most?: number): Promise<Pass[]>;
  /** What the next pass sends; may be replaced. */
  request: () => RunFunctionRequest;
}

/** Passes that a deleted thing takes to be gone. */
const GOING = 2;
/** How often Crossplane asks again for what a function requires (`MaxRequirementsIterations`). */
const ITERATIONS = 5;
export const KUBECONFIG = Buffer.from('apiVersion: v1\nkind: Config\n');

export function world(run: Run, composite: JsonObject, catalog: JsonObject): World {
  const self: World = {
    composite,
    catalog,
    composed: new Map(),
    going: new Map(),
    request: () => requestOf(self),
    async pass() {
      const { response, calls } = await asked(self, run);
      return applied(self, response, calls);
    },
    async settle(most = 30) {
      const passes: Pass[] = [];
      while (passes.length < most) {
        const pass = await self.pass();
        passes.push(pass);
        const quiet = pass.created.length + pass.dropped.length + pass.changed.length === 0;
        if (pass.fatal !== undefined || (quiet && isSettled(pass.response))) return passes;
      }
      throw new Error(`not settled after ${most} passes: ${passes.at(-1)?.message}`);
    },
  };
  return self;
}

/**
 * Calls until the function requires what it required in the call before, as Crossplane does
 * (internal/xfn/required_resources.go): each call sees only what the one before required.
 */
async function asked(self: World, run: Run) {
  let request = self.request();
  let required: unknown;
  for (let calls = 1; calls <= ITERATIONS + 1; calls++) {
    const response = await run(request);
    const isFatal = response.results.some((r) => r.severity === Severity.SEVERITY_FATAL);
    if (isFatal || equal(response.requirements, required)) return { response, calls };
    required = response.requirements;
    request = { ...request, requiredResources: lookedUp(self, response) };
  }
  throw new Error(
    `requirements didn't stabilize after the maximum number of iterations (${ITERATIONS})`,
  );
}

function isSettled(response: RunFunctionResponse): boolean {
  return response.desired?.composite?.ready !== Ready.READY_FALSE;
}

function requestOf(self: World): RunFunctionRequest {
  const resources: Record<string, Resource> = {};
  for (const [name, { resource, age }] of self.composed) {
    const status = self.status?.(name, resource, age) ?? usualStatus(resource, age);
    resources[name] = {
      resource: { ...resource, metadata: asStored(self, name, resource), status },
      connectionDetails: hasKubeconfig(name, status) ? { kubeconfig: KUBECONFIG } : {},
      ready: Ready.READY_UNSPECIFIED,
    };
  }
  return RunFunctionRequest.fromPartial({
    meta: { tag: 'test', capabilities: [] },
    observed: {
      composite: { resource: self.composite, connectionDetails: {}, ready: 0 },
      resources,
    },
    desired: { resources: {} },
    input: self.catalog,
  });
}

/** What the API server, Crossplane and the providers add; none of it is the function's business. */
function asStored({ composite }: World, name: string, resource: JsonObject): JsonObject {
  const metadata = objectAt(resource, 'metadata');
  const owner = text(composite, 'metadata', 'name') ?? '';
  return {
    ...metadata,
    uid: `uid-of-${name}`,
    resourceVersion: '4711',
    generation: 1,
    creationTimestamp: '2026-11-22T00:00:00Z',
    finalizers: ['finalizer.managedresource.crossplane.io'],
    labels: { ...objectAt(metadata, 'labels'), 'crossplane.io/composite': owner },
    annotations: {
      ...objectAt(metadata, 'annotations'),
      'crossplane.io/composition-resource-name': name,
      'crossplane.io/external-create-succeeded': '2026-11-22T00:00:01Z',
    },
    ownerReferences: [{ kind: text(composite, 'kind') ?? '', name: owner, controller: true }],
  };
}

function objectAt(value: JsonObject, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

function hasKubeconfig(name: string, status: JsonObject): boolean {
  const cluster = name === 'gke-cluster' || name.endsWith('-release');
  const conditions = at(status, 'conditions');
  return (
    cluster &&
    Array.isArray(conditions) &&
    conditions.some((c) => at(c, 'type') === 'Ready' && at(c, 'status') === 'True')
  );
}

/** Passes that a kind takes until it is ready. */
function slowness(kind: string): number {
  if (kind === 'Cluster') return 2;
  return kind === 'ProviderConfig' || kind.endsWith('Usage') ? 0 : 1;
}

export function conditions(...types: readonly string[]): JsonObject {
  return {
    conditions: types.map((type) => {
      const [name = '', status = 'True'] = type.split('=');
      return { type: name, status, reason: status === 'True' ? 'Available' : 'Creating' };
    }),
  };
}

export function usualStatus(resource: JsonObject, age: number): JsonObject {
  const kind = text(resource, 'kind') ?? '';
  const ready = age >= slowness(kind);
  if (kind === 'ProviderConfig') return {};
  const status = conditions('Synced', ready ? 'Ready' : 'Ready=False');
  if (!ready) return status;
  if (kind === 'Release') {
    const version = text(resource, 'spec', 'forProvider', 'chart', 'version') ?? '';
    return { ...status, atProvider: { state: 'deployed', revision: 1, version } };
  }
  if (kind === 'Cluster') {
    const minor = text(resource, 'spec', 'forProvider', 'minMasterVersion') ?? '1.35';
    return {
      ...status,
      atProvider: { masterVersion: `${minor}.7-gke.1222000`, endpoint: '203.0.113.10' },
    };
  }
  return status;
}

function lookedUp(
  self: World,
  response: RunFunctionResponse,
): RunFunctionRequest['requiredResources'] {
  return Object.fromEntries(
    Object.entries(response.requirements?.resources ?? {}).map(([key, selector]) => {
      const there = self.going.has(`${selector.kind}/${selector.matchName}`);
      const item = { resource: { kind: selector.kind }, connectionDetails: {}, ready: 0 };
      return [key, { items: there ? [item] : [] }];
    }),
  );
}

function applied(self: World, response: RunFunctionResponse, calls: number): Pass {
  const fatal = response.results.find((r) => r.severity === Severity.SEVERITY_FATAL);
  const events = response.results.filter((r) => r !== fatal).map((r) => r.message);
  self.composite = withStatus(self.composite, response, fatal !== undefined);
  letGo(self);
  const changes = fatal === undefined ? apply(self, response) : UNTOUCHED;
  const status = at(self.composite, 'status');
  return {
    ...changes,
    message: text(status, 'summary', 'message') ?? '',
    phase: text(status, 'phase') ?? '',
    fatal: fatal?.message,
    events,
    calls,
    response,
  };
}

type Changes = Pick<Pass, 'created' | 'changed' | 'dropped'>;
const UNTOUCHED: Changes = { created: [], changed: [], dropped: [] };

function apply(self: World, response: RunFunctionResponse): Changes {
  const desired = response.desired?.resources ?? {};
  const dropped = [...self.composed.keys()].filter((name) => !Object.hasOwn(desired, name));
  deleteAll(self, dropped);
  for (const [name, composed] of self.composed)
    self.composed.set(name, { ...composed, age: composed.age + 1 });
  const created: string[] = [];
  const changed: string[] = [];
  for (const [name, wanted] of Object.entries(desired)) {
    const resource = wanted.resource as JsonObject;
    const before = self.composed.get(name);
    if (before === undefined) created.push(name);
    else if (isChanged(name, before.resource, resource)) changed.push(name);
    self.composed.set(name, { resource, age: before?.age ?? 0 });
  }
  return { created: created.sort(), changed: changed.sort(), dropped: dropped.sort() };
}

/** What another kind or name would mean is never wanted: the old one would stay behind, unowned. */
function isChanged(name: string, before: JsonObject, after: JsonObject): boolean {
  for (const path of [['kind'], ['metadata', 'name'], ['metadata', 'namespace']]) {
    if (!equal(at(before, ...path), at(after, ...path)))
      throw new Error(
        `${name} is renamed: ${path.join('.')} ${at(before, ...path)} → ${at(after, ...path)}`,
      );
  }
  return !equal(withoutEmpty(before), withoutEmpty(after));
}

/** To the API server an empty map of annotations is none. */
function withoutEmpty(resource: JsonObject): JsonObject {
  const metadata = Object.entries(objectAt(resource, 'metadata'));
  const filled = metadata.filter(([, v]) => !isObject(v) || Object.keys(v).length > 0);
  return { ...resource, metadata: Object.fromEntries(filled) };
}

// ---- deletion

function deleteAll(self: World, names: readonly string[]): void {
  // All at once, in any order, as Crossplane does: what a Usage of the same pass keeps is refused too.
  const there = existing(self);
  for (const name of names) {
    const resource = self.composed.get(name)?.resource ?? {};
    const usage = there.find((other) => refersTo(other, 'of', resource));
    if (usage !== undefined)
      throw new Error(`${name} cannot be deleted: ${text(usage, 'metadata', 'name')} uses it`);
    if (!isDeletable(resource))
      throw new Error(`${name} is orphaned: its managementPolicies have no Delete`);
  }
  for (const name of names) {
    const resource = self.composed.get(name)?.resource ?? {};
    self.composed.delete(name);
    self.going.set(keyOf(resource), { resource, passes: GOING });
  }
}

/** Whether leaving it out removes it outside too. */
function isDeletable(resource: JsonObject): boolean {
  const policies = at(resource, 'spec', 'managementPolicies');
  // What is only looked at is nobody's to delete.
  const looked = Array.isArray(policies) && policies.join() === 'Observe';
  return (
    looked || !Array.isArray(policies) || policies.includes('*') || policies.includes('Delete')
  );
}

function keyOf(resource: JsonObject): string {
  return `${text(resource, 'kind')}/${text(resource, 'metadata', 'name')}`;
}

/** Everything that is still there, what is going included. */
function existing({ composed, going }: World): JsonObject[] {
  return [...composed.values(), ...going.values()].map(({ resource }) => resource);
}

/** Whether `usage` is a Usage of, or by, the resource. */
function refersTo(usage: JsonObject, role: 'of' | 'by', resource: JsonObject): boolean {
  const { kind, resourceRef } = objectAt(usage, 'spec', role);
  if (!text(usage, 'kind')?.endsWith('Usage')) return false;
  return (
    kind === text(resource, 'kind') && text(resourceRef, 'name') === keyOf(resource).split('/')[1]
  );
}

/**
 * One pass on: a provider config stays as long as something goes through it. A Usage that was left
 * out goes at once: Crossplane takes its label off first, and then it waits for nobody.
 */
function letGo(self: World): void {
  for (const [key, { resource, passes }] of [...self.going]) {
    const kept = existing(self).some((other) => goesThrough(other, resource));
    if (passes > 1 || kept) self.going.set(key, { resource, passes: Math.max(1, passes - 1) });
    else self.going.delete(key);
  }
}

function goesThrough(other: JsonObject, config: JsonObject): boolean {
  return (
    text(config, 'kind') === 'ProviderConfig' &&
    text(other, 'apiVersion')?.split('/')[0] === text(config, 'apiVersion')?.split('/')[0] &&
    text(other, 'spec', 'providerConfigRef', 'name') === text(config, 'metadata', 'name')
  );
}

// ---- the composite

const STATUSES: Readonly<Record<number, string>> = {
  [Status.STATUS_CONDITION_TRUE]: 'True',
  [Status.STATUS_CONDITION_FALSE]: 'False',
};

function withStatus(
  composite: JsonObject,
  response: RunFunctionResponse,
  fatal: boolean,
): JsonObject {
  // A fatal result applies no status, but conditions are taken over.
  const status = fatal
    ? objectAt(composite, 'status')
    : objectAt((response.desired?.composite?.resource ?? {}) as JsonObject, 'status');
  return {
    ...composite,
    status: {
      ...status,
      conditions: response.conditions.map(({ type, status, reason, message }) => ({
        type,
        status: STATUSES[status] ?? 'Unknown',
        reason,
        message: message ?? '',
      })),
    },
  };
}

/** A namespaced XR, or the composite of a claim. */
export function environment(
  flavour: 'claims' | 'namespaced',
  spec: JsonObject,
  { name = 'checkout', namespace = 'team-payments' } = {},
): JsonObject {
  const creationTimestamp = '2026-11-22T00:00:00Z';
  const apiVersion = 'platform.xenvironment.dev/v1alpha1';
  if (flavour === 'namespaced') {
    return {
      apiVersion,
      kind: 'Environment',
      metadata: { name, namespace, creationTimestamp },
      spec,
    };
  }
  return {
    apiVersion,
    kind: 'XEnvironment',
    metadata: { name: `${name}-x7k2p`, creationTimestamp },
    spec: { ...spec, claimRef: { apiVersion, kind: 'Environment', name, namespace } },
  };
}
