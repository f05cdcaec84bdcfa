// Shared Knative: whether an environment may have its host's, which version that is, and what to choose instead.
import { plain, satisfies } from './catalog/compare.ts';
import { entriesFor, entryRunning, stateOf } from './catalog/lifecycle.ts';
import type { Catalog } from './catalog/parse.ts';
import type { Host } from './catalog/schema.ts';
import { waiverFor } from './catalog/waivers.ts';
import { isMadeForSharing, sharesKnative } from './clusters/vcluster-shared.ts';
import type { Tool } from './context.ts';
import type { Decided, Inputs } from './decided.ts';
import { own } from './json.ts';
import type { Decision } from './placement.ts';
import type { Problem, RefusalReason } from './problem.ts';
import type { Survey } from './survey.ts';
import { knative } from './tools/index.ts';
import type { KnativeBlock } from './tools/knative.ts';

const PATH = 'tools.knative';

/** Nothing is composed for it: the virtual cluster itself syncs. */
export const shared: Tool<KnativeBlock> = {
  component: knative.component,
  unversioned: true,
  problems: ({ domain }) =>
    domain === undefined
      ? []
      : [
          {
            path: 'domain',
            message:
              "goes with mode: dedicated only; a shared Knative serves under its host's domain, leave it out",
          },
        ],
  plan: () => [],
  observedVersion: () => undefined,
};

export interface KnativeMode {
  readonly mode: 'dedicated' | 'shared';
  readonly problems: readonly Problem[];
}

/** What runs decides: a living virtual cluster cannot begin, nor end, to sync namespaces. */
export function knativeMode(
  block: KnativeBlock,
  decision: Decision,
  catalog: Catalog,
  { ours }: Survey,
): KnativeMode {
  const asked = block.mode ?? 'dedicated';
  const made = isMadeForSharing(ours);
  const dedicated = knative.observedVersion(ours, decision.type) !== undefined;
  if (asked === 'dedicated') {
    if (made !== true || dedicated) return { mode: 'dedicated', problems: [] };
    return { mode: 'shared', problems: [unchangeable('shared', 'dedicated')] };
  }
  const problems = refusals(block, decision, catalog);
  if (made !== false && !dedicated) return { mode: 'shared', problems };
  return {
    mode: dedicated ? 'dedicated' : 'shared',
    problems: [...problems, unchangeable('dedicated', 'shared')],
  };
}

function problem(reason: RefusalReason, field: string, message: string): Problem {
  return { reason, path: `spec.${PATH}.${field}`, message, blame: [PATH, 'cluster'] };
}

function unchangeable(is: string, asked: string): Problem {
  const why =
    is === 'shared'
      ? 'this vcluster was made to share the Knative of its host, and its namespaces lie on the host for good'
      : 'this environment was made without shared Knative, and a living vcluster cannot begin to sync its namespaces to the host';
  const message = `${why}; write ${is}, or make a new environment with ${asked}`;
  return { ...problem('ChangeNotPossible', 'mode', message), blame: [PATH] };
}

const INSTEAD = 'write mode: dedicated, or leave mode out';

function refusals(block: KnativeBlock, decision: Decision, catalog: Catalog): Problem[] {
  if (decision.type !== 'vcluster') {
    const message = `shared Knative is that of a vcluster's host, and this environment is a ${decision.type}; ${INSTEAD}`;
    return [problem('ToolNotAllowed', 'mode', message)];
  }
  const whys = [...unlicensed(catalog), ...unoffered(decision)];
  const message = `Knative cannot be shared here: ${whys.join('; ')}; ${INSTEAD}${elsewhere(catalog)}`;
  return [
    ...(whys.length === 0 ? [] : [problem('ToolNotAllowed', 'mode', message)]),
    ...anotherVersion(block, decision),
  ];
}

function unlicensed({ clusters }: Catalog): string[] {
  const { edition = 'oss' } = clusters.vcluster ?? {};
  if (edition === 'pro') return [];
  return [
    `it needs clusters.vcluster.edition: pro, and the catalog says ${edition}, which would sync nothing without a word`,
  ];
}

function unoffered({ host, hostEntry }: Decision): string[] {
  if (offers(hostEntry)) return [];
  const lacks =
    hostEntry?.knative === undefined ? 'has no Knative to share' : 'has no license for it';
  return [`host ${host} ${lacks} (clusters.vcluster.hosts[].knative in the catalog)`];
}

function elsewhere(catalog: Catalog): string {
  const others = (catalog.clusters.vcluster?.hosts ?? [])
    .filter((host) => offers(host) && host.closed === undefined)
    .map((host) => host.name)
    .sort();
  if (others.length === 0 || unlicensed(catalog).length > 0) return '';
  return `, or cluster.host with one of: ${others.join(', ')}`;
}

function anotherVersion({ version }: KnativeBlock, { host, hostEntry }: Decision): Problem[] {
  const runs = hostEntry?.knative?.version;
  if (runs === undefined || version === undefined || plain(runs) === plain(version)) return [];
  const message = `the Knative of host ${host} is ${runs}, and a shared one has no other version; write ${runs}, leave version out, or write mode: dedicated`;
  return [problem('ToolNotAllowed', 'version', message)];
}

function offers(host: Host | undefined): boolean {
  return host?.knative?.licensed === true;
}

interface HostVersion {
  readonly decided: readonly Decided[];
  readonly problems: readonly Problem[];
}

/** The host's version in its life, and whether the host has the Kubernetes that it requires. */
export function hostVersion(
  { host, hostEntry }: Decision,
  { catalog, identity, now }: Inputs,
  { ours }: Survey,
): HostVersion {
  const version = hostEntry?.knative?.version;
  if (version === undefined) return { decided: [], problems: [] };
  const entries = entriesFor(own(catalog.components, knative.component), 'vcluster');
  const entry = entryRunning(entries, version);
  const state = stateOf(entry, now);
  const waiver = waiverFor(catalog.waivers, knative.component, plain(version), identity, now);
  const decided: Decided = {
    need: {
      cluster: 'host',
      component: knative.component,
      path: PATH,
      asked: undefined,
      pinned: false,
      running: version,
      part: 'knative',
      moves: () => [],
      accepted: undefined,
      changed: false,
      type: 'vcluster',
    },
    version: plain(version),
    entry,
    state,
    waiver,
    next: undefined,
    chosen: { version: plain(version), chart: '', image: '' },
  };
  const problems: Problem[] = [];
  const others = 'choose another host, or write mode: dedicated';
  if (state.state !== 'supported' && waiver === undefined && !sharesKnative(ours)) {
    const message = `knative ${plain(version)} of host ${host} is ${state.why}; ${others}`;
    problems.push(problem('VersionNotBlessed', 'mode', message));
  }
  const range = own(entry?.requires, 'kubernetes');
  const runs = hostEntry?.kubernetes;
  if (range !== undefined && runs !== undefined && !satisfies(runs, range)) {
    const message = `knative ${plain(version)} needs kubernetes ${range} on the host, and that of host ${host} is ${runs}; ${others}`;
    problems.push(problem('IncompatibleVersions', 'mode', message));
  }
  return { decided: [decided], problems };
}
