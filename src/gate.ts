// How far each step is, and so what may exist: what exists stays, only creation waits.
import { at, text } from './json.ts';
import type { NotReady, Observed, Progress, Step } from './step.ts';

/** Says how far each step is, in the order of the plan. */
export function gate(steps: readonly Step[], observed: Observed): Progress[] {
  const planned = new Map(steps.map((step) => [step.name, step]));
  const why = new Map(steps.map((step) => [step.name, whyNotReady(step, observed)]));
  return steps.map((step) => {
    const reason = why.get(step.name);
    if (reason === undefined) return { state: 'ready', step };
    // Leaving out what exists would delete it, so it never goes back to waiting.
    if (observed.has(step.name)) return { state: 'progressing', step, why: reason, exists: true };
    const blocker = step.needs.find((name) => planned.has(name) && why.get(name) !== undefined);
    if (blocker === undefined) return { state: 'progressing', step, why: reason, exists: false };
    return {
      state: 'waiting',
      step,
      why: waitingFor(planned.get(blocker)?.title ?? blocker, why.get(blocker)),
    };
  });
}

function waitingFor(title: string, why: NotReady | undefined): NotReady {
  return {
    reason: 'Waiting',
    message: `waiting for ${title}${why === undefined ? '' : `: ${why.message}`}`,
  };
}

const CREATING: NotReady = { reason: 'Creating', message: 'being created' };

function whyNotReady(step: Step, observed: Observed): NotReady | undefined {
  const found = observed.get(step.name);
  return found === undefined ? CREATING : step.notReady(found);
}

/** `helm.crossplane.io` of `helm.crossplane.io/v1beta1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Steps under whose name something of another kind is composed: applying ours would orphan it. */
export function foreignKinds(
  steps: readonly Step[],
  observed: Observed,
): { step: Step; kind: string }[] {
  return steps.flatMap((step) => {
    const found = observed.get(step.name)?.resource;
    if (found === undefined) return [];
    const apiVersion = text(found, 'apiVersion') ?? '';
    const kind = text(found, 'kind') ?? '';
    // Crossplane never sends one without; a test's shorthand is taken for ours.
    if (apiVersion === '' && kind === '') return [];
    const same =
      kind === step.manifest.kind && groupOf(apiVersion) === groupOf(step.manifest.apiVersion);
    return same ? [] : [{ step, kind: `${apiVersion} ${kind}` }];
  });
}

export function isGoing(resource: unknown): boolean {
  return at(resource, 'metadata', 'deletionTimestamp') !== undefined;
}
