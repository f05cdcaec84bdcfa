// The state of a version at a moment, from its dates. Pure; the model is Gardener's.
import type { ClusterType } from '../spec.ts';
import { compareVersions, isExact, means, plain } from './compare.ts';
import type { Component, VersionEntry } from './schema.ts';

export type Lifecycle = 'preview' | 'supported' | 'deprecated' | 'expired';

export interface State {
  readonly state: Lifecycle;
  /** Reason on VersionsBlessed. */
  readonly reason: 'Blessed' | 'Deprecated' | 'Expired' | 'NotInCatalog' | 'Blocked';
  /** Why, for people: `deprecated since 2026-11-03`. */
  readonly why: string;
}

/** @param entry undefined: the catalog has no such version */
export function stateOf(entry: VersionEntry | undefined, now: Date): State {
  if (entry === undefined)
    return { state: 'expired', reason: 'NotInCatalog', why: 'not in the catalog' };
  if (entry.blocked !== undefined) {
    return { state: 'expired', reason: 'Blocked', why: `blocked: ${entry.blocked}` };
  }
  if (reached(entry.expires, now)) {
    return { state: 'expired', reason: 'Expired', why: `expired since ${entry.expires}` };
  }
  if (reached(entry.deprecated, now)) {
    return {
      state: 'deprecated',
      reason: 'Deprecated',
      why: `deprecated since ${entry.deprecated}`,
    };
  }
  if (entry.supported !== undefined && !reached(entry.supported, now)) {
    return { state: 'preview', reason: 'Blessed', why: `a preview until ${entry.supported}` };
  }
  return { state: 'supported', reason: 'Blessed', why: 'supported' };
}

function reached(date: string | undefined, now: Date): boolean {
  return date !== undefined && Date.parse(date) <= now.getTime();
}

/** The entries of a component for a cluster type; one only for that type hides a general one of the same version. */
export function entriesFor(
  component: Component | undefined,
  type: ClusterType | undefined,
): readonly VersionEntry[] {
  const fitting = (component?.versions ?? []).filter(
    (entry) => entry.clusters === undefined || type === undefined || entry.clusters.includes(type),
  );
  return fitting.filter(
    (entry) =>
      entry.clusters !== undefined ||
      !fitting.some(
        (other) => other.clusters !== undefined && plain(other.version) === plain(entry.version),
      ),
  );
}

/** The entry that spec names: an entry's version as written, a leading v aside. */
export function entryNamed(
  entries: readonly VersionEntry[],
  version: string,
): VersionEntry | undefined {
  return entries.find((entry) => plain(entry.version) === plain(version));
}

/** The entry that something running belongs to: by its chart, exactly, or by major.minor. */
export function entryRunning(
  entries: readonly VersionEntry[],
  running: string,
): VersionEntry | undefined {
  const same = (a: string | undefined) => a !== undefined && plain(a) === plain(running);
  return (
    entries.find((e) => same(e.chart) || same(e.image)) ??
    entries.find((e) => same(e.version)) ??
    entries.find((e) => isExact(e.version) && means(e.version, running)) ??
    entries.find((e) => means(e.version, running))
  );
}

export function newestFirst(entries: readonly VersionEntry[]): VersionEntry[] {
  return [...entries].sort((a, b) => compareVersions(b.version, a.version));
}

/** All days on which the state of an entry changes. */
export function datesOf(entry: VersionEntry): string[] {
  return [entry.supported, entry.deprecated, entry.expires].filter((d) => d !== undefined);
}
