// Where a virtual cluster keeps its data, and on how many replicas: never changed once it lives.
import type { Size } from '../catalog/schema.ts';
import { at } from '../json.ts';
import type { ObservedResource } from '../step.ts';
import { observedText } from './observed.ts';

export interface Store {
  /** `etcd`: deployed by the chart. Both are free of a license. */
  readonly kind: 'sqlite' | 'etcd';
  /** Of the control plane. */
  readonly replicas: number;
  /** Of etcd; 0 with sqlite. */
  readonly members: number;
  /** Size of each volume of the store. */
  readonly volume: string;
  /** What stays although the size says otherwise, and works: one sentence, or none. */
  readonly kept: readonly string[];
  /** What the size asks for and a living store cannot become: one sentence, or none. */
  readonly unresizable: readonly string[];
}

/** The chart's own default, so that a release without the value means the same. */
const VOLUME = '5Gi';
const VALUES = ['spec', 'forProvider', 'values', 'controlPlane'] as const;
const ETCD = [...VALUES, 'backingStore', 'etcd', 'deploy'] as const;

export function storeOf(
  size: NonNullable<Size['vcluster']>,
  release: ObservedResource | undefined,
): Store {
  const replicas = size.replicas ?? 1;
  if (release === undefined) return fresh(replicas);
  if (at(release.resource, ...ETCD, 'enabled') === true) return livingEtcd(replicas, release);
  return {
    kind: 'sqlite',
    // The chart renders several replicas on sqlite without a word, and each would have its own data.
    replicas: 1,
    members: 0,
    volume: volumeOf(release, ...VALUES, 'statefulSet'),
    kept: [],
    unresizable: replicas > 1 ? [kept('sqlite with 1 replica', `${replicas} replicas`)] : [],
  };
}

function fresh(replicas: number): Store {
  const volume = VOLUME;
  if (replicas === 1)
    return { kind: 'sqlite', replicas, members: 0, volume, kept: [], unresizable: [] };
  return {
    kind: 'etcd',
    replicas,
    members: membersFor(replicas),
    volume,
    kept: [],
    unresizable: [],
  };
}

/** An even number of members survives no more failures than one less. */
function membersFor(replicas: number): number {
  return replicas > 1 && replicas % 2 === 1 ? replicas : 3;
}

function livingEtcd(replicas: number, release: ObservedResource): Store {
  const running = at(release.resource, ...ETCD, 'statefulSet', 'highAvailability', 'replicas');
  const wanted = membersFor(replicas);
  // The chart's default is 1. Members start with `initial-cluster-state=new`: others could not join.
  const members = Number.isInteger(running) ? Number(running) : 1;
  const says = replicas === 1 ? '1 replica' : `${replicas} replicas`;
  const differs = replicas === 1 || members !== wanted;
  return {
    kind: 'etcd',
    replicas,
    members,
    volume: volumeOf(release, ...ETCD, 'statefulSet'),
    unresizable: [],
    kept: differs ? [kept(`etcd with ${members} member${members === 1 ? '' : 's'}`, says)] : [],
  };
}

function volumeOf(release: ObservedResource, ...statefulSet: readonly string[]): string {
  // Claims of a StatefulSet cannot be changed: the upgrade of the release would fail for good.
  return observedText(release, ...statefulSet, 'persistence', 'volumeClaim', 'size') ?? VOLUME;
}

function kept(runs: string, wanted: string): string {
  return `backing store stays ${runs}: ${wanted} would need another, which would replace the data`;
}
