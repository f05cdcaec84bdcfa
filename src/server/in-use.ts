// Which versions the environments run that were seen lately. Every environment is looked at every ten minutes or so.
import type { Account, VersionInUse } from './account.ts';

export interface InUse {
  /** @param now milliseconds of a clock that never goes back */
  saw(account: Account, now: number): void;
  versions(now: number): Iterable<VersionInUse>;
}

/** With several replicas an environment's next look may be at another one. */
const FORGET_AFTER_MS = 30 * 60_000;
const MOST_ENVIRONMENTS = 20_000;

interface Seen {
  readonly at: number;
  readonly versions: readonly VersionInUse[];
}

export function makeInUse(): InUse {
  /** The one that was seen last is last. */
  const seen = new Map<string, Seen>();
  const forget = (now: number) => {
    for (const [name, { at }] of seen) {
      if (seen.size <= MOST_ENVIRONMENTS && now - at < FORGET_AFTER_MS) return;
      seen.delete(name);
    }
  };
  return {
    saw({ composite: { kind, environment }, refused, versions }, now) {
      const name = `${kind} ${environment}`;
      // What is refused stays as it is; an answer without versions says nothing about them.
      const latest = refused === undefined ? versions : seen.get(name)?.versions;
      seen.delete(name);
      if (latest !== undefined) seen.set(name, { at: now, versions: latest });
      forget(now);
    },
    *versions(now) {
      forget(now);
      for (const { versions } of seen.values()) yield* versions;
    },
  };
}
