/** What resists: a cloud that says no, a tool that does not go, a cluster that is gone already. */
import { expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import { QUICK } from './bed/cloud.ts';
import { forgetCreation, gone, takeAway } from './bed/deletion.ts';
import {
  allComposed,
  ask,
  composed,
  type Environment,
  ready,
  says,
  until,
} from './bed/environments.ts';
import { bedForTests, RAISED, tell } from './bed/fixture.ts';
import { isGoing } from './bed/objects.ts';
import { type ComposedKind, kinds, labelOf, refOf, uidOf } from './bed/resources.ts';
import { emptied } from './bed/virtual.ts';
import { since, waitFor } from './bed/wait.ts';
import type { KubernetesObject } from './documents.ts';

const bed = bedForTests({ breaker: RAISED });

/** Long enough for the function to be asked several times meanwhile. */
const SLOW = 12_000;

/** What the platform team does by hand when a cluster is gone that tools should be uninstalled from. */
const KEEP = ['Observe', 'Create', 'Update', 'LateInitialize'];

test('a GKE cluster that cannot be made, then takes its time, says so; made, it moves with its release channel', async () => {
  bed().cloud.failure = 'Quota CPUS exceeded';
  const env = await ask(bed(), 'claims', ['stuck', 'quota'], { purpose: 'production' });
  const failed = (e: KubernetesObject) => says(e, 'ClusterReady') === 'False Failed';
  await until(bed(), env, 'to say that it failed', failed, 120);
  bed().cloud.slowness = SLOW;
  bed().cloud.failure = undefined;
  const creating = (e: KubernetesObject) => says(e, 'ClusterReady') === 'False Creating';
  await until(bed(), env, 'to say that it is being created', creating, 120);
  // Neither nodes nor tools: there is no cluster for them.
  expect((await allComposed(bed(), env)).map(({ kind }) => kind)).toEqual(['Cluster']);
  await ready(bed(), env, 180);
  bed().cloud.slowness = QUICK;

  const before = await only(env, 'cluster');
  await bed().cloud.setVersion(refOf(before), '1.36.2-gke.1000');
  const moved = (e: KubernetesObject) => text(e, 'status', 'cluster', 'version') === '1.36';
  const now = await until(bed(), env, 'to show the new version', moved, 120);
  expect(says(now, 'VersionsBlessed')).toBe('True Blessed');
  expect(uidOf(await only(env, 'cluster'))).toBe(uidOf(before));
  await takeAway(bed(), env, { bound: 180 });
});

async function only(env: Environment, kind: ComposedKind): Promise<KubernetesObject> {
  const [one] = await composed(bed(), env, kind);
  if (one === undefined) throw new Error(`no ${kind}`);
  return one;
}

test('a tool that refuses to go holds up what it needs, and nothing else is lost', async () => {
  const env = await ask(bed(), 'namespaced', ['stuck', 'refuses'], { purpose: 'production' });
  await ready(bed(), env, 180);
  bed().players.hold((name) => name === 'knative-serving');
  const ref = { ...kinds.serving, namespace: 'knative-serving', name: 'knative-serving' };

  await forgetCreation(bed(), env);
  await bed().host.remove(env.ref);
  const isTold = async () => isGoing((await bed().remote.get(ref)) ?? {});
  await waitFor('the tool to be told', isTold, 120);
  await untilUsagesRefuse(env);
  const there = (await allComposed(bed(), env)).map(({ kind }) => kind);
  expect(there).toEqual(
    expect.arrayContaining(['Release', 'Object', 'ProviderConfig', 'NodePool', 'Cluster', 'Usage']),
  );
  expect(isGoing(await only(env, 'cluster'))).toBe(false);

  await bed().heal();
  await takeAway(bed(), env, { bound: 180 });
});

/** The webhook writes down whom it has turned away. */
async function untilUsagesRefuse(env: Environment): Promise<void> {
  const attempted = 'usage.crossplane.io/deletion-attempt-with-policy';
  await waitFor(
    'the deletion of the cluster to be refused',
    async () => {
      return at(await only(env, 'cluster'), 'metadata', 'annotations', attempted) !== undefined;
    },
    120,
  );
}

test('a virtual cluster that is broken already is no obstacle', async () => {
  const env = await ask(bed(), 'claims', ['stuck', 'broken'], { purpose: 'development' });
  await ready(bed(), env, 180);
  await forgetCreation(bed(), env);
  await unplug();
  const start = Date.now();
  await bed().host.remove(env.ref);
  await goneFromHost(env, 180);
  tell(`broken vcluster gone after ${since(start)} s`);
  await bed().heal();
  await gone(bed(), env, 180);
});

test('a GKE cluster that is gone already: tools are given up by hand', async () => {
  const env = await ask(bed(), 'namespaced', ['stuck', 'vanished'], { purpose: 'production' });
  await ready(bed(), env, 180);
  await forgetCreation(bed(), env);
  await unplug();
  await bed().host.remove(env.ref);
  await untilUsagesRefuse(env);

  const tools = [
    ...(await composed(bed(), env, 'release')),
    ...(await composed(bed(), env, 'object')),
  ];
  expect(tools.map(labelOf)).toHaveLength(3);
  const spec = { managementPolicies: KEEP };
  await Promise.all(tools.map((tool) => bed().host.patch(refOf(tool), { spec })));
  await goneFromHost(env, 180);
  await bed().heal();
  await emptied(bed().remote, '', true);
  await gone(bed(), env, 180);
});

/** Its own controllers go as well: they would be slow to find it again. */
async function unplug(): Promise<void> {
  await bed().processes.kill('gc-remote');
  await bed().processes.kill('remote');
}

/** Everything that Crossplane has; the cluster itself cannot be asked. */
async function goneFromHost(env: Environment, bound: number): Promise<void> {
  await waitFor(
    'everything on the host to be gone',
    async () => {
      const left = await allComposed(bed(), env);
      if (left.length > 0) throw new Error(`left: ${left.map(labelOf).join(', ')}`);
      return (await bed().host.get(env.ref)) === undefined;
    },
    bound,
  );
}
