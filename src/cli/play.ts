// Plays the function forward on one environment: whatever it desires is there and ready in the next pass.
import { type Answer, compose } from '../compose.ts';
import { at, isObject, text } from '../json.ts';
import type { JsonObject, Manifest, ObservedResource } from '../step.ts';
import { type Environment, kubeconfigOf, RESOURCE_NAME } from './fleet/environments.ts';

/** The function's answer. What was left out is taken for gone. */
export function ask({ composite, observed }: Environment, input: unknown, now: Date): Answer {
  return compose({
    composite,
    observed,
    input,
    configs: [],
    now,
    foreign: new Set(),
    isThere: () => false,
  });
}

/** The environment as it is when everything that was answered has come true. */
export function after(environment: Environment, answer: Answer): Environment {
  const { desired, conditions } = answer;
  if (desired === undefined) return environment;
  const { composite, observed } = environment;
  const status = { ...desired.status, conditions: conditions.map((c) => ({ ...c })) };
  return {
    composite: { ...composite, status },
    observed: new Map(
      desired.resources.map(({ name, manifest }) => [
        name,
        ready(name, manifest, observed.get(name)),
      ]),
    ),
  };
}

function ready(
  name: string,
  manifest: Manifest,
  before: ObservedResource | undefined,
): ObservedResource {
  const { metadata, ...rest } = manifest;
  const resource: JsonObject = {
    ...rest,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [RESOURCE_NAME]: name },
    },
    status: statusOf(manifest, before),
  };
  const isCluster = manifest.kind === 'Cluster' || manifest.kind === 'Release';
  return isCluster ? { resource, kubeconfig: kubeconfigOf(resource) } : { resource };
}

const READY = [
  { type: 'Synced', status: 'True', reason: 'ReconcileSuccess' },
  { type: 'Ready', status: 'True', reason: 'Available' },
];

/** What its provider says of a resource that is ready. */
function statusOf({ kind, spec }: Manifest, before: ObservedResource | undefined): JsonObject {
  const observed = at(before?.resource, 'status', 'atProvider');
  const atProvider = isObject(observed) ? observed : {};
  if (kind === 'Release') {
    const version = text(spec, 'forProvider', 'chart', 'version');
    return { conditions: READY, atProvider: { ...atProvider, state: 'deployed', version } };
  }
  if (kind === 'Cluster') {
    return {
      conditions: READY,
      atProvider: { ...atProvider, masterVersion: runs(spec, atProvider) },
    };
  }
  // A load balancer that is only looked at has its address; what another object says of itself goes with its manifest.
  const isService = text(spec, 'forProvider', 'manifest', 'kind') === 'Service';
  return isService
    ? { conditions: READY, atProvider: ADDRESSED, ...keptAddress(atProvider) }
    : { conditions: READY };
}

const ADDRESSED = { manifest: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } } };

function keptAddress(atProvider: JsonObject): JsonObject {
  const known = at(atProvider, 'manifest', 'status', 'loadBalancer', 'ingress', 0);
  return known === undefined ? {} : { atProvider };
}

/** GKE runs the least version that was asked for, or what it runs already if that is another patch of it. */
function runs(spec: JsonObject, atProvider: JsonObject): string | undefined {
  const wanted = text(spec, 'forProvider', 'minMasterVersion');
  const running = text(atProvider, 'masterVersion');
  if (wanted === undefined || running?.startsWith(`${wanted}.`)) return running;
  return wanted;
}

/** Passes after which a play that still moves is given up: far more than any route has hops. */
const MOST_PASSES = 100;

export interface Played {
  readonly answers: readonly Answer[];
  readonly environment: Environment;
}

/** Until nothing changes any more, or the function refuses. */
export function play(environment: Environment, input: unknown, now: Date): Played {
  const answers: Answer[] = [];
  let current = environment;
  let before = '';
  while (answers.length < MOST_PASSES) {
    const answer = ask(current, input, now);
    answers.push(answer);
    const { desired } = answer;
    if (desired === undefined) break;
    const text = JSON.stringify([
      desired.resources.map((r) => r.manifest),
      desired.status.versions,
    ]);
    if (text === before && desired.lookUp.length === 0) break;
    before = text;
    current = after(current, answer);
  }
  return { answers, environment: current };
}
