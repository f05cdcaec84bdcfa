// The shortest way of a whole bundle from where it stands to where it should: one component moves at a time, and every
// `requires` that was met before holds at every hop. A* over catalog versions; the same input gives the same way.

import type { Decided, Inputs } from '../decided.ts';
import { unmetOf } from '../requirements.ts';
import { isSame, type Stand, keyOf as standKey } from './moves.ts';
import { aheadOf, decidedAt, rungsOf, standOf } from './stands.ts';
import { keyOf } from './targets.ts';

/** One move on the way. */
export interface Hop {
  readonly decided: Decided;
  readonly from: Stand;
  readonly to: Stand;
}

/** How one component alone could get to its target: every stand with its moves and the number of moves left. */
interface Ladder {
  readonly moves: ReadonlyMap<string, readonly Stand[]>;
  /** Moves that are left at least; a stand that does not lead there is not in it. */
  readonly left: ReadonlyMap<string, number>;
}

/** Bundles that are looked at before a search is given up. */
const MOST_NODES = 20_000;

/** Whether the component could get there if nothing else were in its way. */
export function isReachable(decided: Decided, target: Stand, inputs: Inputs): boolean {
  return ladderOf(decided, target, inputs).left.has(standKey(standOf(decided)));
}

function ladderOf(decided: Decided, target: Stand, inputs: Inputs): Ladder {
  const here = standOf(decided);
  const rungs = rungsOf(decided.need, here, target, inputs);
  const moves = new Map<string, readonly Stand[]>();
  const back = new Map<string, Stand[]>();
  const open: Stand[] = [here];
  for (let stand = open.pop(); stand !== undefined; stand = open.pop()) {
    const from = stand;
    if (moves.has(standKey(from))) continue;
    const next = isSame(from, target) ? [] : decided.need.moves(from, target, rungs);
    moves.set(standKey(from), next);
    for (const to of next) {
      back.set(standKey(to), [...(back.get(standKey(to)) ?? []), from]);
      open.push(to);
    }
  }
  return { moves, left: distances(target, back) };
}

function distances(
  target: Stand,
  back: ReadonlyMap<string, readonly Stand[]>,
): Map<string, number> {
  const left = new Map([[standKey(target), 0]]);
  let ring: readonly Stand[] = [target];
  for (let distance = 1; ring.length > 0; distance++) {
    const before = ring.flatMap((stand) => back.get(standKey(stand)) ?? []);
    ring = before.filter((stand) => !left.has(standKey(stand)));
    for (const stand of ring) left.set(standKey(stand), distance);
  }
  return left;
}

interface Node {
  readonly stands: readonly Stand[];
  readonly hops: readonly Hop[];
}

/**
 * @param targets where each component should come to stand
 * @param tolerated requirements that are unmet where everything stands now
 * @returns undefined: there is no way, or none was found among a bounded number of bundles
 */
export function routeOf(
  decided: readonly Decided[],
  targets: readonly Stand[],
  tolerated: ReadonlySet<string>,
  inputs: Inputs,
): readonly Hop[] | undefined {
  const ladders = decided.map((d, i) => ladderOf(d, targets[i] ?? standOf(d), inputs));
  const leftOf = (stands: readonly Stand[]) =>
    stands.reduce((sum, stand, i) => sum + (ladders[i]?.left.get(standKey(stand)) ?? Infinity), 0);
  const fits = bundleCheck(decided, tolerated, inputs);
  const start = decided.map(standOf);
  // By the length of the whole way: of those the deepest first, so that many equal ways cost little.
  const open = new Map<number, Node[]>();
  const put = (node: Node) => {
    const length = node.hops.length + leftOf(node.stands);
    if (length < Infinity) open.set(length, [...(open.get(length) ?? []), node]);
  };
  put({ stands: start, hops: [] });
  const seen = new Set<string>();
  while (open.size > 0 && seen.size < MOST_NODES) {
    const shortest = Math.min(...open.keys());
    const node = open.get(shortest)?.pop();
    if (node === undefined) {
      open.delete(shortest);
      continue;
    }
    if (leftOf(node.stands) === 0) return node.hops;
    const key = node.stands.map(standKey).join('|');
    if (seen.has(key)) continue;
    seen.add(key);
    for (const hop of hopsFrom(node, decided, ladders).reverse()) {
      const index = decided.indexOf(hop.decided);
      const stands = node.stands.map((stand, i) => (i === index ? hop.to : stand));
      if (fits(stands)) put({ stands, hops: [...node.hops, hop] });
    }
  }
  return undefined;
}

function hopsFrom(node: Node, decided: readonly Decided[], ladders: readonly Ladder[]): Hop[] {
  return decided.flatMap((d, i) => {
    const from = node.stands[i];
    if (from === undefined) return [];
    return (ladders[i]?.moves.get(standKey(from)) ?? []).map((to) => ({ decided: d, from, to }));
  });
}

/** Whether a bundle breaks nothing that was met before. */
function bundleCheck(
  decided: readonly Decided[],
  tolerated: ReadonlySet<string>,
  inputs: Inputs,
): (stands: readonly Stand[]) => boolean {
  const placed = new Map<string, Decided>();
  const at = (d: Decided, index: number, stand: Stand): Decided => {
    const key = `${index} ${standKey(stand)}`;
    const known = placed.get(key) ?? decidedAt(d, stand, inputs);
    placed.set(key, known);
    return known;
  };
  return (stands) => {
    const all = decided.map((d, i) => at(d, i, stands[i] ?? standOf(d)));
    // What has gone ahead needs what its own version needs.
    const ahead = decided.flatMap((d, i) => aheadOf(d, stands[i] ?? standOf(d), inputs) ?? []);
    const broken = [
      ...unmetOf(all, inputs.surroundings),
      ...ahead.flatMap((d) =>
        unmetOf(
          [d, ...all.filter((other) => other.need.component !== d.need.component)],
          inputs.surroundings,
        ).filter((r) => r.dependent === d),
      ),
    ];
    return broken.every((r) => tolerated.has(keyOf(r)));
  };
}
