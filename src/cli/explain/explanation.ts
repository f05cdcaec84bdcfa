// Why an environment is as it is: the function's answer, and its answers to what could have been written instead.
import { entriesFor, entryRunning } from '../../catalog/lifecycle.ts';
import { type Catalog, catalogOf } from '../../catalog/parse.ts';
import { matchesGlob } from '../../catalog/waivers.ts';
import type { Answer } from '../../compose.ts';
import { compositeOf } from '../../composite.ts';
import { at, canonical, compact, isObject, own, text } from '../../json.ts';
import { CLUSTER_TYPES } from '../../spec.ts';
import type { JsonObject } from '../../step.ts';
import type { Environment } from '../fleet/environments.ts';
import { ask } from '../play.ts';
import {
  conditionIn,
  costOf,
  decisionOf,
  refusalIn,
  type VersionView,
  versionsOf,
} from '../view.ts';

export interface Explanation {
  readonly now: string;
  readonly namespace: string;
  readonly name: string;
  readonly purpose: string;
  readonly accepted: boolean;
  readonly reason: string;
  readonly message: string;
  readonly decision?: JsonObject;
  readonly cluster?: JsonObject;
  readonly versions: readonly ExplainedVersion[];
  readonly cost?: JsonObject;
  readonly expiresAt?: string;
  readonly notes?: readonly string[];
  /** What a new environment like this one would get if something else were written. */
  readonly alternatives: readonly Alternative[];
}

export type ExplainedVersion = VersionView & { readonly why: string };

export interface Alternative {
  /** As it is written in spec: `purpose: staging`. */
  readonly change: string;
  readonly accepted: boolean;
  /** Why not, or what decides. */
  readonly message: string;
  readonly type?: string;
  readonly place?: string;
  readonly rule?: string;
  readonly hourly?: number;
  readonly currency?: string;
  /** Nothing of what is told here would be other than now. */
  readonly same: boolean;
}

export function explain(environment: Environment, input: JsonObject, now: Date): Explanation {
  const answer = ask(environment, input, now);
  const { name, namespace } = compositeOf(environment.composite);
  const accepted = conditionIn(answer, 'Accepted');
  const status = answer.desired?.status;
  const notes = status?.notes;
  return compact({
    now: now.toISOString().replace('.000Z', 'Z'),
    namespace,
    name,
    purpose: text(environment.composite, 'spec', 'purpose') ?? '',
    accepted: answer.desired !== undefined,
    reason: accepted?.reason ?? '',
    message: accepted?.message ?? '',
    decision: objectOf(status?.decision),
    cluster: objectOf(status?.cluster),
    versions: versionsIn(environment, answer, input),
    cost: objectOf(status?.cost),
    expiresAt: text(status, 'expiresAt'),
    notes: Array.isArray(notes) ? (notes as string[]) : undefined,
    alternatives: alternativesOf(environment, input, now),
  });
}

function objectOf(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function versionsIn(
  { composite, observed }: Environment,
  answer: Answer,
  input: JsonObject,
): ExplainedVersion[] {
  if (answer.desired === undefined) return [];
  const catalog = catalogOf(input);
  return versionsOf(answer).map((row) => ({
    ...row,
    why: whyOf(row, { composite, catalog, type: text(decisionOf(answer), 'type'), observed }),
  }));
}

interface Why {
  readonly composite: JsonObject;
  readonly catalog: Catalog;
  readonly type: string | undefined;
  readonly observed: Environment['observed'];
}

function whyOf(row: VersionView, { composite, catalog, type, observed }: Why): string {
  const { component, cluster, version } = row;
  if (cluster === 'environment' && isWritten(composite, row)) return 'written in spec';
  if (observed.size > 0) return 'what runs, or was accepted';
  const versions = own(catalog.components, component) ?? own(catalog.tools, component);
  const entries = entriesFor(
    versions,
    CLUSTER_TYPES.find((each) => each === type),
  );
  return entryRunning(entries, version)?.default === true
    ? "the catalog's default"
    : 'the newest supported version that fits';
}

function isWritten({ spec }: JsonObject, { component, version }: VersionView): boolean {
  const extra = at(spec, 'tools', 'extra');
  const blocks = [
    component === 'kubernetes' ? at(spec, 'kubernetes') : undefined,
    at(spec, 'tools', component),
    Array.isArray(extra) ? extra.find((block) => at(block, 'name') === component) : undefined,
  ];
  return blocks.some((block) => text(block, 'version')?.replace(/^v/, '') === version);
}

/** What could be written instead: another purpose, size, team or cluster type. */
function changesOf({ composite }: Environment, catalog: Catalog): JsonObject[] {
  const { namespace } = compositeOf(composite);
  const { spec } = composite;
  const teams = Object.entries(catalog.teams ?? {})
    .filter(([, team]) => team.namespaces.some((pattern) => matchesGlob(pattern, namespace)))
    .map(([team]) => team);
  return [
    ...Object.keys(catalog.purposes)
      .filter((purpose) => purpose !== at(spec, 'purpose'))
      .sort()
      .map((purpose) => ({ purpose })),
    ...Object.keys(catalog.sizes)
      .filter((size) => size !== at(spec, 'size'))
      .sort()
      .map((size) => ({ size })),
    ...[...new Set([namespace, ...teams])]
      .filter((team) => team !== '' && team !== at(spec, 'team'))
      .sort()
      .map((team) => ({ team })),
    ...CLUSTER_TYPES.filter(
      (type) => catalog.clusters[type] !== undefined && type !== at(spec, 'cluster', 'type'),
    ).map((type) => ({ cluster: { type } })),
  ];
}

function alternativesOf(environment: Environment, input: JsonObject, now: Date): Alternative[] {
  const catalog = validOr(input);
  if (catalog === undefined) return [];
  const today = outcomeOf(environment.composite, {}, input, now);
  return changesOf(environment, catalog).map((change) => {
    const other = outcomeOf(environment.composite, change, input, now);
    return { ...other, same: resultOf(other) === resultOf(today) };
  });
}

/** By which rule is no difference that anybody would notice. */
function resultOf({ accepted, type, place, hourly }: Omit<Alternative, 'same'>): string {
  return canonical([accepted, type, place, hourly]);
}

function validOr(input: JsonObject): Catalog | undefined {
  try {
    return catalogOf(input);
  } catch {
    // The answer says what is wrong with it.
    return undefined;
  }
}

/** What a new environment would get: an existing one is not moved by what it says. */
function outcomeOf(
  composite: JsonObject,
  change: JsonObject,
  input: JsonObject,
  now: Date,
): Omit<Alternative, 'same'> {
  const spec = isObject(composite.spec) ? composite.spec : {};
  const changed = { ...composite, spec: { ...spec, ...change }, status: {} };
  const answer = ask({ composite: changed, observed: new Map() }, input, now);
  const refusal = refusalIn(answer);
  const decision = decisionOf(answer);
  const cost = costOf(answer);
  const cluster = answer.desired?.status.cluster;
  return compact({
    change: changeText(change),
    accepted: refusal === undefined,
    message: refusal === undefined ? (text(decision, 'reason') ?? '') : refusal.message,
    type: text(decision, 'type'),
    place: text(cluster, 'host') ?? text(cluster, 'location'),
    rule: text(decision, 'rule'),
    hourly: cost?.hourly,
    currency: cost?.currency,
  });
}

function changeText(change: JsonObject): string {
  return Object.entries(change)
    .map(([key, value]) =>
      isObject(value)
        ? Object.entries(value)
            .map(([inner, v]) => `${key}.${inner}: ${v}`)
            .join(', ')
        : `${key}: ${value}`,
    )
    .join(', ');
}
