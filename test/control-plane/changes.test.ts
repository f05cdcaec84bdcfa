/**
 * Changes under living environments: by the platform team, by developers, and by somebody who should not. One
 * environment of each flavour is there at a time, or the flavours take turns.
 */
import { afterEach, expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import { installCatalog } from './bed/configurations.ts';
import { forgetCreation, takeAway } from './bed/deletion.ts';
import {
  allComposed,
  ask,
  askBoth,
  composed,
  type Environment,
  each,
  flavours,
  isSettled,
  ready,
  says,
  until,
} from './bed/environments.ts';
import { bedForTests, RAISED, tell } from './bed/fixture.ts';
import { record } from './bed/recorder.ts';
import { kinds, refOf } from './bed/resources.ts';
import { untouched } from './bed/untouched.ts';
import { contentOf } from './bed/virtual.ts';
import { since, waitFor } from './bed/wait.ts';
import type { KubernetesObject } from './documents.ts';

// Crossplane's own circuit breaker would drop the very events that are looked for; life.test.ts has it as it is.
const bed = bedForTests({ breaker: RAISED });
/** Nothing in the removal depends on the flavour but the kinds' names. */
const CLUSTERS = [
  { flavour: 'claims', purpose: 'development', type: 'vcluster' },
  { flavour: 'namespaced', purpose: 'sandbox', type: 'gke' },
] as const;

afterEach(() => offer(bed().catalog));

/** In both flavours' Compositions. */
function offer(catalog: JsonObject): Promise<unknown> {
  return each(flavours, (flavour) => installCatalog(bed().host, flavour, catalog));
}

async function readyBoth(name: string, spec: JsonObject = {}): Promise<Environment[]> {
  const both = await askBoth(bed(), ['changes', name], { purpose: 'development', ...spec });
  await each(both, (env) => ready(bed(), env, 180));
  return both;
}

test('a broken catalog is said and touches nothing; the old one is taken up again', async () => {
  const both = await readyBoth('broken');
  await untouched(bed(), both, async () => {
    const before = await each(both, (env) => ready(bed(), env, 120));
    await offer({ ...bed().catalog, surprise: true });
    const invalid = (e: KubernetesObject) => says(e, 'Accepted') === 'False InvalidCatalog';
    const refused = await each(both, (env) =>
      until(bed(), env, 'to refuse the catalog', invalid, 120),
    );
    const summary = (e: KubernetesObject) => at(e, 'status', 'summary');
    expect(refused.map(summary)).toEqual(before.map(summary));

    await offer(bed().catalog);
    const accepted = (e: KubernetesObject) => says(e, 'Accepted') === 'True Accepted';
    await each(both, (env) => until(bed(), env, 'to accept', accepted, 120));
    await each(both, (env) => ready(bed(), env, 180));
  });
  await takeAway(bed(), both);
});

test('a tool that the catalog lost stays, and is said', async () => {
  const both = await readyBoth('lost-tool', { tools: { extra: [{ name: 'cert-manager' }] } });
  await untouched(bed(), both, async () => {
    // Not an empty map: server-side apply makes null of one that becomes empty.
    const { tools: _, ...without } = bed().catalog;
    await offer(without);
    const lost = (e: KubernetesObject) => says(e, 'VersionsBlessed') === 'False NotInCatalog';
    for (const env of both) {
      const kept = await until(bed(), env, 'to say so', lost, 120);
      expect(says(kept, 'Accepted')).toBe('True Accepted');
      expect(text(kept, 'status', 'summary', 'tools')).toBe('2/2');
    }

    await offer(bed().catalog);
    const blessed = (e: KubernetesObject) => says(e, 'VersionsBlessed').startsWith('True');
    await each(both, (env) => until(bed(), env, 'to be blessed again', blessed, 120));
  });
  await takeAway(bed(), both);
});

test.each(CLUSTERS)(
  'a tool that the developer removes from a $type is uninstalled ($flavour flavour)',
  async ({ flavour, purpose, type }) => {
    const id = [`changes-${flavour}`, `less-${type}`] as const;
    const spec = { purpose, cluster: { type } };
    const env = await ask(bed(), flavour, id, { ...spec, tools: { knative: {} } });
    await ready(bed(), env, 180);
    expect(await contentOf(bed().remote)).toContain('KnativeServing/knative-serving');

    await forgetCreation(bed(), env);
    const recording = record(bed(), env);
    const start = Date.now();
    await ask(bed(), flavour, id, { ...spec, tools: { knative: { enabled: false } } });
    const without = (e: KubernetesObject) =>
      isSettled(e) && text(e, 'status', 'summary', 'tools') === '0/0';
    await until(bed(), env, 'to be Ready without it', without, 180);
    tell(`${type}: without its tool after ${since(start)} s`);
    recording.stop();

    // provider-helm makes a chart's namespace, and never deletes it.
    expect(await contentOf(bed().remote)).toEqual(['Namespace/knative-operator']);
    const left = await allComposed(bed(), env);
    const gke = type === 'gke';
    expect(left.map(({ kind }) => kind).sort()).toEqual(
      gke ? ['Cluster', 'NodePool'] : ['Object', 'Release'],
    );
    const uninstalled = recording.gone.map(({ kind }) => kind);
    expect(uninstalled).toEqual(expect.arrayContaining(['release', 'object', 'helmConfig']));
    await takeAway(bed(), env, { bound: 180 });
  },
);

test('somebody edits a release, a status, and what is inside: all is mended', async () => {
  const both = await readyBoth('edited');
  const { host, remote } = bed();
  const serving = { ...kinds.serving, namespace: 'knative-serving', name: 'knative-serving' };
  await remote.patch(serving, { spec: { version: '1.0' } });
  for (const env of both) {
    await host.patch(refOf(await operatorOf(env)), { spec: { rollbackLimit: 9 } });
    await host.patch(env.ref, { status: { phase: 'Degraded' } }, 'status');
  }
  await each(both, async (env) => {
    const limit = async () => at(await operatorOf(env), 'spec', 'rollbackLimit') === 3;
    await waitFor('the edit of the release to be undone', limit, 120);
    const own = (e: KubernetesObject) => text(e, 'status', 'phase') === 'Ready';
    await until(bed(), env, 'to show its own phase', own, 120);
  });
  const version = async () => text(await remote.get(serving), 'spec', 'version') === '1.23';
  await waitFor('the edit inside to be undone', version, 120);
  await takeAway(bed(), both);
});

test('somebody deletes a provider config: it is held, and said', async () => {
  const both = await readyBoth('deleted');
  for (const env of both) {
    const [config] = await composed(bed(), env, 'helmConfig');
    if (config === undefined) throw new Error('no provider config');
    await bed().host.remove(refOf(config));
    const said = (e: KubernetesObject) =>
      text(e, 'status', 'summary', 'message')?.includes('being deleted') === true;
    const seen = await until(bed(), env, 'to say that it is being deleted', said, 120);
    tell(`a provider config that was deleted: ${text(seen, 'status', 'summary', 'message')}`);
  }
  await takeAway(bed(), both);
});

async function operatorOf(env: Environment): Promise<KubernetesObject> {
  const releases = await composed(bed(), env, 'release');
  const found = releases.find(({ metadata }) => metadata?.name?.endsWith('-knative-operator'));
  if (found === undefined) throw new Error('no release of the operator');
  return found;
}
