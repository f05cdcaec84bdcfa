// The effect of a catalog change on one environment: the function's answers to both catalogs, compared.
import { type Catalog, catalogOf } from '../../catalog/parse.ts';
import { compositeOf } from '../../composite.ts';
import { requestOf } from '../../environment.ts';
import { at, canonical, compact, text } from '../../json.ts';
import { place } from '../../placement.ts';
import { surveyOf } from '../../survey.ts';
import type { JsonObject } from '../../step.ts';
import type { Environment } from '../fleet/environments.ts';
import { ask, play } from '../play.ts';
import { signatureOf } from '../signature.ts';
import {
  type Cost,
  costOf,
  decisionOf,
  refusalIn,
  titleOf,
  type VersionView,
  versionsOf,
} from '../view.ts';
import type { Answer } from '../../compose.ts';
import { type Effect, type Finding, verdictOf } from './finding.ts';

export interface Question {
  readonly from: JsonObject;
  readonly to: JsonObject;
  readonly now: Date;
  /** Days within which an end without a way on is told. */
  readonly days: number;
}

/** Judges environments of one question; what many of them have in common is worked out once. */
export function judgeOf(question: Question): (environment: Environment) => Effect {
  const before = sideOf(question.from, question);
  const later = sideOf(question.to, question);
  return (environment) => {
    const old = lookAt(environment, before);
    const today = lookAt(environment, later);
    const known = new Set(old.findings.map(keyOf));
    const findings: Finding[] = today.findings.map((finding) => ({
      ...finding,
      new: !known.has(keyOf(finding)),
    }));
    const costs = { from: costOf(old.answer), to: costOf(today.answer) };
    findings.push(...costFinding(costs, today.answer));
    const { name, namespace } = compositeOf(environment.composite);
    const accepted = today.answer.desired === undefined ? old.answer : today.answer;
    return compact({
      namespace,
      name,
      purpose: text(environment.composite, 'spec', 'purpose') ?? '',
      cluster: text(accepted.desired?.status, 'cluster', 'type') ?? '',
      verdict: verdictOf(findings),
      findings,
      cost: costsOf(costs),
      versions: versionsOf(accepted).map((row) =>
        compact({
          component: titleOf(row),
          version: row.version,
          state: row.state,
          next: row.next,
        }),
      ),
    });
  };
}

/** One of the two catalogs, and what was learned with it. */
interface Side {
  readonly input: JsonObject;
  readonly catalog: Catalog;
  /** Without maintenance windows: the same hops, only not when. */
  readonly windowless: JsonObject;
  readonly now: Date;
  readonly horizon: Date;
  readonly days: number;
  readonly routes: Map<string, ReadonlyMap<string, readonly string[]>>;
}

const DAY = 86_400_000;

function sideOf(input: JsonObject, { now, days }: Question): Side {
  const horizon = new Date(now.getTime() + days * DAY);
  return {
    input,
    catalog: catalogOf(input),
    windowless: withoutWindows(input),
    now,
    horizon,
    days,
    routes: new Map(),
  };
}

export function withoutWindows(input: JsonObject): JsonObject {
  const { purposes } = input;
  if (typeof purposes !== 'object' || purposes === null) return input;
  return {
    ...input,
    purposes: Object.fromEntries(
      Object.entries(purposes).map(([name, purpose]) => {
        const { maintenance: _, ...rest } = purpose as JsonObject;
        return [name, rest];
      }),
    ),
  };
}

interface Look {
  readonly answer: Answer;
  readonly findings: readonly Finding[];
}

function lookAt(environment: Environment, side: Side): Look {
  const answer = ask(environment, side.input, side.now);
  const refusal = refusalIn(answer);
  if (refusal !== undefined) {
    const { reason, message } = refusal;
    return { answer, findings: [{ kind: 'refused', new: true, message: `${reason}: ${message}` }] };
  }
  const versions = versionsOf(answer);
  const routes = routesOf(environment, answer, versions, side);
  const ends = endsOf(environment, versions, side);
  return {
    answer,
    findings: [
      ...versions.flatMap((row) => versionFindings(row, { environment, side, routes, ends })),
      ...placementFinding(environment, answer, side),
    ],
  };
}

/** What makes two findings the same in both catalogs. */
function keyOf({ kind, component, cluster, from, to, unblessed }: Finding): string {
  // Refused is refused, whatever is said.
  if (kind === 'refused') return kind;
  return canonical([kind, component, cluster, from, to, unblessed]);
}

const rowKey = (row: VersionView) => `${row.cluster}/${row.component}`;

/** By cluster and component: the versions that the function walks through by itself. */
function routesOf(
  environment: Environment,
  answer: Answer,
  versions: readonly VersionView[],
  side: Side,
): ReadonlyMap<string, readonly string[]> {
  if (versions.every((row) => row.next === undefined)) return NO_ROUTES;
  const key = signatureOf(environment, answer, side.catalog);
  const known = side.routes.get(key) ?? played(environment, side);
  side.routes.set(key, known);
  return known;
}

const NO_ROUTES: ReadonlyMap<string, readonly string[]> = new Map();

function played(environment: Environment, side: Side): ReadonlyMap<string, readonly string[]> {
  const routes = new Map<string, string[]>();
  for (const answer of play(environment, side.windowless, side.now).answers) {
    for (const row of versionsOf(answer)) {
      const route = routes.get(rowKey(row)) ?? [];
      if (route.at(-1) !== row.version) route.push(row.version);
      routes.set(rowKey(row), route);
    }
  }
  return routes;
}

/** By cluster and component: state and version as of the horizon, where it may have changed by then. */
function endsOf(
  environment: Environment,
  versions: readonly VersionView[],
  side: Side,
): ReadonlyMap<string, VersionView> {
  const mayEnd = versions.some(
    (row) =>
      row.waiver !== undefined ||
      (row.expires !== undefined && Date.parse(row.expires) <= side.horizon.getTime()),
  );
  if (!mayEnd) return new Map();
  const later = ask(environment, side.input, side.horizon);
  return new Map(versionsOf(later).map((row) => [rowKey(row), row]));
}

interface Surroundings {
  readonly environment: Environment;
  readonly side: Side;
  readonly routes: ReadonlyMap<string, readonly string[]>;
  readonly ends: ReadonlyMap<string, VersionView>;
}

/** What is to be said of one component. What moves on by itself needs no more words. */
function versionFindings(row: VersionView, around: Surroundings): Finding[] {
  const { routes, ends, side } = around;
  const { component, cluster, version, next, expires, state, waiver } = row;
  const base = {
    component,
    ...(cluster === 'environment' ? {} : { cluster }),
    from: version,
    new: true,
  };
  const route = routes.get(rowKey(row)) ?? [];
  const to = route.at(-1);
  if (route.length > 1 && to !== undefined) {
    const message = `${titleOf(row)} goes ${route.join(' → ')} by itself${windowText(around)}`;
    return [{ ...base, kind: 'upgrades', to, route, message }];
  }
  const isUnblessed = state === 'expired' && waiver === undefined;
  const why = whyText(row);
  const findings: Finding[] = [];
  if (next !== undefined) {
    const by = isUnblessed ? undefined : expires;
    findings.push({
      ...base,
      kind: 'waits',
      to: next,
      ...(by === undefined ? {} : { by }),
      ...(isUnblessed ? { unblessed: true as const } : {}),
      message: `${titleOf(row)} ${version}${why}; ${next} waits until somebody asks for it`,
    });
  } else if (isUnblessed) {
    findings.push({
      ...base,
      kind: 'expires',
      message: `${titleOf(row)} ${version}${why}, and there is no way on`,
    });
  } else {
    const end = ends.get(rowKey(row));
    const isEnding = end?.state === 'expired' && end.waiver === undefined && end.next === undefined;
    if (isEnding) {
      const when = waiver === undefined ? `on ${expires}` : `when its waiver ends`;
      findings.push({
        ...base,
        kind: 'expires',
        ...(expires === undefined ? {} : { by: expires }),
        message: `${titleOf(row)} ${version} expires ${when}, within ${side.days} days, and there is no way on`,
      });
    }
  }
  if (state === 'deprecated' && waiver === undefined) {
    findings.push({
      ...base,
      kind: 'deprecated',
      ...(expires === undefined ? {} : { by: expires }),
      message: `${titleOf(row)} ${version}${why}`,
    });
  }
  return findings;
}

/** Of a state that is not supported. */
function whyText({ state, reason, expires, waiver }: VersionView): string {
  const waived = waiver === undefined ? '' : `, waived: ${waiver}`;
  if (reason === 'NotInCatalog') return ` is not in the catalog${waived}`;
  if (reason === 'Blocked') return ` is blocked${waived}`;
  if (state === 'expired') return ` is expired since ${expires}${waived}`;
  if (state === 'deprecated') {
    return ` is deprecated${expires === undefined ? '' : `, expires ${expires}`}${waived}`;
  }
  return expires === undefined ? '' : `, expires ${expires}`;
}

function windowText({ environment, side }: Surroundings): string {
  const purpose = text(environment.composite, 'spec', 'purpose') ?? '';
  const window = at(side.input, 'purposes', purpose, 'maintenance');
  if (window === undefined) return '';
  const days = at(window, 'days');
  const on = Array.isArray(days) ? `${days.join(', ')} ` : '';
  return `, starting in its window (${on}${text(window, 'start')}, ${text(window, 'duration')}, ${text(window, 'timezone') ?? 'UTC'})`;
}

/** Where the rules would put it today, if that is elsewhere. It stays. */
function placementFinding(environment: Environment, answer: Answer, side: Side): Finding[] {
  const decision = decisionOf(answer);
  if (decision.by !== 'existing') return [];
  const there = placeText(
    text(decision, 'type'),
    text(answer.desired?.status, 'cluster', 'host'),
    text(answer.desired?.status, 'cluster', 'location'),
  );
  const today = placedToday(environment, side.catalog);
  if (today === undefined || today.place === there) return [];
  const how = today.rule === '' ? '' : ` by rule ${today.rule}`;
  return [
    {
      kind: 'moves',
      from: there,
      to: today.place,
      new: true,
      message: `a new environment like it would live in a ${today.place}${how}; it stays in its ${there}`,
    },
  ];
}

/** What the core decides for the same spec, as if nothing were there. */
export function placedToday(
  { composite, observed }: Environment,
  catalog: Catalog,
): { place: string; rule: string } | undefined {
  const request = requestOf(compositeOf(composite), catalog, surveyOf(observed, NOBODY));
  if (!('environment' in request)) return undefined;
  const { decision } = place(request, catalog, surveyOf(new Map(), NOBODY));
  if (decision === undefined) return undefined;
  return {
    place: placeText(decision.type, decision.host, decision.location),
    rule: decision.rule,
  };
}

const NOBODY: ReadonlySet<string> = new Set();

function placeText(type = '', host?: string, location?: string): string {
  if (type === 'gke') return `gke in ${location ?? 'an unknown location'}`;
  return `${type} on ${host ?? 'an unknown host'}`;
}

interface Costs {
  readonly from: Cost | undefined;
  readonly to: Cost | undefined;
}

function costsOf({ from, to }: Costs): Effect['cost'] {
  const currency = to?.currency ?? from?.currency;
  if (currency === undefined) return undefined;
  return { from: from?.hourly ?? null, to: to?.hourly ?? null, currency };
}

function costFinding({ from, to }: Costs, answer: Answer): Finding[] {
  if (answer.desired === undefined || canonical(from) === canonical(to)) return [];
  const said = (cost: Cost | undefined) =>
    cost === undefined ? 'nothing that the catalog says' : `${cost.hourly} ${cost.currency} an hour`;
  return [
    {
      kind: 'cost',
      from: from === undefined ? 'unknown' : String(from.hourly),
      to: to === undefined ? 'unknown' : String(to.hourly),
      new: true,
      message: `costs ${said(to)} instead of ${said(from)}`,
    },
  ];
}
