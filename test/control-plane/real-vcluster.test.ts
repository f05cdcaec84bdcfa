/** Environments whose cluster is no stand-in: the real chart, the real syncer, and tools that are really inside it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import { takeAway } from './bed/deletion.ts';
import { ask, flavours, ready } from './bed/environments.ts';
import { bedForTests, tell } from './bed/fixture.ts';
import { startPlayers } from './bed/players.ts';
import { freePorts } from './bed/ports.ts';
import { since, waitFor } from './bed/wait.ts';
import { ensureBinary } from './binaries.ts';
import { serveRealChart } from './vcluster/chart.ts';
import {
  expectRealChart,
  expectSyncedFrom,
  expectToolsIn,
  expectVerifiedTls,
} from './vcluster/expectations.ts';
import { type Kubelet, startKubelet } from './vcluster/kubelet.ts';
import { developersLogin, openInside, syncersLogin } from './vcluster/login.ts';
import { expectRoot } from './vcluster/machine.ts';

beforeAll(expectRoot);
const bed = bedForTests();
let kubelet: Kubelet | undefined;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  const syncer = await ensureBinary('vcluster');
  await serveRealChart(bed());
  const started = startKubelet(bed(), syncer, await freePorts(['client', 'peer']));
  kubelet = started;
  ends.push(() => started.stop());
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
  expect(kubelet?.complaints ?? []).toEqual([]);
});

describe.each(flavours)('%s flavour', (flavour) => {
  test('three lines become a real virtual cluster with its tools in it, and go without a trace', async () => {
    const start = Date.now();
    const env = await ask(bed(), flavour, [`real-${flavour}`, 'checkout'], {
      purpose: 'development',
      // With a claim there is no kubeconfig for the developer without it.
      ...(flavour === 'claims'
        ? { writeConnectionSecretToRef: { name: 'checkout-kubeconfig' } }
        : {}),
    });
    const name = async () => text(await bed().host.get(env.ref), 'status', 'cluster', 'name');
    const release = await waitFor('the name of the cluster', name, 120);
    const login = await waitFor('the kubeconfig', () => syncersLogin(bed(), release), 180);
    tell(`${flavour} real vcluster: kubeconfig after ${since(start)} s`);

    const inside = await openInside(bed(), login);
    // The stand-in of Knative's operator has no pods, and the player is what it would do.
    const operator = startPlayers({ host: bed().host, remote: inside, kubeconfig: '' });
    try {
      const found = await ready(bed(), env, 180);
      tell(`${flavour} real vcluster: Ready after ${since(start)} s`);
      expect(at(found, 'status', 'cluster')).toMatchObject({ type: 'vcluster', name: release });
      // Crossplane gives the claims flavour's only when everything is Ready.
      const developers = await waitFor('the Secret', () => developersLogin(bed(), env), 120);
      expect(developers).toEqual(await syncersLogin(bed(), release));
      await expectVerifiedTls(developers, release);
      await expectRealChart(bed(), env, release);
      await expectToolsIn(bed(), inside, env);
      await expectSyncedFrom(bed(), inside, release);

      const deletion = Date.now();
      await takeAway(bed(), env, { bound: 180 });
      tell(`${flavour} real vcluster: gone after ${since(deletion)} s`);
    } finally {
      operator.stop();
    }
    const roles = await bed().kubectl('get', 'clusterroles,clusterrolebindings', '-o', 'name');
    expect(roles).not.toContain(release);
  });
});
