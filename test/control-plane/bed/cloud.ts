/** Plays provider-gcp and the cloud behind it: clusters and node pools come up, change and go, as slowly as told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { at, text } from '../../../src/json.ts';
import type { KubernetesObject } from '../documents.ts';
import type { Kube } from './kube.ts';
import { condition, connectionSecret, withFinalizer } from './objects.ts';
import { composedKinds, type Ref, refOf, uidOf } from './resources.ts';
import { contentOf, emptied } from './virtual.ts';

export interface Cloud {
  /** Milliseconds until a cluster or a pool is there, or gone. */
  slowness: number;
  /** Why new ones fail; undefined: they do not. */
  failure: string | undefined;
  /** What was still inside the last cluster when it went. */
  inside: readonly string[];
  /** A cluster is Ready, or is not, by the cloud's will. */
  setReady(ref: Ref, ready: boolean): Promise<void>;
  /** The release channel moves a cluster. */
  setVersion(ref: Ref, version: string): Promise<void>;
  stop(): void;
}

const FINALIZER = 'finalizer.managedresource.crossplane.io';
const LOOK_AGAIN_MS = 200;
/** How slow it is unless told. */
export const QUICK = 300;

/** @param kubeconfig of `remote`, which plays all clusters that it makes, without a login */
export function startCloud(host: Kube, remote: Kube, kubeconfig: string): Cloud {
  const busy = new Set<string>();
  const missed = new Set<string>();
  const stops = Object.values(composedKinds).flatMap(({ cluster, nodePool }) =>
    [cluster, nodePool].map((type) =>
      host.watch(type, ({ type: change, object }) => {
        if (change !== 'DELETED') void look(object);
      }),
    ),
  );
  let stopped = false;
  let emptying = '';

  const cloud: Cloud = {
    slowness: QUICK,
    failure: undefined,
    inside: [],
    async setReady(ref, ready) {
      const changed = ready
        ? condition('Ready', 'True', 'Available')
        : condition('Ready', 'False', 'Unavailable');
      await host.patch(ref, { status: { conditions: [synced, changed] } }, 'status');
    },
    async setVersion(ref, masterVersion) {
      await host.patch(ref, { status: { atProvider: { masterVersion } } }, 'status');
    },
    stop() {
      stopped = true;
      for (const stop of stops) stop();
    },
  };

  /** One at a time for each object; what happens meanwhile is looked at afterwards. */
  async function look(object: KubernetesObject): Promise<void> {
    const uid = uidOf(object);
    if (busy.has(uid)) {
      missed.add(uid);
      return;
    }
    busy.add(uid);
    let more = true;
    while (more && !stopped) {
      missed.delete(uid);
      // A conflict, or an API server that is being restarted: looked at again.
      const unfinished = await act(refOf(object)).catch(() => true);
      if (unfinished) await sleep(LOOK_AGAIN_MS);
      more = unfinished || missed.has(uid);
    }
    busy.delete(uid);
  }

  /** True: there is more to do. */
  async function act(ref: Ref): Promise<boolean> {
    const object = await host.get(ref);
    if (object === undefined) return false;
    if (at(object, 'metadata', 'deletionTimestamp') !== undefined) {
      await end(object);
      return false;
    }
    await withFinalizer(host, object, FINALIZER, true);
    // Once it is there, only `setReady`, `setVersion` and another wish change it.
    if (isMade(object)) return upgrade(ref, object);
    if (cloud.failure !== undefined) {
      const failed = condition('Synced', 'False', 'ReconcileError', cloud.failure);
      await host.patch(ref, { status: { conditions: [failed] } }, 'status');
      return true;
    }
    await create(ref, object);
    return false;
  }

  async function end(object: KubernetesObject): Promise<void> {
    await sleep(cloud.slowness);
    if (object.kind === 'Cluster') {
      // A conflict brings us here again, when it is empty already.
      const uid = uidOf(object);
      if (emptying !== uid) cloud.inside = await contentOf(remote).catch(() => []);
      emptying = uid;
      // A cluster that has vanished takes nothing along.
      await emptied(remote, '', true).catch(() => undefined);
    }
    await withFinalizer(host, object, FINALIZER, false);
  }

  /** The control plane follows what is asked for, if that is newer; Ready all the while. */
  async function upgrade(ref: Ref, object: KubernetesObject): Promise<boolean> {
    const wanted = text(object, 'spec', 'forProvider', 'minMasterVersion');
    const runs = text(object, 'status', 'atProvider', 'masterVersion');
    if (wanted === undefined || runs === undefined || minorOf(wanted) <= minorOf(runs))
      return false;
    await sleep(cloud.slowness);
    await cloud.setVersion(ref, `${wanted}${PATCH}`);
    return false;
  }

  async function create(ref: Ref, object: KubernetesObject): Promise<void> {
    const creating = condition('Ready', 'False', 'Creating');
    await host.patch(ref, { status: { conditions: [synced, creating] } }, 'status');
    await sleep(cloud.slowness);
    const minor = text(object, 'spec', 'forProvider', 'minMasterVersion');
    const isCluster = object.kind === 'Cluster';
    if (isCluster) await host.apply(connectionSecret(object, { kubeconfig }));
    const atProvider = isCluster
      ? { endpoint: '127.0.0.1', masterVersion: `${minor}${PATCH}` }
      : {};
    const conditions = [synced, condition('Ready', 'True', 'Available')];
    await host.patch(ref, { status: { atProvider, conditions } }, 'status');
  }

  return cloud;
}

/** What Google has of every minor. */
const PATCH = '.7-gke.1222000';

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

const synced = condition('Synced', 'True', 'ReconcileSuccess');

function isMade(object: KubernetesObject): boolean {
  const conditions = at(object, 'status', 'conditions');
  const found = Array.isArray(conditions) ? conditions : [];
  return found.some((c) => at(c, 'type') === 'Ready' && at(c, 'reason') !== 'Creating');
}
