/**
 * Programs that die, are away, slow, or come back: nothing is lost, nothing is made twice, and it ends Ready. One
 * environment of each flavour is there at a time.
 */
import { expect, test } from 'vitest';
import { text } from '../../src/json.ts';
import type { Bed } from './bed/bed.ts';
import { takeAway } from './bed/deletion.ts';
import {
  allComposed,
  ask,
  askBoth,
  composed,
  type Environment,
  each,
  flavours,
  ready,
  says,
  touch,
  until,
} from './bed/environments.ts';
import { bedForTests, RAISED, tell } from './bed/fixture.ts';
import { pointFunction } from './bed/install.ts';
import * as programs from './bed/programs.ts';
import { type Recording, record } from './bed/recorder.ts';
import { relay } from './bed/relay.ts';
import { kinds, refOf } from './bed/resources.ts';
import { untouched } from './bed/untouched.ts';
import { since, waitFor } from './bed/wait.ts';
import type { KubernetesObject } from './documents.ts';

// Crossplane's own circuit breaker would drop the very events that are looked for; life.test.ts has it as it is.
const bed = bedForTests({ breaker: RAISED });
const development = { purpose: 'development' };

interface Moving {
  readonly environments: readonly Environment[];
  readonly recordings: readonly Recording[];
}

/** Asks for both, and waits until the first of each is there: things are moving. */
async function underWay(name: string): Promise<Moving> {
  const environments = await askBoth(bed(), ['faults', name], development);
  const recordings = environments.map((env) => record(bed(), env));
  await each(environments, (env) => {
    const some = async () => (await allComposed(bed(), env)).length > 0;
    return waitFor(`the first composed resource of ${env.prefix}`, some, 120);
  });
  return { environments, recordings };
}

async function endsReady({ environments, recordings }: Moving, bound = 120): Promise<void> {
  const start = Date.now();
  await each(environments, (env) => ready(bed(), env, 180));
  tell(`Ready ${since(start)} s after the fault`);
  for (const recording of recordings) {
    recording.stop();
    expect(recording.gone).toEqual([]);
    expect([...recording.uids.values()].map((uids) => uids.size)).not.toContain(2);
  }
  await takeAway(bed(), environments, { bound });
}

test('the function is killed while environments come up, and starts again', async () => {
  const moving = await underWay('function-killed');
  await bed().processes.kill('function');
  await bed().heal();
  await endsReady(moving);
});

test('the function is away for two minutes while developers change environments', async () => {
  const environments = await askBoth(bed(), ['faults', 'function-away'], development);
  await each(environments, (env) => ready(bed(), env, 180));
  const recordings = environments.map((env) => record(bed(), env));
  await bed().processes.stop('function');
  const tools = { extra: [{ name: 'cert-manager' }] };
  await askBoth(bed(), ['faults', 'function-away'], { ...development, tools });
  const start = Date.now();
  await each(environments, (env) => until(bed(), env, 'to say so', isInTheDark, 300));
  tell(`Crossplane says that the function is away after ${since(start)} s`);
  await bed().heal();
  const hasIt = (e: KubernetesObject) => text(e, 'status', 'summary', 'tools') === '2/2';
  await each(environments, (env) => until(bed(), env, 'to have the tool', hasIt, 180));
  await endsReady({ environments, recordings });
});

/** When its call times out, after two minutes, Crossplane says of each condition that nobody knows. */
function isInTheDark(environment: KubernetesObject): boolean {
  return says(environment, 'Accepted') === 'Unknown FatalError';
}

test('the function takes three seconds for each answer', async () => {
  const { host, layout } = bed();
  const slow = await relay({ host: '127.0.0.1', port: 0 }, layout.ports.function, 3_000);
  await pointFunction(host, slow.port);
  try {
    const start = Date.now();
    const moving = await underWay('function-slow');
    await each(moving.environments, (env) => ready(bed(), env, 240));
    tell(`Ready after ${since(start)} s with a slow function`);
    await endsReady(moving, 300);
  } finally {
    await pointFunction(host, layout.ports.function);
    slow.end();
  }
});

test('provider-helm is killed in the middle of an install', async () => {
  bed().players.hold((release) => release.endsWith('-knative-operator'));
  const moving = await underWay('helm-killed');
  await waitFor('both installs to be pending', async () => (await pending(bed())) === 2, 120);
  await bed().processes.kill('provider-helm');
  await bed().heal();
  await endsReady(moving);
});

/** As Helm's own records in the target cluster say. */
async function pending({ remote }: Bed): Promise<number> {
  const records = await remote.list({ ...kinds.secret, namespace: 'knative-operator' });
  const status = (one: KubernetesObject) => text(one, 'metadata', 'labels', 'status');
  return records.filter((one) => status(one) === 'pending-install').length;
}

test('Crossplane is killed while environments come up, and starts again', async () => {
  const moving = await underWay('crossplane-killed');
  await bed().processes.kill('crossplane');
  await bed().heal();
  await endsReady(moving);
});

test('the API server is killed while environments come up, and starts again', async () => {
  const moving = await underWay('api-killed');
  await bed().processes.kill('host');
  await bed().heal();
  await endsReady(moving);
});

test.each(flavours)(
  'a flapping cluster of the %s flavour, Ready and not ten times: nothing is deleted or made again',
  async (flavour) => {
    const spec = { purpose: 'production' };
    const env = await ask(bed(), flavour, [`faults-${flavour}`, 'flapping'], spec);
    await ready(bed(), env, 180);
    const [cluster] = await composed(bed(), env, 'cluster');
    if (cluster === undefined) throw new Error('no cluster');
    await untouched(bed(), env, async () => {
      const start = Date.now();
      for (const to of Array.from({ length: 20 }, (_, i) => i % 2 === 1)) {
        await bed().cloud.setReady(refOf(cluster), to);
        const seen = to ? 'True Available' : 'False Creating';
        await until(bed(), env, `to see ${to}`, (e) => says(e, 'ClusterReady') === seen, 120);
      }
      tell(`twenty changes of the cluster were seen after ${since(start)} s`);
      await ready(bed(), env, 120);
    });
    await takeAway(bed(), env, { bound: 180 });
  },
);

test('the clock jumps a year ahead and back: it is said, and nothing is deleted', async () => {
  const environments = await askBoth(bed(), ['faults', 'clock'], development);
  await each(environments, (env) => ready(bed(), env, 180));
  const phase = (e: KubernetesObject) => text(e, 'status', 'phase');
  // Crossplane writes the status first, and the conditions a moment later.
  const expired = (e: KubernetesObject) =>
    phase(e) === 'Expired' && says(e, 'VersionsBlessed') === 'False Expired';
  const healed = (e: KubernetesObject) =>
    phase(e) === 'Ready' && says(e, 'VersionsBlessed').startsWith('True');
  await untouched(bed(), environments, async () => {
    const nextYear = new Date(Date.now() + 365 * 86_400_000).toISOString();
    await bed().processes.stop('function');
    bed().processes.start(programs.functionServer(bed().layout, nextYear));
    await each(environments, async (env) => {
      await touch(bed(), env);
      await until(bed(), env, 'to expire, and its versions with it', expired, 120);
    });

    await bed().processes.stop('function');
    await bed().heal();
    await each(environments, async (env) => {
      await touch(bed(), env);
      await until(bed(), env, 'to be Ready again', healed, 120);
    });
  });
  await takeAway(bed(), environments);
});
