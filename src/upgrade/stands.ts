// Where each component stands, and what it would be to stand elsewhere: versions as the catalog's entries.
import { compareVersions, plain } from '../catalog/compare.ts';
import { entriesFor, entryNamed, newestFirst, stateOf } from '../catalog/lifecycle.ts';
import type { VersionEntry } from '../catalog/schema.ts';
import type { ChosenVersion } from '../context.ts';
import type { Decided, Inputs, Need } from '../decided.ts';
import { chosenOf, componentOf, decidedOf, isNewer } from '../versions.ts';
import type { Stand } from './moves.ts';

export function entriesOf(need: Need, { catalog }: Inputs): readonly VersionEntry[] {
  return entriesFor(componentOf(catalog, need.component), need.type);
}

/** Where a component stands that runs. */
export function standOf({ need, version, chosen }: Decided): Stand {
  const chart = need.installed ?? chosen?.chart ?? version;
  return { version, chart, ...(need.away === true ? { away: true } : {}) };
}

/** Where an entry stands; a chart never goes down, and neither does an image. */
export function standAt(need: Need, entry: VersionEntry, inputs: Inputs): Stand {
  const chosen = chosenOf(need, entry, inputs);
  const chart = need.component === 'kubernetes' ? imageOf(need, chosen) : chosen.chart;
  const { installed } = need;
  const older = installed !== undefined && compareVersions(chart, installed) < 0;
  return { version: plain(entry.version), chart: older && need.ahead === true ? installed : chart };
}

/** GKE chooses the patch itself, so there is nothing to compare. */
function imageOf(need: Need, { image }: ChosenVersion): string {
  return need.type === 'gke' ? '' : image;
}

/**
 * What may be stood on between here and there, oldest first: never a preview, a blocked version, or one that is not
 * in the catalog. A deprecated or expired one may be passed.
 */
export function rungsOf(need: Need, from: Stand, to: Stand, inputs: Inputs): Stand[] {
  return newestFirst(entriesOf(need, inputs))
    .reverse()
    .filter((entry) => isPassable(entry, inputs) || plain(entry.version) === to.version)
    .map((entry) => standAt(need, entry, inputs))
    .filter(({ version }) => compareVersions(version, from.version) >= 0)
    .filter(({ version }) => compareVersions(version, to.version) <= 0);
}

function isPassable(entry: VersionEntry, { now }: Inputs): boolean {
  return entry.blocked === undefined && stateOf(entry, now).state !== 'preview';
}

/** The component as it would be, standing there. */
export function decidedAt(decided: Decided, stand: Stand, inputs: Inputs): Decided {
  const { need } = decided;
  const here = standOf(decided);
  if (here.version === stand.version && here.chart === stand.chart) {
    return withAway(decided, stand);
  }
  const entry = entryNamed(entriesOf(need, inputs), stand.version);
  const chosen = chosenAt(decided, entry, stand, inputs);
  // What runs now is of no account for what stands elsewhere.
  const { running: _, ...elsewhere } = need;
  const moved = { ...elsewhere, running: undefined };
  return withAway(decidedOf(moved, stand.version, entry, chosen, inputs), stand);
}

function withAway(decided: Decided, { away }: Stand): Decided {
  if (decided.chosen === undefined) return decided;
  const { away: _, ...chosen } = decided.chosen;
  return { ...decided, chosen: away === true ? { ...chosen, away } : chosen };
}

function chosenAt(
  { need, chosen }: Decided,
  entry: VersionEntry | undefined,
  { version, chart }: Stand,
  inputs: Inputs,
): ChosenVersion | undefined {
  const known = entry === undefined ? chosen : chosenOf(need, entry, inputs);
  if (known === undefined) return undefined;
  if (need.component === 'kubernetes') {
    return { ...known, version, image: chart === '' ? known.image : chart };
  }
  // A digest is that of one chart.
  const { digest, ...rest } = known;
  const same = plain(known.chart) === plain(chart);
  return { ...rest, version, chart, ...(same && digest !== undefined ? { digest } : {}) };
}

/** The entry of what has gone ahead: Knative's operator is that of a newer version for a while. */
export function aheadOf(
  decided: Decided,
  { version, chart }: Stand,
  inputs: Inputs,
): Decided | undefined {
  const { need } = decided;
  if (need.ahead !== true) return undefined;
  const entry = entriesOf(need, inputs).find((e) => plain(e.chart ?? e.version) === plain(chart));
  if (entry === undefined || plain(entry.version) === version) return undefined;
  return decidedOf({ ...need, running: undefined }, plain(entry.version), entry, undefined, inputs);
}

/** Why a version between two minors cannot be stood on, for the minors that are needed on the way. */
export function gapBetween(need: Need, from: Stand, to: Stand, inputs: Inputs): string {
  const entries = entriesOf(need, inputs);
  const [major = 0, minor = 0] = numbers(from.version);
  const [toMajor = 0, toMinor = 0] = numbers(to.version);
  const missing: string[] = [];
  for (let next = minor + 1; toMajor === major && next < toMinor && missing.length < 3; next++) {
    const name = `${major}.${next}`;
    const there = entries.filter((e) => numbers(e.version).join('.') === name);
    if (there.some((entry) => isPassable(entry, inputs))) continue;
    const why = there[0] === undefined ? 'not in the catalog' : stateOf(there[0], inputs.now).why;
    missing.push(`${name} is ${why}`);
  }
  const reason =
    missing.length === 0 ? 'the catalog has no version in between' : missing.join(', ');
  return `there is no way from ${need.component} ${from.version} to ${to.version}, one step at a time: ${reason}`;
}

function numbers(version: string): [number, number] {
  const [major = 0, minor = 0] = plain(version).split(/[.-]/).map(Number);
  return [major, minor];
}

/** Rule 2 for what runs: the default if that is newer; else, when nobody should run it, the newest supported. */
export function duePreference(decided: Decided, inputs: Inputs): VersionEntry[] {
  const { need, state } = decided;
  const supported = newestFirst(entriesOf(need, inputs)).filter(
    (entry) => stateOf(entry, inputs.now).state === 'supported',
  );
  const newer = supported.filter((entry) => isNewer(entry.version, decided));
  const standard = supported.find((entry) => entry.default === true);
  if (standard === undefined) return newer;
  if (newer.includes(standard)) return [standard, ...newer.filter((e) => e !== standard)];
  // It is on the default or beyond it: only a version that nobody should run is left.
  return state.state === 'supported' ? [] : newer;
}

/** Whether a component has come to rest: nothing has gone ahead, and nothing has been taken away. */
export function isAtRest(d: Decided, stand: Stand, inputs: Inputs): boolean {
  return stand.away !== true && aheadOf(d, stand, inputs) === undefined;
}
