// Where CI agents run: never on the nodes of the applications. What runs already stays where it is.
import type { Catalog } from './catalog/parse.ts';
import type { Host, Size } from './catalog/schema.ts';
import { clusters } from './clusters/index.ts';
import { keptSentence } from './clusters/observed.ts';
import type { Bounds, Home } from './context.ts';
import type { ClusterName } from './decided.ts';
import type { Request } from './environment.ts';
import { own } from './json.ts';
import { type Decision, hostName } from './placement.ts';
import type { Problem } from './problem.ts';
import type { ClusterType } from './spec.ts';
import type { Survey } from './survey.ts';

export interface CiCluster {
  readonly host: string;
  readonly hostEntry: Host | undefined;
  readonly size: Size | undefined;
}

export interface CiPlace {
  readonly home: Home;
  readonly cluster: ClusterName;
  readonly ciCluster?: CiCluster;
  readonly ciNodes?: Size;
  readonly ciBounds?: Bounds;
  /** The catalog has no place where agents may run. */
  readonly isNowhere?: true;
  readonly problems: readonly Problem[];
  /** What the catalog now says otherwise, and stays. */
  readonly notes?: readonly string[];
}

export function ciPlace(
  request: Request,
  decision: Decision,
  catalog: Catalog,
  survey: Survey,
): CiPlace {
  const place = placeOf(request, decision, catalog, survey);
  const { host } = place.ciCluster ?? {};
  const lives = observedIsolation(survey);
  if (lives === undefined) return place;
  const consequence = 'take them away';
  const notes = [
    ...keptSentence('place of CI agents', lives, catalog.ci?.isolation ?? 'nothing', consequence),
    ...keptSentence('host of CI agents', host, catalog.ci?.host, consequence),
  ];
  return { ...place, notes };
}

function placeOf(request: Request, decision: Decision, catalog: Catalog, survey: Survey): CiPlace {
  const isolation = observedIsolation(survey) ?? catalog.ci?.isolation;
  if (isolation === undefined) {
    return { home: 'ci', cluster: 'ci', isNowhere: true, problems: [notAllowed(UNSAID)] };
  }
  const name = catalog.ci?.size ?? request.environment.size;
  const size = catalog.ci?.size === undefined ? request.size : own(catalog.sizes, name);
  if (isolation === 'tools-cluster') {
    const ciBounds = size?.vcluster ?? LEAST;
    return { home: 'tools', cluster: 'tools', ciBounds, problems: [] };
  }
  return isolation === 'node-pool'
    ? onNodePool({ name, size }, decision)
    : inVcluster({ name, size }, decision, catalog, survey);
}

/** On the tools cluster, where the size says nothing about a share of a cluster. */
const LEAST: Bounds = { cpu: '4', memory: '8Gi', storage: '20Gi' };

const UNSAID =
  'the catalog says nothing about where CI agents may run; leave ci out, or ask the platform team to add ci.isolation';

function notAllowed(message: string, ...more: readonly string[]): Problem {
  return {
    reason: 'ToolNotAllowed',
    path: 'spec.tools.ci',
    message,
    blame: ['tools.ci', ...more],
  };
}

interface NamedSize {
  readonly name: string;
  readonly size: Size | undefined;
}

function sizeProblems({ name, size }: NamedSize, type: ClusterType): Problem[] {
  if (size?.[type] !== undefined) return [];
  const message = `CI agents run on a ${type} of size ${name}, which says nothing about ${type}; the platform team must add sizes.${name}.${type}, or set ci.size`;
  return [notAllowed(message, 'size')];
}

function onNodePool(sized: NamedSize, { type }: Decision): CiPlace {
  if (type !== 'gke') {
    const message = `CI agents run on a node pool of their own here (ci.isolation: node-pool), which a ${type} does not have; leave ci out, or use a gke environment`;
    return { home: type, cluster: 'environment', problems: [notAllowed(message, 'cluster')] };
  }
  return {
    home: 'gke',
    cluster: 'environment',
    ...(sized.size === undefined ? {} : { ciNodes: sized.size }),
    problems: sizeProblems(sized, 'gke'),
  };
}

function inVcluster(
  sized: NamedSize,
  decision: Decision,
  catalog: Catalog,
  survey: Survey,
): CiPlace {
  const hosts = catalog.clusters.vcluster?.hosts ?? [];
  const open = hosts.filter((host) => host.closed === undefined).map(({ name }) => name);
  const beside = open.find((name) => name === decision.host);
  const chosen = catalog.ci?.host ?? beside ?? open[0];
  const { host: config } = clusters.vcluster.observedPlacement(survey.ours, 'ci');
  const host = config === undefined ? chosen : hostName(catalog, config, chosen);
  if (host === undefined) {
    const message = 'no host takes a vcluster for CI agents; ask the platform team to open one';
    return { home: 'ci', cluster: 'ci', isNowhere: true, problems: [notAllowed(message)] };
  }
  const hostEntry = hosts.find((entry) => entry.name === host);
  return {
    home: 'ci',
    cluster: 'ci',
    ciCluster: { host, hostEntry, size: sized.size },
    problems: [...sizeProblems(sized, 'vcluster'), ...closedProblems(hostEntry, survey)],
  };
}

/** A closed host takes no new CI agents either; those that are there stay. */
function closedProblems(host: Host | undefined, survey: Survey): Problem[] {
  if (host?.closed === undefined || observedIsolation(survey) !== undefined) return [];
  const message = `CI agents would run on host ${host.name}, which takes nothing new (${host.closed}); leave ci out, or ask the platform team for another ci.host`;
  return [notAllowed(message)];
}

/** By the homes in which CI resources are composed. */
function observedIsolation(
  survey: Survey,
): 'tools-cluster' | 'virtual-cluster' | 'node-pool' | undefined {
  const names = [...survey.ours.keys()];
  if (names.some((name) => name.startsWith('ci-'))) return 'virtual-cluster';
  if (names.some((name) => name.startsWith('tools-ci-'))) return 'tools-cluster';
  return names.some((name) => name.startsWith('gke-ci-')) ? 'node-pool' : undefined;
}
