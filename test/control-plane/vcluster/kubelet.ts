/** Plays what runs the real chart's StatefulSet: its controller, a kubelet for its one pod, and the Service in front. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, text } from '../../../src/json.ts';
import type { Bed } from '../bed/bed.ts';
import { STAND_IN } from '../bed/charts.ts';
import { removeFolder } from '../bed/layout.ts';
import { isFree } from '../bed/ports.ts';
import { kinds, refOf, uidOf } from '../bed/resources.ts';
import { waitFor } from '../bed/wait.ts';
import type { KubernetesObject } from '../documents.ts';
import { startAccounts } from './accounts.ts';
import { probe } from './login.ts';
import { linkFolders, serve } from './machine.ts';
import { podOf, podStatus, quotaStatus, quotaType, setStatus } from './pod.ts';
import { API_PORT, STORE, type Store, SYNCER, SYNCER_PORT, storeOf, syncerOf } from './syncer.ts';

export interface Kubelet {
  /** What went wrong: nobody else would tell. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

const START_BOUND = 120;

/** One virtual cluster at a time: its ports are fixed. @param command the syncer's program */
export function startKubelet(bed: Bed, command: string, store: Store): Kubelet {
  const { host, layout, processes } = bed;
  const node = join(bed.folder, 'node');
  const complaints: string[] = [];
  /** Latest last. */
  const undo: (() => unknown)[] = [];
  let running: string | undefined;
  let work = Promise.resolve();

  function then(step: () => Promise<void>): void {
    work = work.then(step).catch((error: Error) => void complaints.push(error.message));
  }

  async function run(set: KubernetesObject): Promise<void> {
    const { name, namespace = '' } = refOf(set);
    await portsAreFree();
    for (const quota of await host.list({ ...quotaType, namespace })) {
      await host.patch(refOf(quota), quotaStatus(quota), 'status');
    }
    const pod = podOf(set);
    await host.apply(pod);
    await host.patch(refOf(pod), podStatus(false), 'status');
    // The pod's volumes; they go with it, as the chart's retention policy has it.
    await mkdir(node, { recursive: true });
    undo.push(() => removeFolder(node));
    undo.push(await linkFolders(node));
    undo.push(await serve(`${name}.${namespace}.svc`, SYNCER_PORT));
    processes.start(storeOf(layout, node, store));
    undo.push(() => processes.stop(STORE));
    undo.push(startAccounts(node));
    await copyApiServer();
    const config = await mountConfig(namespace, `vc-config-${name}`);
    const env = at(set, 'spec', 'template', 'spec', 'containers', 0, 'env');
    const start = { name: refOf(pod).name, namespace, env, config };
    processes.start(syncerOf(layout, command, store, start));
    undo.push(() => processes.kill(SYNCER));

    const ended = () => running !== uidOf(set);
    const up = () => ended() || probe(SYNCER_PORT);
    await waitFor('vcluster to be ready by its own probe', up, START_BOUND);
    if (ended()) return;
    await host.patch(refOf(pod), podStatus(true), 'status');
    await host.patch(refOf(set), setStatus(set), 'status');
  }

  /** What the chart's init container takes out of the image of Kubernetes. */
  async function copyApiServer(): Promise<void> {
    const script = `#!/bin/sh\nexec ${layout.binaries['kube-apiserver']} "$@"\n`;
    await writeFile(join(node, 'binaries', 'kube-apiserver'), script, { mode: 0o755 });
  }

  async function mountConfig(namespace: string, name: string): Promise<string> {
    const secret = await host.get({ ...kinds.secret, namespace, name });
    const config = text(secret, 'data', 'config.yaml');
    if (config === undefined) throw new Error(`no config.yaml in ${name}`);
    const path = join(node, 'config.yaml');
    await writeFile(path, Buffer.from(config, 'base64'));
    return path;
  }

  async function end(): Promise<void> {
    for (const step of undo.splice(0).reverse()) await step();
  }

  const unwatch = host.watch(kinds.statefulSet, ({ type, object }) => {
    if (text(object, 'metadata', 'labels', 'app') !== 'vcluster') return;
    if (text(object, 'metadata', 'labels', STAND_IN) !== undefined) return;
    const uid = uidOf(object);
    if (type === 'DELETED' && uid === running) {
      running = undefined;
      then(end);
    } else if (type !== 'DELETED' && running === undefined) {
      running = uid;
      then(() => run(object));
    }
  });

  return {
    complaints,
    async stop() {
      unwatch();
      running = undefined;
      then(end);
      await work;
    },
  };
}

async function portsAreFree(): Promise<void> {
  for (const port of [SYNCER_PORT, API_PORT]) {
    await waitFor(`port ${port}, which is vcluster's`, () => isFree(port), 120);
  }
}
