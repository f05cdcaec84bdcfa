// The journey of an environment: what moves, by which hops, and of what does not move, why.

import type { Decided, Inputs } from '../decided.ts';
import type { Problem } from '../problem.ts';
import { keyOf, unmetKeys, unmetOf } from '../requirements.ts';
import { changeProblem, incompatible } from '../versions.ts';
import { groupsOf } from './groups.ts';
import { isSame, type Stand } from './moves.ts';
import { type Hop, isReachable, routeOf } from './route.ts';
import { decidedAt, gapBetween, standOf } from './stands.ts';
import { type Aims, aimsOf, type Mode } from './targets.ts';

/** Bundles that are looked at for a part of what moves, when there is no way for all of it. */
const MOST_OF_PART = 6_000;

export interface Journey {
  /** What is to be done, one after another. */
  readonly hops: readonly Hop[];
  /** The components as they stand, with what is next for them. */
  readonly decided: readonly Decided[];
  /** What a developer asks for and cannot be had: it fits nothing, or there is no way to it. */
  readonly problems: readonly Problem[];
}

export function journeyOf(decided: readonly Decided[], inputs: Inputs): Journey {
  const real = routed(decided, 'real', inputs);
  // What is only due is told, so that nobody has to guess what `automatic` or a change of spec would do.
  const due = isAllReal(decided, inputs) ? real : routed(decided, 'due', inputs);
  const told = new Map(
    decided.map((d) => [d, standing(withNext(d, real.moves.has(d) ? real : due), real.hops, d)]),
  );
  return {
    // What has been taken away and has nothing more to wait for comes back as anything new does.
    hops: real.hops
      .filter(({ from, to }) => from.away !== true || to.away === true)
      .map((hop) => ({ ...hop, decided: told.get(hop.decided) ?? hop.decided })),
    decided: decided.map((d) => told.get(d) ?? d),
    problems: problemsOf(decided, real, inputs),
  };
}

/** In the middle of a replacement as long as there is something left of it to do. */
function standing(told: Decided, hops: readonly Hop[], d: Decided): Decided {
  if (d.need.away !== true || told.chosen === undefined) return told;
  const first = hops.find((hop) => hop.decided === d);
  return first?.to.away === true ? { ...told, chosen: { ...told.chosen, away: true } } : told;
}

function problemsOf(decided: readonly Decided[], real: Routed, inputs: Inputs): Problem[] {
  const asked = decided.filter((d) => d.need.pinned && d.need.running !== undefined);
  const ways = asked.flatMap((d) => {
    const why = real.stuck.get(d);
    return why === undefined ? [] : [changeProblem(d.need, why)];
  });
  if (real.aims.fits) return ways;
  const tolerated = unmetKeys(decided, inputs);
  const there = decided.map((d) => decidedAt(d, real.aims.stands.get(d) ?? standOf(d), inputs));
  return [
    ...ways,
    ...unmetOf(there, inputs.surroundings)
      .filter((r) => !tolerated.has(keyOf(r)))
      .map((r) => incompatible(r, inputs)),
  ];
}

/** Nothing is held by hand: what is due is what is done. */
function isAllReal(decided: readonly Decided[], { upgrades }: Inputs): boolean {
  if (upgrades !== 'automatic') return false;
  return decided.every((d) => d.need.asked === undefined && d.waiver === undefined);
}

interface Routed {
  readonly aims: Aims;
  readonly hops: readonly Hop[];
  /** Components that move. */
  readonly moves: ReadonlySet<Decided>;
  /** Why a component with another target does not move. */
  readonly stuck: ReadonlyMap<Decided, string>;
}

function routed(decided: readonly Decided[], mode: Mode, inputs: Inputs): Routed {
  const aims = aimsOf(decided, mode, inputs);
  const targetOf = (d: Decided) => aims.stands.get(d) ?? standOf(d);
  const stuck = new Map<Decided, string>();
  // Nothing moves as long as what a developer asks for fits nothing.
  const movable = aims.fits ? decided : [];
  const movers = movable.filter((d) => {
    const target = targetOf(d);
    if (isSame(target, standOf(d))) return false;
    if (isReachable(d, target, inputs)) return true;
    stuck.set(d, gapBetween(d.need, standOf(d), target, inputs));
    return false;
  });
  const { hops, left } = furthest(decided, movers, targetOf, inputs);
  for (const d of left) stuck.set(d, conflictOf(d, targetOf(d), decided, inputs));
  const moves = new Set(movers.filter((d) => !left.includes(d)));
  return { aims, hops, moves, stuck };
}

interface Way {
  readonly hops: readonly Hop[];
  /** Those for whom there is no way. */
  readonly left: readonly Decided[];
}

/** What has nothing to do with each other is searched apart, so that a knot holds up nobody else, and costs little. */
function furthest(
  decided: readonly Decided[],
  movers: readonly Decided[],
  targetOf: (d: Decided) => Stand,
  inputs: Inputs,
): Way {
  const tolerated = unmetKeys(decided, inputs);
  const ways = groupsOf(movers, targetOf, inputs).map((group) =>
    furthestOf(group, (moving, most) => {
      const targets = decided.map((d) => (moving.includes(d) ? targetOf(d) : standOf(d)));
      return routeOf(decided, targets, tolerated, inputs, most);
    }),
  );
  return { hops: ways.flatMap((way) => way.hops), left: ways.flatMap((way) => way.left) };
}

/** The way of all; if there is none, of as many as can, in the order of the components. */
function furthestOf(
  movers: readonly Decided[],
  way: (moving: readonly Decided[], most?: number) => readonly Hop[] | undefined,
): Way {
  const all = way(movers);
  if (all !== undefined) return { hops: all, left: [] };
  let moving: readonly Decided[] = [];
  let hops: readonly Hop[] = [];
  for (let grown = true; grown; ) {
    grown = false;
    for (const d of movers.filter((mover) => !moving.includes(mover))) {
      const longer = way([...moving, d], MOST_OF_PART);
      if (longer === undefined) continue;
      moving = [...moving, d];
      hops = longer;
      grown = true;
    }
  }
  return { hops, left: movers.filter((d) => !moving.includes(d)) };
}

function conflictOf(
  d: Decided,
  target: Stand,
  decided: readonly Decided[],
  inputs: Inputs,
): string {
  const moved = decided.map((other) => (other === d ? decidedAt(d, target, inputs) : other));
  const broken = unmetOf(moved, inputs.surroundings).filter(
    (r) => r.dependent.need.component === d.need.component || r.component === d.need.component,
  );
  const first = broken[0];
  const why =
    first === undefined
      ? 'some version that is needed on the way is not in the catalog'
      : `${first.dependent.need.component} ${first.dependent.version} needs ${first.component} ${first.range}`;
  return `there is no way from ${d.need.component} ${d.version} to ${target.version}: ${why}`;
}

function withNext(d: Decided, { aims, hops, stuck, moves }: Routed): Decided {
  const target = aims.stands.get(d);
  const halted = stuck.get(d);
  if (halted !== undefined) return { ...d, next: undefined, halted };
  if (target === undefined || !moves.has(d)) return d;
  const route = routeVersions(d, hops);
  // Another chart of the same version is nothing that anybody has to know of beforehand.
  if (route.length === 1) return d;
  return { ...d, next: route[1], target: target.version, route };
}

/** `1.21, 1.22, 1.23`: what the component stands on, one after another. */
function routeVersions(d: Decided, hops: readonly Hop[]): string[] {
  const versions = hops.filter((hop) => hop.decided === d).map((hop) => hop.to.version);
  return [...new Set([d.version, ...versions])];
}
