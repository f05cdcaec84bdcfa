// What is already there of an environment: where it lives, and what it remembers.
import { type Accepted, acceptedOf } from './accepted.ts';
import { clusters } from './clusters/index.ts';
import type { Home } from './context.ts';
import { text } from './json.ts';
import { LABELS } from './manifests/common.ts';
import { hashIn } from './manifests/names.ts';
import type { Problem } from './problem.ts';
import { CLUSTER_TYPES, type ClusterType } from './spec.ts';
import type { JsonObject, Observed } from './step.ts';

export interface Survey {
  /** Our own composed resources: those of other pipeline steps are none of our business. */
  readonly ours: Observed;
  /** Where the environment lives; undefined: it does not exist yet. */
  readonly type: ClusterType | undefined;
  /** Composition resource name of what remembers: the cluster itself, or before it exists its namespace. */
  readonly anchor: string | undefined;
  readonly accepted: Accepted | undefined;
  /** The hash in names that exist, by home. */
  hash(home: Home): string | undefined;
  readonly problems: readonly Problem[];
}

export function anchorName(home: Home, type: ClusterType): string {
  return `${home}-${clusters[type].anchor}`;
}

/**
 * What remembers, the first that exists: the cluster itself. A vcluster's namespace exists before it,
 * and what was accepted then must hold too.
 */
export function memoryNames(type: ClusterType): readonly string[] {
  return type === 'gke' ? [anchorName(type, type)] : [anchorName(type, type), `${type}-namespace`];
}

/** @param foreign composition resource names that earlier steps of the pipeline desire */
export function surveyOf(observed: Observed, foreign: ReadonlySet<string>): Survey {
  const ours: Observed = new Map(
    [...observed]
      .filter(([name, { resource }]) => isOurs(name, resource, foreign))
      // The order of a map on the wire is random.
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const anchored = CLUSTER_TYPES.filter((type) => ours.has(anchorName(type, type)));
  const housed = CLUSTER_TYPES.filter((type) =>
    [...ours.keys()].some((name) => name.startsWith(`${type}-`)),
  );
  const type = anchored[0] ?? housed[0];
  const anchor = type === undefined ? undefined : memoryNames(type).find((name) => ours.has(name));
  return {
    ours,
    type,
    anchor,
    accepted: acceptedOf(anchor === undefined ? undefined : ours.get(anchor)),
    hash: (home) => hashOf(ours, home),
    problems:
      anchored.length < 2
        ? []
        : [
            {
              reason: 'ChangeNotPossible',
              path: 'spec.cluster.type',
              message: `both ${anchored.map((t) => anchorName(t, t)).join(' and ')} are composed here, and an environment lives in one cluster; nothing is touched until one of them is taken out of the composite's resource references`,
              always: true,
            },
          ],
  };
}

/** By label and name: what other steps of the pipeline compose is none of our business. */
function isOurs(name: string, resource: JsonObject, foreign: ReadonlySet<string>): boolean {
  if (CLUSTER_TYPES.some((type) => memoryNames(type).includes(name))) return true;
  if (foreign.has(name) || !/^(gke|vcluster|ci|tools)-/.test(name)) return false;
  return (
    text(resource, 'kind') !== undefined &&
    text(resource, 'metadata', 'labels', LABELS.environment) !== undefined
  );
}

/** From the cluster itself, or, if somebody deleted that, from anything else that is called after it. */
function hashOf(ours: Observed, home: Home): string | undefined {
  const kind = home === 'gke' ? clusters.gke : clusters.vcluster;
  const known = home === 'tools' ? undefined : hashIn(kind.observedName(ours, home));
  if (known !== undefined) return known;
  for (const [name, { resource }] of ours) {
    if (!name.startsWith(`${home}-`)) continue;
    const suffix = name.slice(home.length);
    const called = text(resource, 'metadata', 'name') ?? '';
    const bare = called.endsWith(suffix)
      ? called.slice(0, -suffix.length)
      : called.replace(/-usage-[0-9a-f]+$/, '');
    const found = bare === called ? undefined : hashIn(bare);
    if (found !== undefined) return found;
  }
  return undefined;
}
