// Chooses the version of each component: what runs, what was asked, or the blessed default — and says no.
import { compareVersions, isExact, means, minorOf, plain, satisfies } from './catalog/compare.ts';
import { entriesFor, entryNamed, entryRunning, newestFirst, stateOf } from './catalog/lifecycle.ts';
import type { Catalog } from './catalog/parse.ts';
import type { Component, VersionEntry } from './catalog/schema.ts';
import { waiverFor, waiverText } from './catalog/waivers.ts';
import type { ChosenVersion } from './context.ts';
import type { Decided, Inputs, Need } from './decided.ts';
import { own } from './json.ts';
import type { Problem } from './problem.ts';
import { type Requirement, requirementsOf, sentenceOf, unmetOf } from './requirements.ts';

export interface Versions {
  readonly decided: readonly Decided[];
  readonly problems: readonly Problem[];
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
  return {
    decided: inOrder,
    problems: [
      ...problems,
      ...inOrder.flatMap((d) => changeProblems(d, inputs)),
      ...unmetOf(inOrder, inputs.surroundings).map((r) => incompatible(r, inputs)),
    ],
  };
}

export function componentOf(catalog: Catalog, name: string): Component | undefined {
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
  const known =
    entry === undefined ? unlisted(need, running, inputs.catalog) : chosenOf(need, entry, inputs);
  const chosen = known === undefined ? undefined : asInstalled(need, known, running);
  return decidedOf(need, version, entry, chosen, inputs);
}

/** What is installed stays what it is, also when the entry's chart or image moved on: only a hop changes it. */
function asInstalled(need: Need, known: ChosenVersion, running: string): ChosenVersion {
  if (need.component === 'kubernetes') return { ...known, image: running };
  const chart = need.installed ?? (need.ahead === true ? known.chart : running);
  const { digest, ...rest } = known;
  const same = plain(known.chart) === plain(chart);
  return { ...rest, chart, ...(same && digest !== undefined ? { digest } : {}) };
}

/** What the catalog has no entry for, by what is installed. */
function unlisted(need: Need, running: string, catalog: Catalog): ChosenVersion | undefined {
  if (need.component === 'kubernetes')
    return { version: minorOf(running), chart: '', image: running };
  const chart = need.installed ?? (isExact(running) ? running : undefined);
  if (chart === undefined) return undefined;
  return { version: plain(running), chart: plain(chart), image: '', ...mirrorOf(need, catalog) };
}

export function chosenOf(need: Need, entry: VersionEntry, { catalog }: Inputs): ChosenVersion {
  const version = plain(entry.version);
  return {
    version,
    // As written: some repositories tag their charts with a leading v.
    chart: entry.chart ?? entry.version,
    image: entry.image ?? (isExact(version) ? `v${version}` : `v${version}.0`),
    ...(entry.digest === undefined ? {} : { digest: entry.digest }),
    ...mirrorOf(need, catalog),
  };
}

/** Where the catalog says that the component's chart lies. */
function mirrorOf({ component }: Need, catalog: Catalog) {
  const { repository, name } = own(catalog.components, component)?.chart ?? {};
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(name === undefined ? {} : { chartName: name }),
  };
}

export function decidedOf(
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
    entry === undefined
      ? waivedChart(need, wanted, entries, inputs.catalog)
      : chosenOf(need, entry, inputs);
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
  catalog: Catalog,
): ChosenVersion | undefined {
  if (need.component === 'kubernetes') {
    const text = plain(version);
    return { version: text, chart: '', image: isExact(text) ? `v${text}` : `v${text}.0` };
  }
  const chart = need.chartFor?.(plain(version), entries);
  if (chart !== undefined) {
    const mirror = mirrorOf(need, catalog);
    return { version: plain(version), chart: plain(chart), image: '', ...mirror };
  }
  return unlisted(need, version, catalog);
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
    path: versionPath(need),
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
    requirementsOf(d, all, inputs.surroundings).every((r) => r.met || r.found === undefined),
  );
}

export function incompatible(r: Requirement, inputs: Inputs): Problem {
  const { dependent } = r;
  const works = combination(r, inputs);
  // Nobody asked for a version, and none that is blessed goes with any other: there is none to choose.
  const isChoice = dependent.need.asked === undefined && dependent.need.running === undefined;
  return {
    reason: works === undefined && isChoice ? 'VersionNotBlessed' : 'IncompatibleVersions',
    path: `spec.${dependent.need.path}`,
    message: `${sentenceOf(r)}; ${works ?? 'no blessed combination works: the platform team must bless one'}`,
    blame: [dependent.need.path, blameOf(r)],
  };
}

function blameOf({ component, provider }: Requirement): string {
  if (provider !== undefined) return provider.need.path;
  if (component === 'host' || component === 'kubernetes') return 'cluster';
  return 'tools';
}

/** A pair of versions that works: this dependent with another provider, another dependent, or both. */
function combination(r: Requirement, inputs: Inputs): string | undefined {
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
  return undefined;
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

/** Nothing is substituted silently: also a release channel that moved on, or a memory that was lost. */
export function differs({ need, version, target }: Decided): string[] {
  const { asked, running, changed } = need;
  if (changed || asked === undefined || running === undefined || means(asked, running)) return [];
  if (plain(asked) === plain(version) || plain(asked) === target) return [];
  const where = need.pinned ? 'is written in spec' : "is what the purpose's bundle says";
  return [`${need.component} ${asked} ${where}, and ${version} runs`];
}

/** A developer's own change of the version of something that runs; whether there is a way up is the journey's. */
function changeProblems(decided: Decided, inputs: Inputs): Problem[] {
  const { need, version } = decided;
  const { asked, running } = need;
  // What the bundle says is not what the developer has changed.
  const isTheirs = need.changed && need.pinned;
  if (running === undefined || asked === undefined || !isTheirs || means(asked, running)) return [];
  if (plain(asked) === plain(version)) return [];
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
  if (isNewer(asked, decided)) return [];
  return [
    changeProblem(
      need,
      `${need.component} ${version} runs, and going down to ${asked} is not possible; write ${version} or leave it out`,
    ),
  ];
}

/** Than what runs. A cluster may run a later patch than its entry says; charts have numbers of their own. */
export function isNewer(candidate: string, { need, version }: Decided): boolean {
  const { component, running = version } = need;
  const patched = component === 'kubernetes' && compareVersions(running, version) > 0;
  return compareVersions(candidate, patched ? running : version) > 0;
}

/** A change of a version that cannot be made. */
export function changeProblem(need: Need, message: string): Problem {
  return { reason: 'ChangeNotPossible', path: versionPath(need), message, blame: [need.path] };
}

function versionPath({ path }: Need): string {
  return `spec.${path}${path.endsWith('.version') ? '' : '.version'}`;
}

/** Whether an entry may be gone to: supported, or waived for this environment. */
export function isAllowed(need: Need, entry: VersionEntry, inputs: Inputs): boolean {
  const chosen = chosenOf(need, entry, inputs);
  return (
    refusalOf(decidedOf(need, plain(entry.version), entry, chosen, inputs), inputs) === undefined
  );
}

export function waiverTextOf(decided: Decided): string | undefined {
  const needed = decided.state.state !== 'supported';
  return decided.waiver === undefined || !needed ? undefined : waiverText(decided.waiver);
}
