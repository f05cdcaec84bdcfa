/** Environments that walk to newer versions, hop by hop; a hop that fails, and goes on. */
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import type { Json, JsonObject } from '../../src/step.ts';
import { installCatalog } from './bed/configurations.ts';
import { takeAway } from './bed/deletion.ts';
import {
  ask,
  type Environment,
  each,
  flavours,
  isSettled,
  ready,
  until,
} from './bed/environments.ts';
import { bedForTests, RAISED, tell } from './bed/fixture.ts';
import { composedKinds, kinds } from './bed/resources.ts';
import { untouched } from './bed/untouched.ts';
import { since } from './bed/wait.ts';
import type { KubernetesObject } from './documents.ts';

const bed = bedForTests({ breaker: RAISED });

afterEach(() => each(flavours, (flavour) => installCatalog(bed().host, flavour, bed().catalog)));

test.each(flavours)(
  'an upgrade over two hops, operator first: Knative from 1.21 to 1.23 (%s flavour)',
  async (flavour) => {
    const { host, remote, catalog } = bed();
    await installCatalog(host, flavour, preferring(catalog, 'knative', '1.21'));
    const spec = { purpose: 'development' };
    const env = await ask(bed(), flavour, [`upgrades-${flavour}`, 'walk'], spec);
    const way = followKnative(env);
    await ready(bed(), env, 180);
    const start = Date.now();
    await untouched(bed(), env, async () => {
      await installCatalog(host, flavour, preferring(catalog, 'knative', '1.23'));
      await until(bed(), env, 'to be Ready on 1.23', runs('knative', '1.23'), 300);
    });
    tell(`${flavour}: two hops after ${since(start)} s`);
    way.stop();
    const hops = [
      ...['operator 1.21.4', 'serving 1.21'],
      ...['operator 1.22.3', 'serving 1.22'],
      ...['operator 1.23.0', 'serving 1.23'],
    ];
    expect(way.seen).toEqual(hops);
    const [serving] = await remote.list({ ...kinds.serving, namespace: 'knative-serving' });
    expect(text(serving, 'status', 'version')).toBe('1.23');
    const [operator] = await remote.list({ ...kinds.statefulSet, namespace: 'knative-operator' });
    const label = at(operator, 'spec', 'template', 'metadata', 'labels', 'version');
    expect(label).toBe('1.23.0');
    await takeAway(bed(), env);
  },
);

test('an upgrade whose first hop fails stops there, says so, and goes on when it can', async () => {
  const { host, catalog, folder } = bed();
  const chart = 'knative-operator-1.22.3.tgz';
  const archive = join(folder, 'charts', chart);
  await installCatalog(host, 'namespaced', preferring(catalog, 'knative', '1.21'));
  const spec = { purpose: 'development' };
  const env = await ask(bed(), 'namespaced', ['upgrades-namespaced', 'fails'], spec);
  await ready(bed(), env, 180);
  const way = followKnative(env);
  await rename(archive, `${archive}.away`);
  // provider-helm keeps what it has pulled.
  await rm(join(folder, 'pulled-charts', chart), { force: true });
  await untouched(bed(), env, async () => {
    await installCatalog(host, 'namespaced', preferring(catalog, 'knative', '1.23'));
    const stopped = (e: KubernetesObject) => messageOf(e, 'knative').includes('failed');
    const failed = await until(bed(), env, 'to say that it stopped', stopped, 180);
    tell(`a hop that fails: ${messageOf(failed, 'knative')}`);
    expect(versionOf(failed, 'knative')).toBe('1.21');
    expect(way.seen).not.toContain('serving 1.22');

    await rename(`${archive}.away`, archive);
    await until(bed(), env, 'to be Ready on 1.23', runs('knative', '1.23'), 300);
  });
  way.stop();
  await takeAway(bed(), env);
});

test('an upgrade that a developer asks for: a GKE control plane from 1.34 to 1.36, one minor at a time', async () => {
  const { host, catalog } = bed();
  await installCatalog(host, 'claims', preferring(catalog, 'kubernetes', '1.34'));
  const id = ['upgrades-claims', 'control-plane'] as const;
  const env = await ask(bed(), 'claims', id, { purpose: 'production' });
  await ready(bed(), env, 180);
  const seen: string[] = [];
  const stop = host.watch(composedKinds.claims.cluster, ({ object }) => {
    note(seen, 'cluster', text(object, 'spec', 'forProvider', 'minMasterVersion'));
  });
  await untouched(bed(), env, async () => {
    await ask(bed(), 'claims', id, { purpose: 'production', kubernetes: { version: '1.36' } });
    await until(bed(), env, 'to be Ready on 1.36', runs('kubernetes', '1.36'), 300);
  });
  stop();
  expect(seen).toEqual(['cluster 1.34', 'cluster 1.35', 'cluster 1.36']);
  await takeAway(bed(), env, { bound: 180 });
});

const DATES = ['supported', 'deprecated', 'expires'];

/** All its versions are supported, and this one is what a new environment gets. */
function preferring(catalog: JsonObject, component: string, version: string): JsonObject {
  const components = catalog.components as JsonObject;
  const declared = components[component] as { readonly versions: readonly JsonObject[] };
  const versions = declared.versions.map((entry): Json => {
    const undated = Object.entries(entry).filter(([key]) => !DATES.includes(key));
    return { ...Object.fromEntries(undated), default: entry.version === version };
  });
  return { ...catalog, components: { ...components, [component]: { ...declared, versions } } };
}

/** What is asked of the providers, each time that it becomes something else. */
function followKnative({ flavour, prefix }: Environment) {
  const { host } = bed();
  const seen: string[] = [];
  const { release, object } = composedKinds[flavour];
  const named = ({ metadata }: KubernetesObject, suffix: string) =>
    metadata?.name?.startsWith(prefix) && metadata.name.endsWith(suffix);
  const stops = [
    host.watch(release, ({ object: one }) => {
      if (!named(one, '-knative-operator')) return;
      note(seen, 'operator', text(one, 'spec', 'forProvider', 'chart', 'version'));
    }),
    host.watch(object, ({ object: one }) => {
      if (!named(one, '-knative-serving')) return;
      note(seen, 'serving', text(one, 'spec', 'forProvider', 'manifest', 'spec', 'version'));
    }),
  ];
  return {
    seen,
    stop() {
      for (const stop of stops) stop();
    },
  };
}

/** Others write to the same objects: only what is another than the last one of `what` is news. */
function note(seen: string[], what: string, version: string | undefined): void {
  const line = `${what} ${version}`;
  if (seen.findLast((one) => one.startsWith(`${what} `)) !== line) seen.push(line);
}

function runs(component: string, version: string) {
  return (environment: KubernetesObject) =>
    isSettled(environment) && versionOf(environment, component) === version;
}

function versionOf(environment: KubernetesObject, component: string): string | undefined {
  return text(entryOf(environment, component), 'version');
}

function messageOf(environment: KubernetesObject, component: string): string {
  return text(entryOf(environment, component), 'message') ?? '';
}

function entryOf(environment: KubernetesObject, component: string): Json | undefined {
  const versions = at(environment, 'status', 'versions');
  const all = Array.isArray(versions) ? versions : [];
  return all.find((entry) => text(entry, 'component') === component);
}
