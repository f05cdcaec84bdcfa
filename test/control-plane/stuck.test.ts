/** Deletion against resistance: it keeps its order, waits for what can be mended, and there is a way out of the rest. */
import { expect, test } from 'vitest';
import { at } from '../../src/json.ts';
import { forgetCreation, gone, takeAway } from './bed/deletion.ts';
import { allComposed, ask, composed, type Environment, ready } from './bed/environments.ts';
import { bedForTests, RAISED, tell } from './bed/fixture.ts';
import { isGoing } from './bed/objects.ts';
import { kinds, labelOf, refOf } from './bed/resources.ts';
import { emptied } from './bed/virtual.ts';
import { since, waitFor } from './bed/wait.ts';

const bed = bedForTests({ breaker: RAISED });

/** What the platform team does by hand when a cluster is gone that tools should be uninstalled from. */
const KEEP = ['Observe', 'Create', 'Update', 'LateInitialize'];

test('a tool that refuses to go holds up what it needs, and nothing else is lost', async () => {
  const env = await ask(bed(), 'namespaced', ['stuck', 'refuses'], { purpose: 'production' });
  await ready(bed(), env, 120);
  bed().players.hold((name) => name === 'knative-serving');
  const ref = { ...kinds.serving, namespace: 'knative-serving', name: 'knative-serving' };

  await forgetCreation(bed(), env);
  await bed().host.remove(env.ref);
  const isTold = async () => isGoing((await bed().remote.get(ref)) ?? {});
  await waitFor('the tool to be told', isTold, 60);
  await untilUsagesRefuse(env);
  const there = (await allComposed(bed(), env)).map(({ kind }) => kind);
  expect(there).toEqual(
    expect.arrayContaining(['Release', 'Object', 'ProviderConfig', 'NodePool', 'Cluster', 'Usage']),
  );
  const [cluster] = await composed(bed(), env, 'cluster');
  expect(isGoing(cluster ?? {})).toBe(false);

  bed().heal();
  await takeAway(bed(), env, { bound: 120 });
});

/** The webhook writes down whom it has turned away. */
async function untilUsagesRefuse(env: Environment): Promise<void> {
  const attempted = 'usage.crossplane.io/deletion-attempt-with-policy';
  await waitFor(
    'the deletion of the cluster to be refused',
    async () => {
      const [cluster] = await composed(bed(), env, 'cluster');
      return at(cluster, 'metadata', 'annotations', attempted) !== undefined;
    },
    60,
  );
}

test('a virtual cluster that is broken already is no obstacle', async () => {
  const env = await ask(bed(), 'namespaced', ['stuck', 'broken'], { purpose: 'development' });
  await ready(bed(), env, 120);
  await forgetCreation(bed(), env);
  await bed().processes.kill('remote');
  const start = Date.now();
  await bed().host.remove(env.ref);
  await goneFromHost(env, 120);
  tell(`broken vcluster gone after ${since(start)} s`);
  bed().heal();
  await gone(bed(), env, 120);
});

test('a GKE cluster that is gone already: tools are given up by hand', async () => {
  const env = await ask(bed(), 'namespaced', ['stuck', 'vanished'], { purpose: 'production' });
  await ready(bed(), env, 120);
  await forgetCreation(bed(), env);
  await bed().processes.kill('remote');
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
  bed().heal();
  await waitFor('the remote API', () => bed().remote.raw('/readyz'), 60);
  await emptied(bed().remote, '', true);
  await gone(bed(), env, 60);
});

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
