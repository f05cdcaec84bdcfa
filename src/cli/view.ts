// An answer of the function as people look at it: the parts of status, with their types.
import type { Answer } from '../compose.ts';
import { at, isObject, text } from '../json.ts';
import type { Condition, ConditionType, JsonObject } from '../step.ts';

/** A row of status.versions. */
export interface VersionView {
  readonly cluster: string;
  readonly component: string;
  readonly version: string;
  readonly state: string;
  readonly reason: string | undefined;
  readonly expires: string | undefined;
  readonly next: string | undefined;
  /** Where the hops lead. */
  readonly target: string | undefined;
  /** Why it does not move on now. */
  readonly message: string | undefined;
  readonly waiver: string | undefined;
}

export function versionsOf({ desired }: Answer): VersionView[] {
  const rows = desired?.status.versions;
  if (!Array.isArray(rows)) return [];
  return rows.map((row) => ({
    cluster: text(row, 'cluster') ?? '',
    component: text(row, 'component') ?? '',
    version: text(row, 'version') ?? '',
    state: text(row, 'state') ?? '',
    reason: text(row, 'reason'),
    expires: text(row, 'expires'),
    next: text(row, 'next'),
    target: text(row, 'target') ?? text(row, 'next'),
    message: text(row, 'message'),
    waiver: text(row, 'waiver'),
  }));
}

export function keyOf({ cluster, component }: VersionView): string {
  return `${cluster}/${component}`;
}

/** `knative`, or `kubernetes (ci)` where it is not the environment's own cluster. */
export function titleOf({
  cluster,
  component,
}: Pick<VersionView, 'cluster' | 'component'>): string {
  return cluster === 'environment' ? component : `${component} (${cluster})`;
}

/** Why nothing was accepted; undefined: it was. */
export function refusalIn(answer: Answer): Condition | undefined {
  return answer.desired === undefined ? conditionIn(answer, 'Accepted') : undefined;
}

export function conditionIn({ conditions }: Answer, type: ConditionType): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

export interface Cost {
  readonly hourly: number;
  readonly currency: string;
}

export function costOf({ desired }: Answer): Cost | undefined {
  const hourly = at(desired?.status, 'cost', 'hourly');
  const currency = text(desired?.status, 'cost', 'currency') ?? '';
  return typeof hourly === 'number' ? { hourly, currency } : undefined;
}

export function decisionOf({ desired }: Answer): JsonObject {
  const decision = at(desired?.status, 'decision');
  return isObject(decision) ? decision : {};
}
