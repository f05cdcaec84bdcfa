// A small Crossplane with providers, in memory: it applies what the function desires and lets things become ready.
import {
  Ready,
  type Resource,
  RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
  Status,
} from '@crossplane-org/function-sdk-typescript';
import { at, isObject, text } from '../../src/json.ts';
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

export interface World {
  composite: JsonObject;
  catalog: JsonObject;
  readonly composed: Map<string, Composed>;
  /** Deleted and not gone yet: `kind/name` → passes that it still takes. */
  readonly going: Map<string, number>;
  /** Overrides: returns the status a resource has, undefined for the usual one. */
  status?: (name: string, resource: JsonObject, age: number) => JsonObject | undefined;
  pass(): Promise<Pass>;
  /** Passes until everything is ready or refused; throws after `most`. */
  settle(most?: number): Promise<Pass[]>;
  request(): RunFunctionRequest;
}

/** Passes that a deleted thing takes to be gone. */
const GOING = 2;
const KUBECONFIG = Buffer.from('apiVersion: v1\nkind: Config\n');

export function world(run: Run, composite: JsonObject, catalog: JsonObject): World {
  const self: World = {
    composite,
    catalog,
    composed: new Map(),
    going: new Map(),
    request: () => requestOf(self),
    async pass() {
      let request = requestOf(self);
      let response = await run(request);
      let calls = 1;
      // Crossplane answers requirements and calls again.
      while (calls < 6 && Object.keys(response.requirements?.resources ?? {}).length > 0) {
        const answered = Object.keys(request.requiredResources);
        const wanted = Object.keys(response.requirements?.resources ?? {});
        if (wanted.every((key) => answered.includes(key))) break;
        request = { ...request, requiredResources: lookedUp(self, response) };
        response = await run(request);
        calls++;
      }
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

function isSettled(response: RunFunctionResponse): boolean {
  return response.desired?.composite?.ready !== Ready.READY_FALSE;
}

function requestOf(self: World): RunFunctionRequest {
  const resources: Record<string, Resource> = {};
  for (const [name, { resource, age }] of self.composed) {
    const status = self.status?.(name, resource, age) ?? usualStatus(resource, age);
    resources[name] = {
      resource: { ...resource, status },
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

function usualStatus(resource: JsonObject, age: number): JsonObject {
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
  const created: string[] = [];
  const changed: string[] = [];
  const dropped: string[] = [];
  self.composite = withStatus(self.composite, response, fatal !== undefined);
  for (const [key, passes] of [...self.going]) {
    if (passes <= 1) self.going.delete(key);
    else self.going.set(key, passes - 1);
  }
  if (fatal === undefined) {
    const desired = response.desired?.resources ?? {};
    for (const [name, { resource }] of [...self.composed]) {
      if (Object.hasOwn(desired, name)) continue;
      dropped.push(name);
      self.composed.delete(name);
      self.going.set(`${text(resource, 'kind')}/${text(resource, 'metadata', 'name')}`, GOING);
    }
    for (const [name, composed] of self.composed)
      self.composed.set(name, { ...composed, age: composed.age + 1 });
    for (const [name, wanted] of Object.entries(desired)) {
      const resource = wanted.resource as JsonObject;
      const before = self.composed.get(name);
      if (before === undefined) created.push(name);
      else if (JSON.stringify(before.resource) !== JSON.stringify(resource)) changed.push(name);
      self.composed.set(name, { resource, age: before?.age ?? 0 });
    }
  }
  const status = at(self.composite, 'status');
  return {
    created: created.sort(),
    changed: changed.sort(),
    dropped: dropped.sort(),
    message: text(status, 'summary', 'message') ?? '',
    phase: text(status, 'phase') ?? '',
    fatal: fatal?.message,
    events,
    calls,
    response,
  };
}

const STATUSES: Readonly<Record<number, string>> = {
  [Status.STATUS_CONDITION_TRUE]: 'True',
  [Status.STATUS_CONDITION_FALSE]: 'False',
};

function withStatus(
  composite: JsonObject,
  response: RunFunctionResponse,
  fatal: boolean,
): JsonObject {
  const desired = at(response.desired?.composite?.resource, 'status');
  const before = at(composite, 'status');
  // A fatal result applies no status, but conditions are taken over.
  const status = fatal ? (isObject(before) ? before : {}) : isObject(desired) ? desired : {};
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
