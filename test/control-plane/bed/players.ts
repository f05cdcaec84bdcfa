/** Plays what runs inside clusters: the kubelet of the stand-in charts, vcluster's syncer, Knative's operator. */
import { at, text } from '../../../src/json.ts';
import type { KubernetesObject } from '../documents.ts';
import { STAND_IN } from './charts.ts';
import type { Change } from './follow.ts';
import type { Kube } from './kube.ts';
import { condition, isGoing, isReady, secret, withFinalizer } from './objects.ts';
import { kinds, labelOf, refOf } from './resources.ts';
import { emptied } from './virtual.ts';

export interface Players {
  /** What is neither to become ready nor to go: by release name, or that of a KnativeServing. */
  hold(held: ((release: string) => boolean) | undefined): void;
  stop(): void;
}

const FINALIZER = 'knativeservings.operator.knative.dev';
const LOOK_AGAIN_MS = 200;
const REFRESH_MS = 5_000;

export interface Clusters {
  readonly host: Kube;
  readonly remote: Kube;
  /** Of the remote, for who owns a virtual cluster. */
  readonly kubeconfig: string;
}

export function startPlayers({ host, remote, kubeconfig }: Clusters): Players {
  const sets = {
    host: new Map<string, KubernetesObject>(),
    remote: new Map<string, KubernetesObject>(),
  };
  let held: ((release: string) => boolean) | undefined;

  /** The kubelet: whatever is installed runs. */
  async function run(cluster: 'host' | 'remote', key: string): Promise<void> {
    const set = sets[cluster].get(key);
    const name = set?.metadata?.name ?? '';
    if (set === undefined || isGoing(set) || held?.(name)) return;
    const kube = cluster === 'host' ? host : remote;
    const observedGeneration = at(set, 'metadata', 'generation');
    if (at(set, 'status', 'observedGeneration') === observedGeneration) return;
    const counts = { replicas: 1, readyReplicas: 1, updatedReplicas: 1, currentReplicas: 1 };
    const revisions = { currentRevision: '1', updateRevision: '1', availableReplicas: 1 };
    const status = { observedGeneration, ...counts, ...revisions };
    if (isVcluster(set)) {
      // The syncer: the kubeconfig is there when the virtual cluster runs.
      const namespace = set.metadata?.namespace ?? '';
      await kube.apply(secret(set, `vc-${name}`, namespace, { config: kubeconfig }));
    }
    await kube.patch(refOf(set), { status }, 'status');
  }

  function observe(cluster: 'host' | 'remote', object: KubernetesObject): void {
    if (text(object, 'metadata', 'labels', STAND_IN) === undefined) return;
    const key = `${object.metadata?.namespace}/${labelOf(object)}`;
    sets[cluster].set(key, object);
    again(() => run(cluster, key));
  }

  function kubelet(cluster: 'host' | 'remote') {
    return ({ type, object }: Change) => {
      if (type !== 'DELETED') return observe(cluster, object);
      sets[cluster].delete(`${object.metadata?.namespace}/${labelOf(object)}`);
      if (isVcluster(object)) again(() => die(object.metadata?.name ?? ''));
    };
  }

  /** A virtual cluster takes along what is inside. */
  async function die(release: string): Promise<void> {
    const others = (await host.list(kinds.statefulSet)).filter(isVcluster);
    await emptied(remote, release, others.length === 0);
  }

  function operates(): boolean {
    return [...sets.remote.values()].some(
      (set) => text(set, 'metadata', 'labels', STAND_IN) === 'knative-operator' && !isGoing(set),
    );
  }

  /** The operator: without it nothing becomes ready, and nothing with its finalizer goes. */
  async function operate(serving: KubernetesObject): Promise<void> {
    const now = await remote.get(refOf(serving));
    if (now === undefined) return;
    if (!operates() || held?.(refOf(now).name)) throw new Error('the operator does nothing');
    if (isGoing(now)) return withFinalizer(remote, now, FINALIZER, false);
    await withFinalizer(remote, now, FINALIZER, true);
    const version = text(now, 'spec', 'version');
    if (isReady(now) && text(now, 'status', 'version') === version) return;
    const conditions = ['DependenciesInstalled', 'Ready'].map((type) =>
      condition(type, 'True', 'Installed'),
    );
    await remote.patch(refOf(now), { status: { version, conditions } }, 'status');
  }

  let stopped = false;
  /** Until it succeeds: conflicts, and API servers that are away, pass. */
  function again(act: () => Promise<void>): void {
    act().catch(() => {
      if (!stopped) setTimeout(() => again(act), LOOK_AGAIN_MS).unref();
    });
  }

  /** What a watch has missed, for whatever reason, is not missed for long. */
  async function refresh(cluster: 'host' | 'remote'): Promise<void> {
    const all = await (cluster === 'host' ? host : remote).list(kinds.statefulSet);
    sets[cluster].clear();
    for (const object of all) observe(cluster, object);
  }
  const refreshing = setInterval(() => {
    for (const cluster of ['host', 'remote'] as const) refresh(cluster).catch(() => undefined);
  }, REFRESH_MS).unref();

  const stops = [
    host.watch(kinds.statefulSet, kubelet('host')),
    remote.watch(kinds.statefulSet, kubelet('remote')),
    remote.watch(kinds.serving, ({ type, object }) => {
      if (type !== 'DELETED') again(() => operate(object));
    }),
  ];
  return {
    hold(predicate) {
      held = predicate;
      for (const key of sets.host.keys()) again(() => run('host', key));
      for (const key of sets.remote.keys()) again(() => run('remote', key));
    },
    stop() {
      stopped = true;
      clearInterval(refreshing);
      for (const stop of stops) stop();
    },
  };
}

function isVcluster(set: KubernetesObject): boolean {
  return text(set, 'metadata', 'labels', STAND_IN) === 'vcluster';
}
