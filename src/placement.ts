// Decides where an environment lives: where it is already, what was asked, or the catalog's rules.

import { onceForEach, unknownPlaces, wrongPlaces } from './asked-place.ts';
import type { Catalog } from './catalog/parse.ts';
import type { Host } from './catalog/schema.ts';
import { clusters } from './clusters/index.ts';
import type { Environment } from './context.ts';
import type { Request } from './environment.ts';
import { own } from './json.ts';
import type { Problem } from './problem.ts';
import { CLUSTER_TYPES, type ClusterType } from './spec.ts';
import type { JsonObject } from './step.ts';
import type { Survey } from './survey.ts';

export interface Considered {
  readonly rule: string;
  readonly matched: boolean;
  /** Why it could not be evaluated. */
  readonly error?: string;
}

export interface Decision {
  readonly type: ClusterType;
  readonly by: 'rule' | 'request' | 'existing';
  /** The rule that decided at creation; empty when a request did. */
  readonly rule: string;
  readonly reason: string;
  readonly considered: readonly Considered[];
  /** vcluster: name of the host. */
  readonly host?: string;
  /** The host as the catalog has it; undefined when the catalog lost it. */
  readonly hostEntry?: Host;
  /** gke. */
  readonly location?: string;
}

export interface Placed {
  /** Undefined: nothing decides; the problems say why. */
  readonly decision: Decision | undefined;
  readonly problems: readonly Problem[];
  /** What of the place an environment lives in the catalog no longer has. */
  readonly notes?: readonly string[];
}

export function place(request: Request, catalog: Catalog, survey: Survey): Placed {
  if (survey.type !== undefined) return existing(request, catalog, survey, survey.type);
  const { type: asked } = request.asked.cluster ?? {};
  if (asked !== undefined) {
    const reason = `cluster.type: ${asked} was asked for`;
    return decided(
      request,
      catalog,
      { use: asked },
      { by: 'request', rule: '', reason, considered: [] },
    );
  }
  return byRules(request, catalog);
}

/** Something is wrong already: the rules might decide otherwise when it is mended. */
function isDoubtful({ unreadable, problems }: Request): boolean {
  return unreadable.length + problems.length > 0;
}

/** What a rule, the default or a request decides. */
interface Use {
  readonly use: string;
  readonly host?: string | undefined;
  readonly location?: string | undefined;
}
type How = Pick<Decision, 'by' | 'rule' | 'reason' | 'considered'>;

function byRules(request: Request, catalog: Catalog): Placed {
  const { considered, match, failure } = evaluate(request, catalog);
  // A rule may fail for what is wrong in spec: then that is what is said.
  if (failure !== undefined)
    return { decision: undefined, problems: isDoubtful(request) ? [] : [failure] };
  if (match !== undefined) {
    const reason = match.reason ?? `placement rule ${match.name} matches`;
    return decided(request, catalog, match, { by: 'rule', rule: match.name, reason, considered });
  }
  const standard = catalog.placement?.default;
  if (standard === undefined) {
    return {
      decision: undefined,
      problems: [
        {
          reason: 'InvalidSpec',
          path: 'spec.cluster.type',
          message: `no placement rule matches and the catalog has no placement.default; write one of: ${configured(catalog).join(', ')}`,
        },
      ],
    };
  }
  const reason = standard.reason ?? 'no placement rule matches';
  return decided(request, catalog, standard, { by: 'rule', rule: 'default', reason, considered });
}

/** Evaluates the rules in order, until the first that matches. */
function evaluate(request: Request, catalog: Catalog) {
  const considered: Considered[] = [];
  let failure: Problem | undefined;
  for (const [i, { rule, compiled }] of catalog.compiled.rules.entries()) {
    const result = compiled.matches(ruleInput(request, catalog));
    if (!result.ok) {
      considered.push({ rule: rule.name, matched: false, error: result.message });
      failure ??= {
        reason: 'InvalidCatalog',
        path: `placement.rules[${i}].when`,
        message: `rule ${rule.name} fails for this environment: ${result.message}`,
      };
      continue;
    }
    considered.push({ rule: rule.name, matched: result.matched });
    if (result.matched) return { considered, match: rule, failure };
  }
  return { considered, match: undefined, failure };
}

/** `environment` as rules and `${…}` see it. */
export function environmentInput(environment: Environment): JsonObject {
  const { name, namespace, team, purpose, size, tools, labels } = environment;
  return { name, namespace, team, purpose, size, tools, labels };
}

function ruleInput(request: Request, catalog: Catalog) {
  const { gke, vcluster } = request.size?.hourlyCost ?? {};
  return {
    environment: environmentInput(request.environment),
    sizes: catalog.sizes as JsonObject,
    cost: {
      ...(gke === undefined ? {} : { gke }),
      ...(vcluster === undefined ? {} : { vcluster }),
    },
  };
}

function configured(catalog: Catalog): ClusterType[] {
  return CLUSTER_TYPES.filter((type) => catalog.clusters[type] !== undefined);
}

function allowedTypes(request: Request, catalog: Catalog): ClusterType[] {
  const types = request.purpose.clusters ?? CLUSTER_TYPES;
  return types.filter((type) => configured(catalog).includes(type)).sort();
}

function allowedText({ environment }: Request, allowed: readonly ClusterType[]): string {
  return `purpose ${environment.purpose} allows: ${allowed.join(', ') || 'none that the catalog configures'}`;
}

function insteadOf({ by }: How, allowed: readonly ClusterType[]): string {
  if (allowed.length === 0) return 'ask the platform team';
  const write = `write cluster.type: ${allowed.join(' or ')}`;
  return by === 'request' ? `leave cluster.type out, or ${write}` : write;
}

function decided(request: Request, catalog: Catalog, use: Use, how: How): Placed {
  const type = CLUSTER_TYPES.find((t) => t === use.use);
  const allowed = allowedTypes(request, catalog);
  if (type === undefined || !allowed.includes(type)) {
    const who =
      how.by === 'request' ? 'was asked for' : `is what placement rule ${how.rule} chooses`;
    const problem: Problem = {
      reason: 'ClusterTypeNotAllowed',
      path: 'spec.cluster.type',
      message: `${use.use} ${who}, and ${allowedText(request, allowed)}; ${insteadOf(how, allowed)}`,
    };
    // What else is wrong is looked for as if it were allowed, if the catalog has such clusters at all.
    const isConfigured = type !== undefined && configured(catalog).includes(type);
    return {
      decision: isConfigured ? { type, ...how } : undefined,
      problems: [problem, ...unknownPlaces(request.asked.cluster, catalog)],
    };
  }
  const isGuess = how.by === 'rule' && allowed.length > 1 && isDoubtful(request);
  const problems = isGuess
    ? unknownPlaces(request.asked.cluster, catalog)
    : wrongPlaces(request.asked.cluster, type, catalog);
  problems.push(...unfit(request, catalog, type));
  const at = type === 'gke' ? located(request, catalog, use) : hosted(request, catalog, use, how);
  return { decision: { type, ...how, ...at.where }, problems: [...problems, ...at.problems] };
}

/** A size must say what it means for the type of the cluster. */
function unfit({ size, environment }: Request, catalog: Catalog, type: ClusterType): Problem[] {
  if (size === undefined || size[type] !== undefined) return [];
  const fitting = Object.keys(catalog.sizes).filter(
    (name) => own(catalog.sizes, name)?.[type] !== undefined,
  );
  return [
    {
      reason: 'InvalidSpec',
      path: 'spec.size',
      message: `size ${environment.size} says nothing about ${type}; write one of: ${fitting.sort().join(', ')}`,
      blame: ['size', 'cluster'],
    },
  ];
}

function located(request: Request, catalog: Catalog, use: Use) {
  const locations = catalog.clusters.gke?.locations ?? [];
  const location = request.asked.cluster?.location ?? use.location ?? locations[0];
  return { where: location === undefined ? {} : { location }, problems: [] };
}

function hosted(request: Request, catalog: Catalog, use: Use, how: How) {
  const hosts = catalog.clusters.vcluster?.hosts ?? [];
  const open = hosts.filter((host) => host.closed === undefined);
  const asked = request.asked.cluster?.host;
  const name = asked ?? use.host ?? open[0]?.name;
  const problem = (message: string): Problem => ({
    reason: 'InvalidSpec',
    path: 'spec.cluster.host',
    message,
    blame: ['cluster'],
  });
  if (name === undefined) {
    const why = hosts
      .map((host) => `${host.name}: ${host.closed}`)
      .sort()
      .join('; ');
    return { where: {}, problems: [problem(`no host takes new environments (${why})`)] };
  }
  const hostEntry = hosts.find((host) => host.name === name);
  if (hostEntry === undefined) return { where: { host: name }, problems: [] };
  const where = { host: name, hostEntry };
  if (hostEntry.closed === undefined) return { where, problems: [] };
  const who =
    asked === undefined && how.by === 'rule'
      ? `placement rule ${how.rule} chooses host ${name}, which`
      : `host ${name}`;
  const others =
    open
      .map((host) => host.name)
      .sort()
      .join(', ') || 'none';
  return {
    where,
    problems: [problem(`${who} takes no new environments (${hostEntry.closed}); open: ${others}`)],
  };
}

/** It stays where it is, whatever the rules say today. */
function existing(request: Request, catalog: Catalog, survey: Survey, type: ClusterType): Placed {
  const seen = clusters[type].observedPlacement(survey.ours, type);
  const remembered = survey.accepted?.resolved.cluster;
  const asked = request.asked.cluster;
  const host =
    type === 'vcluster' ? hostName(catalog, seen.host, remembered?.host ?? asked?.host) : undefined;
  const hostEntry = catalog.clusters.vcluster?.hosts.find((h) => h.name === host);
  const location =
    type === 'gke'
      ? (seen.location ??
        remembered?.location ??
        asked?.location ??
        catalog.clusters.gke?.locations[0])
      : undefined;
  const decision: Decision = {
    type,
    by: 'existing',
    rule: survey.accepted?.decision.rule ?? '',
    reason: survey.accepted?.decision.reason || `it lives in a ${type} already`,
    considered: evaluate(request, catalog).considered,
    ...(host === undefined ? {} : { host }),
    ...(hostEntry === undefined ? {} : { hostEntry }),
    ...(location === undefined ? {} : { location }),
  };
  return {
    decision,
    problems: [
      ...misasked(request, catalog, survey, decision),
      ...disallowed(request, catalog, type),
      ...unfit(request, catalog, type),
    ],
    notes: [...noLongerAllowed(request, type), ...lostPlace(catalog, decision)],
  };
}

/** Another purpose must allow where the environment lives. */
function disallowed(request: Request, catalog: Catalog, type: ClusterType): Problem[] {
  if (isAllowed(request, type) || !request.changed('purpose')) return [];
  return [
    {
      reason: 'ClusterTypeNotAllowed',
      path: 'spec.purpose',
      message: `the environment lives in a ${type}, and ${allowedText(request, allowedTypes(request, catalog))}; write a purpose that allows ${type}, or make a new environment`,
      blame: ['purpose'],
    },
  ];
}

function isAllowed({ purpose }: Request, type: ClusterType): boolean {
  return (purpose.clusters ?? CLUSTER_TYPES).includes(type);
}

function noLongerAllowed(request: Request, type: ClusterType): string[] {
  if (isAllowed(request, type) || request.changed('purpose')) return [];
  return [
    `purpose ${request.environment.purpose} no longer allows ${type}; the environment stays where it is`,
  ];
}

function lostPlace(catalog: Catalog, { type, host, location }: Decision): string[] {
  const stays = 'the environment stays where it is';
  const { gke, vcluster } = catalog.clusters;
  if (catalog.clusters[type] === undefined) {
    return [
      `clusters.${type} is no longer in the catalog; what exists of the cluster stays as it is`,
    ];
  }
  if (type === 'gke' && location !== undefined && gke?.locations.includes(location) === false) {
    return [`location ${location} is no longer in the catalog; ${stays}`];
  }
  if (type === 'vcluster' && vcluster?.hosts.some((h) => h.name === host) === false) {
    return [`host ${host} is no longer in the catalog; ${stays}`];
  }
  return [];
}

/** A host is recognized by its provider config, which is what a vcluster really goes through. */
export function hostName(
  catalog: Catalog,
  config: string | undefined,
  remembered: string | undefined,
) {
  const hosts = catalog.clusters.vcluster?.hosts ?? [];
  const same = hosts.filter((host) => (host.providerConfig?.name ?? host.name) === config);
  if (same.some((host) => host.name === remembered)) return remembered;
  return (
    same[0]?.name ?? remembered ?? config ?? hosts.find((host) => host.closed === undefined)?.name
  );
}

/** What spec.cluster asks for and is not so: what there is not, what the purpose does not allow, then what would move. */
function misasked(
  request: Request,
  catalog: Catalog,
  survey: Survey,
  decision: Decision,
): Problem[] {
  const asked = request.asked.cluster;
  const { type = decision.type } = asked ?? {};
  const wrong = wrongPlaces(asked, type, catalog, decision);
  if (type !== decision.type && !isAllowed(request, type)) {
    const allowed = allowedTypes(request, catalog);
    wrong.push({
      reason: 'ClusterTypeNotAllowed',
      path: 'spec.cluster.type',
      message: `the environment lives in a ${decision.type}, and ${allowedText(request, allowed)}; write ${decision.type}, or leave type out`,
      blame: ['cluster.type'],
    });
  }
  return onceForEach(wrong, moves(request, survey, decision));
}

function moves(request: Request, survey: Survey, decision: Decision): Problem[] {
  const asked = request.asked.cluster ?? {};
  const name = clusters[decision.type].observedName(survey.ours, decision.type) ?? decision.type;
  const pairs = [
    ['type', asked.type, decision.type],
    ['host', decision.type === 'vcluster' ? asked.host : undefined, decision.host],
    ['location', decision.type === 'gke' ? asked.location : undefined, decision.location],
  ] as const;
  return pairs
    .filter(([, wanted, is]) => wanted !== undefined && wanted !== is)
    .map(([field, wanted, is]) => ({
      reason: 'MoveNotConfirmed',
      path: `spec.cluster.${field}`,
      message: `the environment lives in ${decision.type} ${name}${field === 'type' ? '' : ` (${field} ${is})`}, and ${field} ${wanted} would move it, which loses what is in it; moving is not built in this release: write ${is}, or leave ${field} out, or make a new environment`,
      blame: [`cluster.${field}`],
    }));
}
