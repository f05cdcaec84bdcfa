// Ready, or not and why, for each kind of composed resource.
import { compareVersions, means } from './catalog/compare.ts';
import { at, text } from './json.ts';
import type { NotReady, ObservedResource, Readiness } from './step.ts';

function condition(observed: ObservedResource, type: string, base: readonly string[] = ['status']) {
  const conditions = at(observed.resource, ...base, 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  return conditions.find((c) => at(c, 'type') === type);
}

const creating = (message: string): NotReady => ({ reason: 'Creating', message });

/** A resource that is being deleted is never ready. */
function going(observed: ObservedResource): NotReady | undefined {
  return at(observed.resource, 'metadata', 'deletionTimestamp') === undefined
    ? undefined
    : { reason: 'Waiting', message: 'being deleted' };
}

/** Ready as soon as it exists: provider configs and the like report nothing. */
export const exists: Readiness = going;

/** What the provider says is wrong: Synced=False (its message can hold times, so only its reason is told). */
function notSynced(observed: ObservedResource): NotReady | undefined {
  const synced = condition(observed, 'Synced');
  if (at(synced, 'status') !== 'False') return undefined;
  return {
    reason: 'Failed',
    message: `Synced is False (${text(synced, 'reason') ?? 'no reason given'})`,
  };
}

/**
 * The provider has not looked at the last change yet, so what it says is about the one before
 * (crossplane-runtime writes the generation that it has seen into its conditions).
 */
function unseen(observed: ObservedResource): NotReady | undefined {
  const generation = at(observed.resource, 'metadata', 'generation');
  const seen = at(condition(observed, 'Synced'), 'observedGeneration');
  if (typeof generation !== 'number' || typeof seen !== 'number' || seen >= generation)
    return undefined;
  return { reason: 'Upgrading', message: 'the last change has not been taken up yet' };
}

/** Condition Ready=True. */
export const conditionReady: Readiness = (observed) => {
  const ready = condition(observed, 'Ready');
  if (at(ready, 'status') === 'True') return going(observed) ?? unseen(observed);
  return (
    going(observed) ?? notSynced(observed) ?? failedOperation(observed) ?? creating(notYet(ready))
  );
};

/** Cloud resources of upjet providers tell of a failed asynchronous operation here. */
function failedOperation(observed: ObservedResource): NotReady | undefined {
  const operation = condition(observed, 'LastAsyncOperation');
  if (at(operation, 'status') !== 'False') return undefined;
  return {
    reason: 'Failed',
    message: `the last operation failed (${text(operation, 'reason') ?? 'no reason given'})`,
  };
}

function notYet(ready: unknown): string {
  const reason = text(ready, 'reason');
  return reason === undefined ? 'being created' : `Ready is False (${reason})`;
}

/**
 * A GKE cluster: Ready, and its control plane is at least what was asked for. Raising minMasterVersion upgrades it
 * while Ready stays True.
 */
export const gkeReady: Readiness = (observed) => {
  const why = conditionReady(observed);
  if (why !== undefined) return why;
  const floor = text(observed.resource, 'spec', 'forProvider', 'minMasterVersion');
  const runs = text(observed.resource, 'status', 'atProvider', 'masterVersion');
  if (floor === undefined || runs === undefined) return undefined;
  if (compareVersions(floor, runs) <= 0) return undefined;
  const failed = notSynced(observed) ?? failedOperation(observed);
  return failed ?? { reason: 'Upgrading', message: `${runs} is being replaced by ${floor}` };
};

/** A cluster is usable when it is Ready and its kubeconfig has been published. */
export const clusterReady =
  (ready: Readiness): Readiness =>
  (observed) => {
    const why = ready(observed);
    if (why !== undefined) return why;
    return observed.kubeconfig === undefined || observed.kubeconfig.length === 0
      ? creating('its kubeconfig is not there yet')
      : undefined;
  };

/**
 * A Helm release: Ready, or deployed and in sync. After a failed install that later succeeds
 * provider-helm leaves Ready at False until its next poll, ten minutes on
 * (crossplane-contrib/provider-helm#329).
 */
export const helmDeployed: Readiness = (observed) => {
  const gone = going(observed);
  if (gone !== undefined) return gone;
  const state = text(observed.resource, 'status', 'atProvider', 'state');
  const ready = at(condition(observed, 'Ready'), 'status') === 'True';
  const synced = at(condition(observed, 'Synced'), 'status') === 'True';
  if (ready || (state === 'deployed' && synced)) return upgrading(observed) ?? unseen(observed);
  if (state === 'failed') return { reason: 'Failed', message: 'the Helm release failed' };
  if (state !== undefined && state !== 'deployed') return creating(`the Helm release is ${state}`);
  return notSynced(observed) ?? creating('being installed');
};

/** Ready of the version before counts for nothing. */
function upgrading(observed: ObservedResource): NotReady | undefined {
  const wanted = text(observed.resource, 'spec', 'forProvider', 'chart', 'version');
  const installed = text(observed.resource, 'status', 'atProvider', 'version');
  if (wanted === undefined || installed === undefined || means(wanted, installed)) return undefined;
  return { reason: 'Upgrading', message: `chart ${installed} is being replaced by ${wanted}` };
}

/** An Object of provider-kubernetes; of an object that is not ready its own first false condition is told, else why Ready is False. */
export const objectReady: Readiness = (observed) => {
  const why = conditionReady(observed);
  if (why === undefined || why.reason !== 'Creating') return why;
  const inside = at(observed.resource, 'status', 'atProvider', 'manifest', 'status', 'conditions');
  if (!Array.isArray(inside)) return why;
  const bad = inside
    .filter((c) => at(c, 'status') === 'False' && at(c, 'type') !== 'Ready')
    .map((c) => text(c, 'type') ?? '')
    .filter((type) => type !== '')
    .sort();
  if (bad[0] !== undefined) return creating(`${bad[0]} is False`);
  const reason = text(
    inside.find((c) => at(c, 'type') === 'Ready' && at(c, 'status') === 'False'),
    'reason',
  );
  if (reason === undefined) return why;
  // Its message can hold times and folders with random names, so only the reason is told.
  const message = `Ready is False (${reason})`;
  return reason.endsWith('Failed') ? { reason: 'Failed', message } : creating(message);
};

/** A copied Secret: a name without a Secret behind it is the commonest reason why agents never come. */
export const secretReady =
  ({ namespace, name }: { readonly namespace: string; readonly name: string }): Readiness =>
  (observed) => {
    const why = objectReady(observed);
    const said = text(condition(observed, 'Synced'), 'message') ?? '';
    if (why?.reason !== 'Failed' || !/not found/i.test(said)) return why;
    return {
      reason: 'Failed',
      message: `there is no Secret ${name} in namespace ${namespace}; make it, or write the right name in secretRef`,
    };
  };

/** Readiness by kind, for what is kept as it was observed. */
export function readinessOf(kind: string): Readiness {
  if (kind === 'Release') return helmDeployed;
  if (kind === 'Object') return objectReady;
  if (kind === 'Cluster') return gkeReady;
  if (kind === 'NodePool') return conditionReady;
  return exists;
}
