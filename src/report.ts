// Progress → status, conditions, events and the time until the next look. Quiet: nothing here changes by itself.
import type { Composite } from './composite.ts';
import type { ClusterPlan } from './context.ts';
import type { Decided } from './decided.ts';
import type { Request } from './environment.ts';
import { compact, text } from './json.ts';
import type { Decision } from './placement.ts';
import { messageOf, type Refused } from './problem.ts';
import { titleOf } from './removal.ts';
import { milliseconds } from './schema.ts';
import type {
  Condition,
  ConditionType,
  Json,
  JsonObject,
  NotReady,
  Progress,
  Result,
  Step,
} from './step.ts';
import type { Start } from './upgrade/start.ts';
import { changesAt, opensAt, type Window } from './upgrade/window.ts';
import { waiverTextOf } from './versions.ts';
import type { Wanted } from './wanted.ts';

export interface ReportInput {
  readonly composite: Composite;
  readonly request: Request;
  readonly decision: Decision;
  readonly cluster: ClusterPlan | undefined;
  readonly clusterName: string;
  readonly progress: readonly Progress[];
  /** What was left out and is not known to be gone, by composition resource name. */
  readonly leaving: readonly string[];
  /** What is still desired and is to go. */
  readonly pending: readonly string[];
  readonly wanted: readonly Wanted[];
  readonly stuck: ReadonlyMap<string, string>;
  readonly versions: readonly Decided[];
  readonly notes: readonly string[];
  /** Why the next hop does not start now. */
  readonly held: Start['held'];
  readonly window: Window | undefined;
  /** Of the catalog, sorted. */
  readonly moments: readonly number[];
  readonly now: Date;
}

export interface Report {
  readonly status: JsonObject;
  readonly conditions: readonly Condition[];
  readonly results: readonly Result[];
  /** Something is not ready, or still going. */
  readonly waiting: boolean;
  readonly ttlSeconds: number;
  readonly sameUntil: number;
}

const MOVING_TTL = 10;
const SHORTEST_TTL = 60;
const LONGEST_TTL = 600;
/** Hours of a month, as cloud price lists count. */
const HOURS = 730;

export function reportOf(input: ReportInput): Report {
  const { composite, stuck, now } = input;
  const waiting = isMoving(input) || stuck.size > 0;
  const expiresAt = expiryOf(input);
  const conditions = [
    accepted(input),
    clusterReady(input),
    toolsReady(input),
    versionsBlessed(input.versions),
  ];
  const status = statusOf(input, waiting, expiresAt);
  return {
    status,
    conditions,
    results: [...eventsOf(composite, conditions), ...expiryEvent(input, status)],
    waiting,
    ttlSeconds: isMoving(input) ? MOVING_TTL : settledTtl(input, expiresAt, now),
    sameUntil: sameUntil(input, expiresAt),
  };
}

/** What waits for the platform team alone does not move. */
function isMoving(input: ReportInput): boolean {
  return input.progress.some((p) => p.state !== 'ready') || goingOf(input).length > 0;
}

/** Everything that is on its way out. */
function goingOf({ leaving, pending }: ReportInput): readonly string[] {
  return [...new Set([...leaving, ...pending])];
}

function settledTtl(
  { moments, held, window }: ReportInput,
  expiresAt: string | undefined,
  now: Date,
): number {
  const opens = held === undefined || window === undefined ? undefined : opensAt(window, now);
  const expires = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  const seconds = [...moments, expires, opens?.getTime()]
    .filter((moment) => moment !== undefined)
    .map((moment) => (moment - now.getTime()) / 1000)
    .filter((left) => left > 0);
  return Math.ceil(Math.min(LONGEST_TTL, Math.max(SHORTEST_TTL, Math.min(...seconds))));
}

/** The next moment that anything goes by; some time before it the time to live becomes shorter. */
function sameUntil({ moments, window, now }: ReportInput, expiresAt: string | undefined): number {
  const windowChanges = window === undefined ? undefined : changesAt(window, now)?.getTime();
  const expires = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  const next = [...moments, windowChanges, expires]
    .filter((moment) => moment !== undefined)
    .filter((moment) => moment > now.getTime());
  return Math.min(...next) - LONGEST_TTL * 1000;
}

function expiryOf({ composite, request }: ReportInput): string | undefined {
  if (request.lifetime === undefined || composite.created === undefined) return undefined;
  const moment = new Date(composite.created.getTime() + milliseconds(request.lifetime));
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString().replace('.000Z', 'Z');
}

function statusOf(input: ReportInput, waiting: boolean, expiresAt: string | undefined): JsonObject {
  const { decision, cluster, progress, request, versions, wanted } = input;
  const ready = progress.filter((p) => p.state === 'ready').length;
  const tools = wanted.map((tool) => toolStatus(tool, input));
  const kubernetes = versions.find(
    (d) => d.need.component === 'kubernetes' && d.need.cluster === 'environment',
  );
  const notes = [...input.notes].sort();
  return compact({
    phase: phaseOf(input, waiting, expiresAt),
    summary: compact({
      tools: `${tools.filter((tool) => tool.ready === true).length}/${tools.length}`,
      steps: `${ready}/${progress.length}`,
      message: isExpired(input, expiresAt)
        ? expiredMessage(input, expiresAt)
        : summaryMessage(input, waiting),
    }),
    cluster: compact({
      type: decision.type,
      name: input.clusterName,
      host: decision.host,
      location: cluster?.status.location ?? decision.location,
      version: kubernetes?.version,
      endpoint: cluster?.status.endpoint,
    }),
    decision: compact({
      type: decision.type,
      by: decision.by,
      rule: decision.rule === '' ? undefined : decision.rule,
      reason: decision.reason,
      considered: decision.considered.map((c) => compact({ ...c })),
    }) as JsonObject,
    versions: versions.map((d) => versionStatus(d, input.held)),
    tools,
    connection: connectionOf(input),
    cost: costOf(request, decision),
    expiresAt,
    notes: notes.length === 0 ? undefined : notes,
  }) as JsonObject;
}

function phaseOf(input: ReportInput, waiting: boolean, expiresAt: string | undefined): string {
  const { composite, progress } = input;
  if (isExpired(input, expiresAt)) return 'Expired';
  if (!waiting) return 'Ready';
  if (progress.some((p) => p.state !== 'ready' && p.why.reason === 'Failed')) return 'Degraded';
  const before = composite.phase ?? 'Creating';
  if (progress.some((p) => p.state !== 'ready' && p.why.reason === 'Upgrading')) return 'Upgrading';
  const growing = progress.some(
    (p) => p.state === 'waiting' || (p.state === 'progressing' && !p.exists),
  );
  // Something more, or less, in an environment that was ready.
  if (growing) return before === 'Ready' || before === 'Upgrading' ? 'Upgrading' : 'Creating';
  if (goingOf(input).length > 0) return 'Upgrading';
  // Nothing new, so something that was ready no longer is.
  return before === 'Ready' ? 'Degraded' : before;
}

function isExpired({ now }: ReportInput, expiresAt: string | undefined): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime();
}

/** Nothing is deleted, and nothing is suspended yet: it is only said. */
function expiredMessage({ request }: ReportInput, expiresAt: string | undefined): string {
  const { maximum } = request.purpose.lifetime ?? {};
  const most = maximum === undefined ? '' : ` of at most ${maximum}`;
  return `expired at ${expiresAt}; nothing is deleted: write a longer lifetime${most}, or delete the environment`;
}

/** What holds things up: failures first, then what is under way, then what only waits for that. */
function summaryMessage(input: ReportInput, waiting: boolean): string {
  const { progress, stuck } = input;
  const going = goingOf(input);
  if (!waiting) return 'everything is ready';
  const busy = progress.filter((p) => p.state === 'progressing');
  const first = busy.find((p) => p.why.reason === 'Failed') ?? busy[0];
  if (first !== undefined) {
    return `waiting for ${first.step.title}: ${first.why.message}${lookAt(first.step, first.why)}`;
  }
  if (going.length > 0) return `waiting for ${titles(going)} to be gone`;
  const [name, message] = [...stuck][0] ?? [];
  return name === undefined ? 'waiting' : `${name}: ${message}`;
}

function titles(names: readonly string[]): string {
  return names.map(titleOf).sort().join(', ');
}

function toolStatus(tool: Wanted, input: ReportInput): JsonObject {
  const { progress, stuck, versions } = input;
  // A shared tool is there with the virtual cluster that syncs to it.
  const part = tool.cluster === 'host' ? 'cluster' : tool.name;
  const steps = progress.filter((p) => p.step.part === part);
  const bad = steps.find((p) => p.state !== 'ready');
  const decided = versions.find(
    (d) => d.need.cluster === tool.cluster && d.need.component === tool.tool.component,
  );
  const version = decided?.version;
  const replaced =
    decided?.chosen?.away === true ? `is being replaced by ${decided.next}` : undefined;
  const message = stuck.get(tool.name) ?? (bad === undefined ? replaced : toolMessage(bad));
  const usage = steps.map((p) => p.step.usage).find((text) => text !== undefined);
  return compact({
    name: tool.name,
    version,
    ready: message === undefined,
    message,
    usage,
  }) as JsonObject;
}

function toolMessage({ state, step, why }: Exclude<Progress, { state: 'ready' }>): string {
  if (state === 'waiting') return why.message;
  return `${step.title}: ${why.message}${lookAt(step, why)}`;
}

/** Of a failure: where its whole story is. */
function lookAt({ manifest }: Step, why: NotReady): string {
  return why.reason === 'Failed' ? `; look at ${manifest.kind} ${manifest.metadata.name}` : '';
}

function versionStatus(decided: Decided, held: Start['held']): Json {
  const { need, version, state, entry, next, target, halted } = decided;
  return compact({
    cluster: need.cluster,
    component: need.component,
    version,
    state: state.state,
    reason: state.reason === 'Blessed' ? undefined : state.reason,
    expires: entry?.expires,
    next,
    target: target === next ? undefined : target,
    message: held?.decided === decided ? held.why : halted,
    waiver: waiverTextOf(decided),
  });
}

function connectionOf({ request, composite, cluster }: ReportInput): JsonObject | undefined {
  if (cluster === undefined || request.environment.access === 'gitops') return undefined;
  const connection = compact({
    secretName: composite.flavour === 'namespaced' ? cluster.secretName : undefined,
    command: cluster.command,
  });
  return Object.keys(connection).length === 0 ? undefined : connection;
}

function costOf(request: Request, decision: Decision): JsonObject | undefined {
  const cost = request.size?.hourlyCost;
  const hourly = cost?.[decision.type];
  if (cost === undefined || hourly === undefined) return undefined;
  return { hourly, monthly: Math.round(hourly * HOURS * 100) / 100, currency: cost.currency };
}

function accepted({ decision, request, notes }: ReportInput): Condition {
  const place =
    decision.type === 'gke'
      ? `GKE cluster in ${decision.location}`
      : `vcluster on host ${decision.host}`;
  const kept =
    notes.length === 0
      ? ''
      : `. Kept although the catalog changed: ${[...notes].sort().join('; ')}`;
  return {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: `${request.environment.purpose}, a ${place}: ${decision.reason}${kept}`,
  };
}

/** What has gone furthest wrong decides the reason. */
function worst(progress: readonly Progress[]): Exclude<Progress, { state: 'ready' }> | undefined {
  const open = progress.filter((p) => p.state !== 'ready');
  for (const reason of [
    'Failed',
    'Upgrading',
    'Creating',
    'Waiting',
  ] satisfies NotReady['reason'][]) {
    const found = open.find((p) => p.why.reason === reason);
    if (found !== undefined) return found;
  }
  return undefined;
}

function clusterReady({ progress, decision, composite }: ReportInput): Condition {
  const type = 'ClusterReady';
  const bad = worst(progress.filter((p) => p.step.part === 'cluster'));
  if (bad === undefined) {
    return {
      type,
      status: 'True',
      reason: 'Available',
      message: `the ${decision.type === 'gke' ? 'GKE cluster' : 'vcluster'} is ready`,
    };
  }
  const message =
    bad.state === 'waiting' ? `${bad.step.title}: ${bad.why.message}` : toolMessage(bad);
  const before = composite.conditions.get(type);
  const living = before?.status === 'True' || before?.reason === 'Upgrading';
  // New nodes beside those that work.
  const renewing = living && bad.step.manifest.kind === 'NodePool' && bad.why.reason !== 'Failed';
  return { type, status: 'False', reason: renewing ? 'Upgrading' : bad.why.reason, message };
}

function toolsReady(input: ReportInput): Condition {
  const { progress, wanted, stuck } = input;
  const type = 'ToolsReady';
  // What is shared with the host is there with the cluster.
  const shares = wanted.some((tool) => tool.cluster === 'host');
  const parts = progress.filter((p) => shares || p.step.part !== 'cluster');
  const bad = worst(parts);
  const going = goingOf(input).filter((name) => !/-used-by-|-config$|-nodes-/.test(name));
  if (bad === undefined && stuck.size === 0 && going.length === 0) {
    const message =
      wanted.length === 0
        ? 'no tools are wanted'
        : `${wanted.length}/${wanted.length} tools are ready`;
    return { type, status: 'True', reason: 'Available', message };
  }
  const messages = wanted
    .map((tool) => toolStatus(tool, input))
    .filter((tool) => tool.ready !== true)
    .map((tool) => `${tool.name}: ${tool.message}`);
  if (going.length > 0) messages.push(`removing ${titles(going)}`);
  if (messages.length === 0 && bad !== undefined) messages.push(toolMessage(bad));
  return {
    type,
    status: 'False',
    reason: bad?.why.reason ?? 'Waiting',
    message: messages.sort().join('; '),
  };
}

const GRAVITY = ['Blocked', 'NotInCatalog', 'Expired', 'Deprecated'] as const;

function versionsBlessed(versions: readonly Decided[]): Condition {
  const type = 'VersionsBlessed';
  const unwaived = versions.filter((d) => d.waiver === undefined);
  const reason = GRAVITY.find((r) => unwaived.some((d) => d.state.reason === r)) ?? 'Blessed';
  const messages = versions
    .filter((d) => d.state.reason !== 'Blessed' || d.state.state === 'preview')
    .map(blessedMessage)
    .sort();
  return {
    type,
    status: reason === 'Blessed' || reason === 'Deprecated' ? 'True' : 'False',
    reason,
    message: messages.length === 0 ? 'every version is supported' : messages.join('; '),
  };
}

function blessedMessage(decided: Decided): string {
  const { need, version, state, entry, next } = decided;
  const where = need.cluster === 'environment' ? '' : ` (${need.cluster})`;
  const until =
    state.state === 'deprecated' && entry?.expires !== undefined
      ? `, expires ${entry.expires}`
      : '';
  const waived = waiverTextOf(decided);
  const then = next === undefined ? '' : `, next is ${next}`;
  return `${need.component}${where} ${version} is ${state.why}${until}${waived === undefined ? '' : `, waived: ${waived}`}${then}`;
}

/** Events only where something became other than the composite last said. */
function eventsOf(composite: Composite, conditions: readonly Condition[]): Result[] {
  return conditions.flatMap((condition): Result[] => {
    const before = composite.conditions.get(condition.type);
    if (before?.status === condition.status && before.reason === condition.reason) return [];
    const quiet = ['Creating', 'Waiting', 'Blessed'];
    if (
      before === undefined &&
      (quiet.includes(condition.reason) || condition.type === 'ToolsReady')
    )
      return [];
    const bad = condition.reason === 'Failed' || condition.type === 'VersionsBlessed';
    const severity = bad && condition.reason !== 'Blessed' ? 'Warning' : 'Normal';
    return [
      { severity, reason: condition.reason, message: `${condition.type}: ${condition.message}` },
    ];
  });
}

/** Once, when the phase changes. */
function expiryEvent({ composite }: ReportInput, status: JsonObject): Result[] {
  if (status.phase !== 'Expired' || composite.phase === 'Expired') return [];
  const message = text(status, 'summary', 'message') ?? '';
  return [{ severity: 'Warning', reason: 'Expired', message }];
}

/** The answer to what cannot be accepted: nothing is touched, and all four conditions say where things stand. */
export function refusalOf(refused: Refused, conditions: ReadonlyMap<ConditionType, Condition>) {
  const message = messageOf(refused.problems);
  const condition: Condition = {
    type: 'Accepted',
    status: 'False',
    reason: refused.reason,
    message,
  };
  const others = (['ClusterReady', 'ToolsReady', 'VersionsBlessed'] as const).map(
    (type): Condition =>
      conditions.get(type) ?? {
        type,
        status: 'Unknown',
        reason: 'Waiting',
        message: 'waiting for the environment to be accepted',
      },
  );
  const before = conditions.get('Accepted');
  const transition =
    before?.status !== 'False' || before.reason !== refused.reason || before.message !== message;
  const results: Result[] = [
    ...(transition ? [{ severity: 'Warning' as const, reason: refused.reason, message }] : []),
    { severity: 'Fatal', reason: refused.reason, message },
  ];
  return { conditions: [condition, ...others], results };
}
