// The best combination of versions that fit together: a search that goes back straight to what is in the way.
import type { Decided, Inputs } from '../decided.ts';
import { keyOf, unmetOf } from '../requirements.ts';
import type { Stand } from './moves.ts';
import { decidedAt } from './stands.ts';

/** Versions that are tried before everything stays where it is. */
const MOST_TRIES = 2_000;

/** Nothing fits, whatever is chosen for the others than these, by index. */
interface DeadEnd {
  readonly inTheWay: ReadonlySet<number>;
}

type Outcome = readonly Stand[] | DeadEnd;

/**
 * @param options where each component may come to stand, best first
 * @param tolerated requirements that need not be met
 * @returns undefined: nothing fits, or nothing was found in a bounded number of tries
 */
export function combinationOf(
  decided: readonly Decided[],
  options: readonly (readonly Stand[])[],
  tolerated: ReadonlySet<string>,
  inputs: Inputs,
): readonly Stand[] | undefined {
  let tries = 0;
  /** Components before the last one that the last one does not fit; undefined: it fits. */
  const conflictOf = (placed: readonly Decided[]): readonly number[] | undefined => {
    // What is not placed yet is not missing.
    const later = new Set(decided.slice(placed.length).map((other) => other.need.component));
    const broken = unmetOf(placed, inputs.surroundings).filter(
      (r) => !(r.found === undefined && later.has(r.component)) && !tolerated.has(keyOf(r)),
    );
    if (broken.length === 0) return undefined;
    return broken.flatMap(({ dependent, provider }) =>
      [dependent, ...(provider === undefined ? [] : [provider])].map((d) => placed.indexOf(d)),
    );
  };
  const attempt = (placed: readonly Decided[], chosen: readonly Stand[]): Outcome => {
    const conflict = conflictOf(placed);
    if (conflict === undefined) return search(placed, chosen);
    return { inTheWay: new Set([...conflict, placed.length - 1]) };
  };
  const search = (placed: readonly Decided[], chosen: readonly Stand[]): Outcome => {
    const index = placed.length;
    const d = decided[index];
    if (d === undefined) return chosen;
    const inTheWay = new Set<number>();
    for (const option of options[index] ?? []) {
      if (++tries > MOST_TRIES) return { inTheWay: new Set() };
      const found = attempt([...placed, decidedAt(d, option, inputs)], [...chosen, option]);
      // Whatever is chosen here, it does not help.
      if (!('inTheWay' in found) || !found.inTheWay.has(index)) return found;
      for (const other of found.inTheWay) inTheWay.add(other);
    }
    inTheWay.delete(index);
    return { inTheWay };
  };
  const found = search([], []);
  return 'inTheWay' in found ? undefined : found;
}
