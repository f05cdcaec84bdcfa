/** Changes under living environments: by the platform team, by developers, and by somebody who should not. */
import { afterEach, expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import { installCatalog } from './bed/configurations.ts';
import { forgetCreation, takeAway } from './bed/deletion.ts';
import { allComposed, ask, composed, ready, says, until } from './bed/environments.ts';
import { bedForTests, RAISED, tell } from './bed/fixture.ts';
import { record } from './bed/recorder.ts';
import { refOf } from './bed/resources.ts';
import { untouched } from './bed/untouched.ts';
import { contentOf } from './bed/virtual.ts';
import { since, waitFor } from './bed/wait.ts';
import type { KubernetesObject } from './documents.ts';

// Crossplane's own circuit breaker would drop the very events that are looked for; life.test.ts has it as it is.
const bed = bedForTests({ breaker: RAISED });
const CLUSTERS = [
  { purpose: 'development', cluster: { type: 'vcluster' } },
  { purpose: 'sandbox', cluster: { type: 'gke' } },
] as const;

afterEach(() => installCatalog(bed().host, 'namespaced', bed().catalog));

test('a broken catalog is said and touches nothing; the old one is taken up again', async () => {
  const env = await ask(bed(), 'namespaced', ['changes', 'broken'], { purpose: 'development' });
  const before = await ready(bed(), env, 120);
  await untouched(bed(), env, async () => {
    await installCatalog(bed().host, 'namespaced', { ...bed().catalog, surprise: true });
    const invalid = (e: KubernetesObject) => says(e, 'Accepted') === 'False InvalidCatalog';
    const refused = await until(bed(), env, 'to refuse the catalog', invalid, 60);
    expect(at(refused, 'status', 'summary')).toEqual(at(before, 'status', 'summary'));

    await installCatalog(bed().host, 'namespaced', bed().catalog);
    await until(bed(), env, 'to accept', (e) => says(e, 'Accepted') === 'True Accepted', 60);
    await ready(bed(), env, 60);
  });
  await takeAway(bed(), env);
});

test('a tool that the catalog lost stays, and is said', async () => {
  const tools = { extra: [{ name: 'cert-manager' }] };
  const spec = { purpose: 'development', tools };
  const env = await ask(bed(), 'namespaced', ['changes', 'lost-tool'], spec);
  await ready(bed(), env, 120);
  await untouched(bed(), env, async () => {
    // Not an empty map: server-side apply makes null of one that becomes empty.
    const { tools: _, ...without } = bed().catalog;
    await installCatalog(bed().host, 'namespaced', without);
    const lost = (e: KubernetesObject) => says(e, 'VersionsBlessed') === 'False NotInCatalog';
    const kept = await until(bed(), env, 'to say so', lost, 60);
    expect(says(kept, 'Accepted')).toBe('True Accepted');
    expect(text(kept, 'status', 'summary', 'tools')).toBe('2/2');

    await installCatalog(bed().host, 'namespaced', bed().catalog);
    const blessed = (e: KubernetesObject) => says(e, 'VersionsBlessed').startsWith('True');
    await until(bed(), env, 'to be blessed again', blessed, 60);
  });
  await takeAway(bed(), env);
});

test.each(CLUSTERS)(
  'a tool that the developer removes from a $cluster.type is uninstalled',
  async (spec) => {
    const name = `less-${spec.cluster.type}`;
    const wanted = { ...spec, tools: { knative: {} } };
    const env = await ask(bed(), 'namespaced', ['changes', name], wanted);
    await ready(bed(), env, 120);
    expect(await contentOf(bed().remote)).toContain('KnativeServing/knative-serving');

    await forgetCreation(bed(), env);
    const recording = record(bed(), env);
    const start = Date.now();
    await ask(bed(), 'namespaced', ['changes', name], {
      ...spec,
      tools: { knative: { enabled: false } },
    });
    const without = (e: KubernetesObject) => text(e, 'status', 'summary', 'tools') === '0/0';
    await until(bed(), env, 'to be without it', without, 60);
    await ready(bed(), env, 180);
    tell(`${spec.cluster.type}: without its tool after ${since(start)} s`);
    recording.stop();

    // provider-helm makes a chart's namespace, and never deletes it.
    expect(await contentOf(bed().remote)).toEqual(['Namespace/knative-operator']);
    const left = await allComposed(bed(), env);
    const gke = spec.cluster.type === 'gke';
    expect(left.map(({ kind }) => kind).sort()).toEqual(
      gke ? ['Cluster', 'NodePool'] : ['Object', 'Release'],
    );
    const uninstalled = recording.gone.map(({ kind }) => kind);
    expect(uninstalled).toEqual(expect.arrayContaining(['release', 'object', 'helmConfig']));
    await takeAway(bed(), env, { bound: 120 });
  },
);

test('somebody edits a release: it is mended', async () => {
  const env = await ask(bed(), 'namespaced', ['changes', 'edited'], { purpose: 'development' });
  await ready(bed(), env, 120);
  const operator = await operatorOf(env);
  await bed().host.patch(refOf(operator), { spec: { rollbackLimit: 9 } });
  await waitFor(
    'the edit to be undone',
    async () => at(await operatorOf(env), 'spec', 'rollbackLimit') === 3,
    60,
  );
  await bed().host.patch(env.ref, { status: { phase: 'Degraded' } }, 'status');
  await until(
    bed(),
    env,
    'to show its own phase',
    (e) => text(e, 'status', 'phase') === 'Ready',
    60,
  );
  await takeAway(bed(), env);
});

test('somebody deletes a provider config: it is made again, or said', async () => {
  const env = await ask(bed(), 'namespaced', ['changes', 'deleted'], { purpose: 'development' });
  await ready(bed(), env, 120);
  const [config] = await composed(bed(), env, 'helmConfig');
  if (config === undefined) throw new Error('no provider config');
  await bed().host.remove(refOf(config));
  const said = (e: KubernetesObject) =>
    text(e, 'status', 'summary', 'message')?.includes('being deleted') === true;
  const seen = await until(bed(), env, 'to say that it is being deleted', said, 60);
  tell(`a provider config that was deleted: ${text(seen, 'status', 'summary', 'message')}`);
  await takeAway(bed(), env);
});

async function operatorOf(env: Parameters<typeof composed>[1]): Promise<KubernetesObject> {
  const releases = await composed(bed(), env, 'release');
  const found = releases.find(({ metadata }) => metadata?.name?.endsWith('-knative-operator'));
  if (found === undefined) throw new Error('no release of the operator');
  return found;
}
