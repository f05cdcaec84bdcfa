// Which of the components that move have to do with each other: by a requirement that is not met everywhere on the way.
import { satisfies } from '../catalog/compare.ts';
import { entryNamed } from '../catalog/lifecycle.ts';
import type { Decided, Inputs } from '../decided.ts';
import { own } from '../json.ts';
import type { Stand } from './moves.ts';
import { entriesOf, rungsOf, standOf } from './stands.ts';

/** In the order of the components. */
export function groupsOf(
  movers: readonly Decided[],
  targetOf: (d: Decided) => Stand,
  inputs: Inputs,
): readonly (readonly Decided[])[] {
  const versions = new Map(
    movers.map((d) => {
      const target = targetOf(d);
      const rungs = rungsOf(d.need, standOf(d), target, inputs).map((rung) => rung.version);
      return [d, [...new Set([d.need.running ?? d.version, d.version, target.version, ...rungs])]];
    }),
  );
  const needs = (dependent: Decided, provider: Decided) => {
    const entries = entriesOf(dependent.need, inputs);
    return (versions.get(dependent) ?? []).some((version) => {
      const range = own(entryNamed(entries, version)?.requires, provider.need.component);
      if (range === undefined) return false;
      return (versions.get(provider) ?? []).some((other) => !satisfies(other, range));
    });
  };
  let groups: readonly (readonly Decided[])[] = [];
  for (const d of movers) {
    const near = groups.filter((group) => group.some((e) => needs(d, e) || needs(e, d)));
    const joined = movers.filter((e) => e === d || near.some((group) => group.includes(e)));
    groups = [...groups.filter((group) => !near.includes(group)), joined];
  }
  return groups.toSorted((a, b) => first(a, movers) - first(b, movers));
}

function first(group: readonly Decided[], movers: readonly Decided[]): number {
  return movers.findIndex((d) => group.includes(d));
}
