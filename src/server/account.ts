// What is told of a call in logs and metrics: plain data, with nothing in it that could be a secret.
import type { Answer } from '../compose.ts';
import { type Composite, compositeOf, identityOf } from '../composite.ts';
import { at, text } from '../json.ts';
import { REASONS, type RefusalReason } from '../problem.ts';
import { CLUSTER_TYPES } from '../spec.ts';
import type { JsonObject, Result } from '../step.ts';

export interface Account extends Told {
  /** Crossplane's digest of the request. */
  readonly tag: string;
  /** The answer was known, and not computed. */
  readonly isKept: boolean;
}

/** The part that the answer itself says. */
export interface Told {
  readonly composite: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string | undefined;
    readonly name: string;
    /** `namespace/name`, the claim's in the claims flavour. */
    readonly environment: string;
  };
  /** Without their messages: these quote what was written. */
  readonly results: readonly Pick<Result, 'severity' | 'reason'>[];
  /** Undefined: accepted. */
  readonly refused: RefusalReason | undefined;
  /** Of an environment that is accepted for the first time. */
  readonly decision: DecisionMade | undefined;
  readonly versions: readonly VersionInUse[];
  /** What was thrown; answered with a fatal result. Undefined: nothing. */
  readonly bug: unknown;
}

interface DecisionMade {
  readonly type: string;
  readonly by: string;
  /** Empty when a request decided. */
  readonly rule: string;
}

export interface VersionInUse {
  readonly component: string;
  readonly state: string;
}

export function accountOf(resource: JsonObject, answer: Answer): Omit<Told, 'bug'> {
  const composite = compositeOf(resource);
  const { status } = answer.desired ?? {};
  const namespace = text(resource, 'metadata', 'namespace');
  return {
    composite: {
      apiVersion: detached(composite.apiVersion),
      kind: detached(composite.kind),
      namespace: namespace === undefined ? undefined : detached(namespace),
      name: detached(text(resource, 'metadata', 'name') ?? ''),
      environment: detached(identityOf(composite)),
    },
    results: answer.results.map(({ severity, reason }) => ({ severity, reason })),
    refused: refusedOf(answer),
    decision: status === undefined ? undefined : decisionOf(composite, status),
    versions: versionsOf(status),
  };
}

/** A copy: what is read of a request keeps all of it alive, and an account may outlive the call. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}

function refusedOf({ conditions, desired }: Answer): RefusalReason | undefined {
  if (desired !== undefined) return undefined;
  const reason = conditions.find(({ type }) => type === 'Accepted')?.reason;
  return REASONS.find((known) => known === reason);
}

/** Once for an environment: its status has no phase until it was accepted. */
function decisionOf({ phase }: Composite, status: JsonObject): DecisionMade | undefined {
  if (phase !== undefined) return undefined;
  const decision = at(status, 'decision');
  const type = CLUSTER_TYPES.find((known) => known === at(decision, 'type'));
  if (type === undefined) return undefined;
  return { type, by: text(decision, 'by') ?? '', rule: text(decision, 'rule') ?? '' };
}

function versionsOf(status: JsonObject | undefined): VersionInUse[] {
  const versions = at(status, 'versions');
  if (!Array.isArray(versions)) return [];
  return versions.map((version) => ({
    component: text(version, 'component') ?? '',
    state: text(version, 'state') ?? '',
  }));
}
