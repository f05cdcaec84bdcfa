// Chooses the version of each component: what runs, what was asked, or the blessed default — and says no.
import { compareVersions, isExact, means, minorOf, plain, satisfies } from './catalog/compare.ts';
import {
  datesOf,
  entriesFor,
  entryNamed,
  entryRunning,
  newestFirst,
  type State,
  stateOf,
} from './catalog/lifecycle.ts';
import type { Catalog } from './catalog/parse.ts';
import type { Component, VersionEntry, Waiver } from './catalog/schema.ts';
import { waiverFor, waiverText } from './catalog/waivers.ts';
import type { ChosenVersion, Tool } from './context.ts';
import { own } from './json.ts';
import type { Problem } from './problem.ts';
import type { ClusterType } from './spec.ts';

/** Whose cluster a component runs in. */
export type ClusterName = 'environment' | 'ci' | 'tools';

/** A component that needs a version. */
export interface Need {
  readonly cluster: ClusterName;
  readonly component: string;
  /** Field below spec that asks for it, such as `tools.knative`; a change of it is the developer's. */
  readonly path: string;
  readonly asked: string | undefined;
  /** What runs, as installed. */
  readonly running: string | undefined;
  /** What was accepted for something that is not installed yet. */
  readonly accepted: string | undefined;
  readonly changed: boolean;
  /** See Tool.chartFor. */
  readonly chartFor?: Tool<never>['chartFor'];
  /** For entries that hold for one cluster type only. */
  readonly type: ClusterType | undefined;
}

/** A component with its version. */
export interface Decided {
  readonly need: Need;
  /** As the catalog writes it; what runs, if the catalog has no such entry. */
  readonly version: string;
  readonly entry: VersionEntry | undefined;
  readonly state: State;
  readonly waiver: Waiver | undefined;
  /** What is due or waiting; never older than what runs. */
  readonly next: string | undefined;
  /** Undefined: the catalog lost it and what runs does not tell enough to plan it anew. */
  readonly chosen: ChosenVersion | undefined;
}

export interface Versions {
  readonly decided: readonly Decided[];
  readonly problems: readonly Problem[];
  /** What runs although something else is written in spec: one sentence each. */
  readonly notes: readonly string[];
}

/** What `requires` looks at besides the chosen versions: the Kubernetes of clusters that are not ours. */
export interface Surroundings {
  /** Kubernetes of the vcluster host, by cluster. */
  readonly hosts: Readonly<Partial<Record<ClusterName, string | undefined>>>;
  /** Kubernetes of the tools cluster. */
  readonly tools: string | undefined;
}

interface Inputs {
  readonly catalog: Catalog;
  readonly identity: string;
  readonly now: Date;
  readonly surroundings: Surroundings;
}

/**
 * @param needs kubernetes first, then vcluster, then tools: later ones must fit what is chosen
 */
export function chooseVersions(needs: readonly Need[], inputs: Inputs): Versions {
  const problems: Problem[] = [];
  const decided = new Map<Need, Decided>();
  // What runs and what was asked for is given; what nobody asked for must fit it.
  for (const need of needs) {
    const given = runningOf(need, inputs) ?? askedOf(need, inputs, problems);
    if (given !== undefined) decided.set(need, given);
  }
  for (const need of needs) {
    if (decided.has(need)) continue;
    const standard = defaultOf(need, [...decided.values()], inputs, problems);
    if (standard !== undefined) decided.set(need, standard);
  }
  const inOrder = needs.flatMap((need) => decided.get(need) ?? []);
  const complete = inOrder.map((d) => ({ ...d, next: nextOf(d, inOrder, inputs) }));
  return {
    decided: complete,
    notes: complete.flatMap(differs),
    problems: [
      ...problems,
      ...complete.flatMap((d) => changeProblems(d, inputs)),
      ...unmet(complete, inputs),
    ],
  };
}

function componentOf(catalog: Catalog, name: string): Component | undefined {
  return own(catalog.components, name) ?? own(catalog.tools, name);
}

function entriesOf(need: Need, { catalog }: Inputs): readonly VersionEntry[] {
  return entriesFor(componentOf(catalog, need.component), need.type);
}

/** What runs decides, whatever the catalog says today. */
function runningOf(need: Need, inputs: Inputs): Decided | undefined {
  const { running } = need;
  if (running === undefined) return undefined;
  const entry = entryRunning(entriesOf(need, inputs), running);
  const version = plain(
    entry?.version ?? (need.component === 'kubernetes' ? minorOf(running) : running),
  );
  const known = entry === undefined ? unlisted(need, running) : chosenOf(need, entry, inputs);
  // The image of a living virtual cluster is what runs, also when the entry's image moved on.
  const chosen =
    need.component === 'kubernetes' && known !== undefined ? { ...known, image: running } : known;
  return decidedOf(need, version, entry, chosen, inputs);
}

function unlisted(need: Need, running: string): ChosenVersion | undefined {
  if (need.component === 'kubernetes')
    return { version: minorOf(running), chart: '', image: running };
  return isExact(running)
    ? { version: plain(running), chart: plain(running), image: '' }
    : undefined;
}

function chosenOf(need: Need, entry: VersionEntry, { catalog }: Inputs): ChosenVersion {
  const version = plain(entry.version);
  const { repository, name } = own(catalog.components, need.component)?.chart ?? {};
  return {
    version,
    // As written: some repositories tag their charts with a leading v.
    chart: entry.chart ?? entry.version,
    image: entry.image ?? (isExact(version) ? `v${version}` : `v${version}.0`),
    ...(entry.digest === undefined ? {} : { digest: entry.digest }),
    ...(repository === undefined ? {} : { repository }),
    ...(name === undefined ? {} : { chartName: name }),
  };
}

function decidedOf(
  need: Need,
  version: string,
  entry: VersionEntry | undefined,
  chosen: ChosenVersion | undefined,
  { catalog, identity, now }: Inputs,
): Decided {
  return {
    need,
    version,
    entry,
    state: stateOf(entry, now),
    waiver: waiverFor(catalog.waivers, need.component, version, identity, now),
    next: undefined,
    chosen,
  };
}

/** What was asked for, or accepted before it could be installed. */
function askedOf(need: Need, inputs: Inputs, problems: Problem[]): Decided | undefined {
  const entries = entriesOf(need, inputs);
  const remembered = need.changed ? undefined : need.accepted;
  const wanted = remembered ?? need.asked;
  if (wanted === undefined) return undefined;
  const entry = entryNamed(entries, wanted);
  const chosen =
    entry === undefined ? waivedChart(need, wanted, entries) : chosenOf(need, entry, inputs);
  const decided = decidedOf(need, plain(wanted), entry, chosen, inputs);
  const refusal = refusalOf(decided, inputs);
  // Nobody asked for it and nothing runs: what is no longer blessed is chosen anew.
  if (refusal !== undefined && need.asked === undefined) return undefined;
  if (refusal !== undefined) problems.push(refusal);
  return decided;
}

/** A waived version that the catalog does not list can only be installed if it names its chart itself. */
function waivedChart(
  need: Need,
  version: string,
  entries: readonly VersionEntry[],
): ChosenVersion | undefined {
  if (need.component === 'kubernetes') {
    const text = plain(version);
    return { version: text, chart: '', image: isExact(text) ? `v${text}` : `v${text}.0` };
  }
  const chart = need.chartFor?.(plain(version), entries);
  if (chart !== undefined) return { version: plain(version), chart: plain(chart), image: '' };
  return unlisted(need, version);
}

function refusalOf(decided: Decided, inputs: Inputs): Problem | undefined {
  const { need, version, state, waiver } = decided;
  const allowed =
    state.state === 'supported' || (waiver !== undefined && decided.chosen !== undefined);
  if (allowed) return undefined;
  const what =
    waiver === undefined
      ? `${need.component} ${version} is ${state.why}`
      : `${need.component} ${version} is waived, but without an entry that names its chart`;
  return {
    reason: 'VersionNotBlessed',
    path: `spec.${need.path}${need.path.endsWith('.version') ? '' : '.version'}`,
    message: `${what}; blessed now: ${blessedText(need, inputs)}`,
    blame: [need.path],
  };
}

function blessedText(need: Need, inputs: Inputs): string {
  const blessed = newestFirst(entriesOf(need, inputs)).filter(
    (entry) => stateOf(entry, inputs.now).state === 'supported',
  );
  if (blessed.length === 0) return 'none';
  return blessed.map((e) => (e.default === true ? `${e.version} (default)` : e.version)).join(', ');
}

/** Rule 2: the default while it is supported and fits, else the newest supported one that does. */
function defaultOf(
  need: Need,
  others: readonly Decided[],
  inputs: Inputs,
  problems: Problem[],
): Decided | undefined {
  const candidates = candidatesOf(need, inputs);
  const first = candidates[0];
  if (first === undefined) {
    problems.push({
      reason: 'VersionNotBlessed',
      path: `spec.${need.path}`,
      message: `no version of ${need.component} is blessed now for a new ${need.cluster === 'environment' ? 'environment' : `${need.cluster} cluster`}; the platform team must add one to components.${need.component}.versions`,
      blame: [need.path],
    });
    return undefined;
  }
  const decided = candidates.map((entry) =>
    decidedOf(need, plain(entry.version), entry, chosenOf(need, entry, inputs), inputs),
  );
  // Where nothing fits, the first is taken, so that the unmet requirement is reported with both sides.
  return decided.find((d) => fits(d, others, inputs)) ?? decided[0];
}

function candidatesOf(need: Need, inputs: Inputs): VersionEntry[] {
  const supported = newestFirst(entriesOf(need, inputs)).filter(
    (entry) => stateOf(entry, inputs.now).state === 'supported',
  );
  return [
    ...supported.filter((e) => e.default === true),
    ...supported.filter((e) => e.default !== true),
  ];
}

function fits(decided: Decided, others: readonly Decided[], inputs: Inputs): boolean {
  const all = [...others, decided];
  return all.every((d) =>
    requirementsOf(d, all, inputs).every((r) => r.met || r.found === undefined),
  );
}

interface Requirement {
  readonly dependent: Decided;
  readonly component: string;
  readonly range: string;
  /** Undefined: it is not there (or not chosen yet). */
  readonly found: string | undefined;
  readonly provider: Decided | undefined;
  readonly met: boolean;
}

function requirementsOf(
  dependent: Decided,
  all: readonly Decided[],
  inputs: Inputs,
): Requirement[] {
  return Object.entries(dependent.entry?.requires ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([component, range]) => {
      const { cluster } = dependent.need;
      const provider =
        all.find((d) => d.need.component === component && d.need.cluster === cluster) ??
        (component === 'kubernetes' ? undefined : all.find((d) => d.need.component === component));
      const found =
        provider === undefined ? surroundingOf(component, cluster, inputs) : foundIn(provider);
      return {
        dependent,
        component,
        range,
        found,
        provider,
        met: found !== undefined && satisfies(found, range),
      };
    });
}

/** Exact where it is known: a range may ask for a patch. */
function foundIn({ need, version }: Decided): string {
  return need.running !== undefined && means(version, need.running) ? need.running : version;
}

function surroundingOf(
  component: string,
  cluster: ClusterName,
  { surroundings }: Inputs,
): string | undefined {
  if (component === 'host') return surroundings.hosts[cluster];
  return component === 'kubernetes' && cluster === 'tools' ? surroundings.tools : undefined;
}

function unmet(decided: readonly Decided[], inputs: Inputs): Problem[] {
  return decided.flatMap((dependent) =>
    requirementsOf(dependent, decided, inputs)
      .filter((r) => !r.met && !unknowable(r, inputs))
      .map((r) => incompatible(r, inputs)),
  );
}

/** A host or tools cluster whose version nobody wrote down cannot be checked. */
function unknowable(
  { component, found, dependent }: Requirement,
  { surroundings }: Inputs,
): boolean {
  if (found !== undefined) return false;
  const { cluster } = dependent.need;
  if (component === 'host') return surroundings.hosts[cluster] === undefined;
  return component === 'kubernetes' && cluster === 'tools';
}

function incompatible(r: Requirement, inputs: Inputs): Problem {
  const { dependent, component, range, found } = r;
  const needs = `${dependent.need.component} ${dependent.version} needs ${component === 'host' ? 'a host with kubernetes' : component} ${range}`;
  const is = found === undefined ? `${component} is not there` : `${component} is ${found}`;
  return {
    reason: 'IncompatibleVersions',
    path: `spec.${dependent.need.path}`,
    message: `${needs}, and ${is}; ${combination(r, inputs)}`,
    blame: [dependent.need.path, blameOf(r)],
  };
}

function blameOf({ component, provider }: Requirement): string {
  if (provider !== undefined) return provider.need.path;
  if (component === 'host' || component === 'kubernetes') return 'cluster';
  return 'tools';
}

/** A pair of versions that works: this dependent with another provider, another dependent, or both. */
function combination(r: Requirement, inputs: Inputs): string {
  const { dependent, provider, component, found } = r;
  const dependents = candidatesOf(dependent.need, inputs);
  const pair = (a: string, b: string) =>
    `${dependent.need.component} ${plain(a)} with ${component} ${plain(b)} works`;
  const other = provider?.need.asked === undefined ? providerFor(r, inputs) : undefined;
  if (other !== undefined) return pair(dependent.version, other);
  const older = found === undefined ? undefined : dependents.find((e) => allows(e, r, found));
  if (older !== undefined && found !== undefined) return pair(older.version, found);
  const providers = candidatesOf(provider?.need ?? providerNeed(r), inputs);
  const mine = dependent.entry === undefined ? dependents : [dependent.entry, ...dependents];
  for (const entry of mine) {
    const match = providers.find((p) => allows(entry, r, p.version));
    if (match !== undefined) return pair(entry.version, match.version);
  }
  return 'no blessed combination works: the platform team must bless one';
}

function allows(entry: VersionEntry, { component }: Requirement, version: string): boolean {
  const range = own(entry.requires, component);
  return range === undefined || satisfies(version, range);
}

function providerFor({ component, dependent, provider }: Requirement, inputs: Inputs) {
  const range = own(dependent.entry?.requires, component);
  if (range === undefined || provider === undefined || provider.need.running !== undefined)
    return undefined;
  return candidatesOf(provider.need, inputs).find((c) => satisfies(c.version, range))?.version;
}

function providerNeed({ component, dependent }: Requirement): Need {
  return { ...dependent.need, component, asked: undefined, running: undefined };
}

/** What the catalog would choose now, if that is newer than what runs. */
function nextOf(decided: Decided, all: readonly Decided[], inputs: Inputs): string | undefined {
  const { need, version, state } = decided;
  if (need.running === undefined) return undefined;
  // A version written in spec is never moved on: it is told only when something is due.
  if (need.asked !== undefined && state.state === 'supported') return undefined;
  const others = all.filter((d) => d !== decided);
  const target = candidatesOf(need, inputs)
    // The running version is of no account for what would come after it.
    .map((entry) =>
      decidedOf({ ...need, running: undefined }, plain(entry.version), entry, undefined, inputs),
    )
    .find((d) => fits(d, others, inputs));
  return target !== undefined && compareVersions(target.version, version) > 0
    ? target.version
    : undefined;
}

/** Nothing is substituted silently: also a release channel that moved on, or a memory that was lost. */
function differs({ need, version }: Decided): string[] {
  const { asked, running, changed } = need;
  if (changed || asked === undefined || running === undefined || means(asked, running)) return [];
  if (plain(asked) === plain(version)) return [];
  return [`${need.component} ${asked} is written in spec, and ${version} runs`];
}

/** A developer's own change of the version of something that runs. */
function changeProblems(decided: Decided, inputs: Inputs): Problem[] {
  const { need, version } = decided;
  const { asked, running } = need;
  if (running === undefined || asked === undefined || !need.changed || means(asked, running))
    return [];
  if (plain(asked) === plain(version)) return [];
  const path = `spec.${need.path}${need.path.endsWith('.version') ? '' : '.version'}`;
  const blame = [need.path];
  const entry = entryNamed(entriesOf(need, inputs), asked);
  const wanted = decidedOf(
    need,
    plain(asked),
    entry,
    entry && chosenOf(need, entry, inputs),
    inputs,
  );
  const refusal = refusalOf(wanted, inputs);
  if (refusal !== undefined) return [refusal];
  if (compareVersions(asked, running) < 0) {
    return [
      {
        reason: 'ChangeNotPossible',
        path,
        message: `${need.component} ${version} runs, and going down to ${asked} is not possible; write ${version} or leave it out`,
        blame,
      },
    ];
  }
  return [
    {
      reason: 'NotImplemented',
      path,
      message: `${need.component} ${version} runs, and moving an existing environment to ${asked} is not built in this release; write ${version} or leave it out`,
      blame,
    },
  ];
}

/** All days on which the state of something that is used here changes. */
export function datesThatMatter(decided: readonly Decided[]): string[] {
  return decided.flatMap((d) => [
    ...(d.entry === undefined ? [] : datesOf(d.entry)),
    ...(d.waiver === undefined ? [] : [d.waiver.expires]),
  ]);
}

export function waiverTextOf(decided: Decided): string | undefined {
  const needed = decided.state.state !== 'supported';
  return decided.waiver === undefined || !needed ? undefined : waiverText(decided.waiver);
}
