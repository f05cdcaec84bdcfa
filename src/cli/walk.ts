// The versions that each component goes through in a play.
import type { Answer } from '../compose.ts';
import type { JsonObject } from '../step.ts';
import { keyOf, type VersionView, versionsOf } from './view.ts';

/** By cluster and component: a row of status for every version that it stands on, one after another. */
export function walksIn(answers: readonly Answer[]): ReadonlyMap<string, readonly VersionView[]> {
  const walks = new Map<string, VersionView[]>();
  for (const row of answers.flatMap(versionsOf)) {
    const walk = walks.get(keyOf(row)) ?? [];
    if (walk.at(-1)?.version !== row.version) walk.push(row);
    walks.set(keyOf(row), walk);
  }
  return walks;
}

/** The catalog without maintenance windows: upgrades make the same hops, only not when. */
export function withoutWindows(input: JsonObject): JsonObject {
  const { purposes } = input;
  if (typeof purposes !== 'object' || purposes === null) return input;
  return {
    ...input,
    purposes: Object.fromEntries(
      Object.entries(purposes).map(([name, purpose]) => {
        const { maintenance: _, ...rest } = purpose as JsonObject;
        return [name, rest];
      }),
    ),
  };
}
