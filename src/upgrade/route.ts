// The shortest way of a whole bundle from where it stands to where it should: one component moves at a time, and every
// `requires` that was met before holds at every hop. A* over catalog versions; the same input gives the same way.

import type { Decided, Inputs } from '../decided.ts';
import { own } from '../json.ts';
import { keyOf, unmetOf } from '../requirements.ts';
import { isSame, type Stand, keyOf as standKey } from './moves.ts';
import { aheadOf, decidedAt, entriesOf, rungsOf, standOf } from './stands.ts';

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

/** Bundles that are looked at before a search is given up: thirty tools that all move need five thousand. */
const MOST_BUNDLES = 30_000;

/** Whether the component could get there if nothing else were in its way. */
export function isReachable(decided: Decided, target: Stand, inputs: Inputs): boolean {
  return ladderOf(decided, target, inputs).left.has(standKey(standOf(decided)));
}

function ladderOf(decided: Decided, target: Stand, inputs: Inputs): Ladder {
  const here = standOf(decided);
  if (isSame(here, target)) return { moves: new Map(), left: new Map([[standKey(here), 0]]) };
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

/** A component, standing somewhere on the way. */
interface Placed {
  readonly stand: Stand;
  readonly decided: Decided;
  /** What has gone ahead there: it needs what its own version needs. */
  readonly ahead: Decided | undefined;
}

interface Node {
  readonly placed: readonly Placed[];
  readonly before: { readonly node: Node; readonly hop: Hop } | undefined;
  readonly length: number;
  /** Moves that are left at least. */
  readonly left: number;
}

/**
 * @param targets where each component should come to stand
 * @param tolerated requirements that are unmet where everything stands now
 * @param most bundles that are looked at before the search is given up
 * @returns undefined: there is no way, or none was found among a bounded number of bundles
 */
export function routeOf(
  decided: readonly Decided[],
  targets: readonly Stand[],
  tolerated: ReadonlySet<string>,
  inputs: Inputs,
  most: number = MOST_BUNDLES,
): readonly Hop[] | undefined {
  const ladders = decided.map((d, i) => ladderOf(d, targets[i] ?? standOf(d), inputs));
  const leftOf = (stand: Stand, i: number) => ladders[i]?.left.get(standKey(stand)) ?? Infinity;
  const fits = moveCheck(decided, tolerated, inputs);
  const place = placing(inputs);
  // By the length of the whole way: of those the deepest first, so that many equal ways cost little.
  const open = new Map<number, Node[]>();
  const put = (node: Node) => {
    const list = open.get(node.length + node.left) ?? [];
    list.push(node);
    open.set(node.length + node.left, list);
  };
  const start = decided.map((d) => place(d, standOf(d)));
  const left = start.reduce((sum, { stand }, i) => sum + leftOf(stand, i), 0);
  put({ placed: start, before: undefined, length: 0, left });
  const seen = new Set<string>();
  for (let looked = 0; open.size > 0 && looked < most; ) {
    const shortest = Math.min(...open.keys());
    const node = open.get(shortest)?.pop();
    if (node === undefined) {
      open.delete(shortest);
      continue;
    }
    if (node.left === 0) return hopsTo(node);
    const key = node.placed.map(({ stand }) => standKey(stand)).join('|');
    if (seen.has(key)) continue;
    seen.add(key);
    for (const { hop, index } of hopsFrom(node, decided, ladders).reverse()) {
      const fewer = node.left - leftOf(hop.from, index) + leftOf(hop.to, index);
      const placed = node.placed.map((p, i) => (i === index ? place(hop.decided, hop.to) : p));
      looked++;
      if (fewer < Infinity && fits(placed, index))
        put({ placed, before: { node, hop }, length: node.length + 1, left: fewer });
    }
  }
  return undefined;
}

function hopsTo({ before }: Node): Hop[] {
  return before === undefined ? [] : [...hopsTo(before.node), before.hop];
}

function hopsFrom(node: Node, decided: readonly Decided[], ladders: readonly Ladder[]) {
  return decided.flatMap((d, index) => {
    const from = node.placed[index]?.stand;
    if (from === undefined) return [];
    const moves = ladders[index]?.moves.get(standKey(from)) ?? [];
    return moves.map((to) => ({ hop: { decided: d, from, to }, index }));
  });
}

/** Worked out once for each stand of each component. */
function placing(inputs: Inputs): (d: Decided, stand: Stand) => Placed {
  const known = new Map<Decided, Map<string, Placed>>();
  return (d, stand) => {
    const stands = known.get(d) ?? new Map<string, Placed>();
    known.set(d, stands);
    const placed = stands.get(standKey(stand)) ?? {
      stand,
      decided: decidedAt(d, stand, inputs),
      ahead: aheadOf(d, stand, inputs),
    };
    stands.set(standKey(stand), placed);
    return placed;
  };
}

/** Whether the move of one component breaks nothing that was met before: what it requires, and what requires it. */
function moveCheck(
  decided: readonly Decided[],
  tolerated: ReadonlySet<string>,
  inputs: Inputs,
): (placed: readonly Placed[], moved: number) => boolean {
  const known = new Map<number, readonly number[]>();
  const concernedBy = (moved: number): readonly number[] => {
    const component = decided[moved]?.need.component ?? '';
    const concerned = decided.flatMap(({ need }, i) => {
      const entries = i === moved ? [] : entriesOf(need, inputs);
      const requires = entries.some((entry) => own(entry.requires, component) !== undefined);
      return i === moved || requires ? [i] : [];
    });
    known.set(moved, concerned);
    return concerned;
  };
  return (placed, moved) => {
    const all = placed.map((p) => p.decided);
    return (known.get(moved) ?? concernedBy(moved))
      .flatMap((i) => placed[i] ?? [])
      .flatMap(({ decided: d, ahead }) => [
        ...unmetOf(all, inputs.surroundings, [d]),
        ...(ahead === undefined ? [] : unmetOf(all, inputs.surroundings, [ahead])),
      ])
      .every((r) => tolerated.has(keyOf(r)));
  };
}
