// Where every component should come to stand, so that all of them fit together there: asked, blessed, or where it is.
import { means, plain } from '../catalog/compare.ts';
import { entryNamed, stateOf } from '../catalog/lifecycle.ts';
import type { Decided, Inputs } from '../decided.ts';
import { unmetKeys } from '../requirements.ts';
import { isAllowed, isNewer } from '../versions.ts';
import { combinationOf } from './combination.ts';
import { isAhead, isSame, type Stand } from './moves.ts';
import { duePreference, entriesOf, standAt, standOf } from './stands.ts';

/**
 * `real`: what is done: automatic upgrades, and what a developer asks for. `due`: what would be done if the purpose
 * were automatic and nobody had written down a version that is no longer supported.
 */
export type Mode = 'real' | 'due';

export interface Aims {
  readonly stands: ReadonlyMap<Decided, Stand>;
  /** False: what a developer asks for fits nothing. */
  readonly fits: boolean;
}

export function aimsOf(decided: readonly Decided[], mode: Mode, inputs: Inputs): Aims {
  const options = decided.map((d) => optionsOf(d, mode, inputs));
  const moving = options.some((list, i) => list.some((s) => !isSame(s, hereOf(decided, i))));
  if (!moving) return { stands: new Map(decided.map((d) => [d, standOf(d)])), fits: true };
  const found = combinationOf(decided, options, unmetKeys(decided, inputs), inputs);
  const wanted = found ?? options.map(([first], i) => first ?? hereOf(decided, i));
  return {
    stands: new Map(decided.map((d, i) => [d, wanted[i] ?? standOf(d)])),
    fits: found !== undefined,
  };
}

function hereOf(decided: readonly Decided[], index: number): Stand {
  const d = decided[index];
  return d === undefined ? { version: '', chart: '' } : standOf(d);
}

/** Where a component may come to stand, best first. */
function optionsOf(decided: Decided, mode: Mode, inputs: Inputs): Stand[] {
  const { need } = decided;
  // In the middle of a replacement what has been taken away comes back, wherever it stands.
  const { away: _, ...here } = standOf(decided);
  if (need.running === undefined || decided.chosen === undefined) return [here];
  const automatic = mode === 'due' || inputs.upgrades === 'automatic';
  const patched = automatic ? [...patchesOf(decided, here, inputs), here] : [here];
  const { asked, pinned } = need;
  if (asked !== undefined && holdsFor(decided, asked, mode, inputs)) {
    // What only the bundle names moves as the purpose's upgrades do.
    if (!isGoingUp(decided, asked)) return patched;
    return pinned || automatic ? askedStand(decided, asked, inputs) : [here];
  }
  // A waiver says that this environment may stay on what it runs.
  const waived = mode === 'real' && decided.waiver !== undefined && !isSupported(decided);
  if (!automatic || waived) return [here];
  return [...blessedStands(decided, inputs), ...patched];
}

function isSupported({ state }: Decided): boolean {
  return state.state === 'supported';
}

/**
 * Whether what somebody named counts. Nobody who writes environments named what the bundle says: that is gone up to
 * while it is allowed, and left when it, or what runs instead of it, has expired.
 */
function holdsFor(decided: Decided, asked: string, mode: Mode, inputs: Inputs): boolean {
  const { need, state } = decided;
  if (need.pinned) return mode === 'real' || isSupported(decided);
  const entry = entryNamed(entriesOf(need, inputs), asked);
  if (entry === undefined) return false;
  if (isGoingUp(decided, asked) && isAllowed(need, entry, inputs)) return true;
  return state.state !== 'expired' && stateOf(entry, inputs.now).state !== 'expired';
}

/** What rule 2 would choose, best first. */
function blessedStands(decided: Decided, inputs: Inputs): Stand[] {
  return duePreference(decided, inputs)
    .filter((entry) => plain(entry.version) !== decided.version)
    .map((entry) => standAt(decided.need, entry, inputs));
}

/** The catalog's entry has a newer chart or image for the same version. */
function patchesOf({ need, version }: Decided, here: Stand, inputs: Inputs): Stand[] {
  const entry = entryNamed(entriesOf(need, inputs), version);
  if (entry === undefined || entry.blocked !== undefined) return [];
  const stand = standAt(need, entry, inputs);
  return isAhead(stand, here) ? [stand] : [];
}

/** A developer asks for something newer than what runs. */
export function isGoingUp(decided: Decided, asked: string): boolean {
  const { running } = decided.need;
  if (running === undefined || means(asked, running) || plain(asked) === decided.version)
    return false;
  return isNewer(asked, decided);
}

/** Nothing but what is asked, as long as it is allowed. */
function askedStand(decided: Decided, asked: string, inputs: Inputs): Stand[] {
  const { away: _, ...here } = standOf(decided);
  const entry = entryNamed(entriesOf(decided.need, inputs), asked);
  if (entry === undefined || !isAllowed(decided.need, entry, inputs)) return [here];
  return [standAt(decided.need, entry, inputs)];
}
