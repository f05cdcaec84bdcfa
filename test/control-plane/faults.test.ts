/** Programs that die, are away, or come back: nothing is lost, nothing is made twice, and it ends Ready. */
import { expect, test } from 'vitest';
import { text } from '../../src/json.ts';
import type { Bed } from './bed/bed.ts';
import { takeAway } from './bed/deletion.ts';
import {
  allComposed,
  ask,
  composed,
  type Environment,
  ready,
  says,
  touch,
  until,
} from './bed/environments.ts';
import { bedForTests, RAISED, tell } from './bed/fixture.ts';
import { listenFor } from './bed/ports.ts';
import * as programs from './bed/programs.ts';
import { type Recording, record } from './bed/recorder.ts';
import { kinds, refOf } from './bed/resources.ts';
import { untouched } from './bed/untouched.ts';
import { since, waitFor } from './bed/wait.ts';
import type { KubernetesObject } from './documents.ts';

// Crossplane's own circuit breaker would drop the very events that are looked for; life.test.ts has it as it is.
const bed = bedForTests({ breaker: RAISED });
const development = { purpose: 'development' };

/** Asks for one, and waits until the first of it is there: things are moving. */
async function underWay(name: string): Promise<{ env: Environment; recording: Recording }> {
  const env = await ask(bed(), 'namespaced', ['faults', name], development);
  const recording = record(bed(), env);
  const some = async () => (await allComposed(bed(), env)).length > 0;
  await waitFor('the first composed resource', some, 30);
  return { env, recording };
}

async function endsReady({ env, recording }: Awaited<ReturnType<typeof underWay>>) {
  const start = Date.now();
  await ready(bed(), env, 120);
  tell(`Ready ${since(start)} s after the fault`);
  recording.stop();
  expect(recording.gone).toEqual([]);
  expect([...recording.uids.values()].map((uids) => uids.size)).not.toContain(2);
  await takeAway(bed(), env);
}

test('the function is killed while an environment comes up, and starts again', async () => {
  const moving = await underWay('function-killed');
  await bed().processes.kill('function');
  await bed().heal();
  await endsReady(moving);
});

test('the function is away while a developer changes an environment', async () => {
  const env = await ask(bed(), 'namespaced', ['faults', 'function-away'], development);
  await ready(bed(), env, 120);
  const recording = record(bed(), env);
  await bed().processes.stop('function');
  const tools = { extra: [{ name: 'cert-manager' }] };
  await ask(bed(), 'namespaced', ['faults', 'function-away'], { ...development, tools });
  await missed();
  await bed().heal();
  const hasIt = (e: KubernetesObject) => text(e, 'status', 'summary', 'tools') === '2/2';
  await until(bed(), env, 'to have the tool', hasIt, 120);
  await endsReady({ env, recording });
});

/**
 * Somebody knocks where the function was. Crossplane would only say that nobody answers after two minutes, when
 * its call times out.
 */
async function missed(): Promise<void> {
  const knocks = await listenFor(bed().layout.ports.function);
  try {
    await waitFor('Crossplane to call the function', knocks.heard, 60);
  } finally {
    await knocks.stop();
  }
}

test('provider-helm is killed in the middle of an install', async () => {
  bed().players.hold((release) => release.endsWith('-knative-operator'));
  const moving = await underWay('helm-killed');
  await waitFor('an install to be pending', () => isPending(bed()), 60);
  await bed().processes.kill('provider-helm');
  await bed().heal();
  await endsReady(moving);
});

/** As Helm's own record in the target cluster says. */
async function isPending({ remote }: Bed): Promise<boolean> {
  const records = await remote.list({ ...kinds.secret, namespace: 'knative-operator' });
  return records.some((one) => text(one, 'metadata', 'labels', 'status') === 'pending-install');
}

test('Crossplane is killed while an environment comes up, and starts again', async () => {
  const moving = await underWay('crossplane-killed');
  await bed().processes.kill('crossplane');
  await bed().heal();
  await endsReady(moving);
});

test('the API server is killed while an environment comes up, and starts again', async () => {
  const moving = await underWay('api-killed');
  await bed().processes.kill('host');
  await bed().heal();
  await endsReady(moving);
});

test('a cluster that is Ready, and is not, ten times: nothing is deleted or made again', async () => {
  const env = await ask(bed(), 'namespaced', ['faults', 'flapping'], { purpose: 'production' });
  await ready(bed(), env, 120);
  const [cluster] = await composed(bed(), env, 'cluster');
  if (cluster === undefined) throw new Error('no cluster');
  await untouched(bed(), env, async () => {
    const start = Date.now();
    for (const to of Array.from({ length: 20 }, (_, i) => i % 2 === 1)) {
      await bed().cloud.setReady(refOf(cluster), to);
      const seen = to ? 'True Available' : 'False Creating';
      await until(bed(), env, `to see ${to}`, (e) => says(e, 'ClusterReady') === seen, 30);
    }
    tell(`twenty changes of the cluster were seen after ${since(start)} s`);
    await ready(bed(), env, 60);
  });
  await takeAway(bed(), env, { bound: 120 });
});

test('the clock jumps a year ahead and back: it is said, and nothing is deleted', async () => {
  const env = await ask(bed(), 'namespaced', ['faults', 'clock'], development);
  await ready(bed(), env, 120);
  const phase = (e: KubernetesObject) => text(e, 'status', 'phase');
  // Crossplane writes the status first, and the conditions a moment later.
  const expired = (e: KubernetesObject) =>
    phase(e) === 'Expired' && says(e, 'VersionsBlessed') === 'False Expired';
  await untouched(bed(), env, async () => {
    const nextYear = new Date(Date.now() + 365 * 86_400_000).toISOString();
    await bed().processes.stop('function');
    bed().processes.start(programs.functionServer(bed().layout, nextYear));
    await touch(bed(), env);
    await until(bed(), env, 'to expire, and its versions with it', expired, 60);

    await bed().processes.stop('function');
    await bed().heal();
    await touch(bed(), env);
    await until(bed(), env, 'to be Ready again', (e) => phase(e) === 'Ready', 60);
  });
  await takeAway(bed(), env);
});
