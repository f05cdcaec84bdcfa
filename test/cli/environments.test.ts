// Who owns what in a dump, also where a guess by text is wrong.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { gather } from '../../src/cli/fleet/environments.ts';
import { overFleet } from '../../src/cli/fleet/fleet.ts';
import type { JsonObject } from '../../src/step.ts';
import { exampleCatalog } from '../support/catalog.ts';
import { fleet, kubectlJson, kubectlYaml } from '../support/fleet.ts';

const folder = mkdtempSync(join(tmpdir(), 'xenv-'));
afterAll(() => rmSync(folder, { recursive: true }));

const composite: JsonObject = {
  kind: 'XEnvironment',
  metadata: { name: 'checkout-x', uid: 'one' },
  spec: { purpose: 'development', claimRef: { name: 'checkout', namespace: 'team' } },
};
const claim: JsonObject = {
  kind: 'Environment',
  metadata: { name: 'checkout', namespace: 'team' },
  spec: { purpose: 'development', resourceRef: { name: 'checkout-x' } },
};

function composed(name: string, metadata: JsonObject): JsonObject {
  return {
    kind: 'Object',
    metadata: { annotations: { 'crossplane.io/composition-resource-name': name }, ...metadata },
  };
}

const label = { labels: { 'crossplane.io/composite': 'checkout-x' } };
const owner = (uid: string) => ({ ownerReferences: [{ uid: 'user' }, { uid, controller: true }] });

function observedOf(...resources: JsonObject[]): string[] {
  return gather([composite, ...resources]).environments.flatMap((e) => [...e.observed.keys()]);
}

test('a composed resource belongs to its controller, whatever its label says', () => {
  expect(observedOf(composed('a', { ...owner('one') }))).toEqual(['a']);
  const labels = { 'crossplane.io/composite': 'another' };
  expect(observedOf(composed('a', { labels, ...owner('one') }))).toEqual(['a']);
  expect(observedOf(composed('nested', { ...label, ...owner('inner') }))).toEqual([]);
});

test('without a controller the label decides, in the same namespace', () => {
  expect(observedOf(composed('a', label))).toEqual(['a']);
  expect(observedOf(composed('a', { ...label, namespace: 'team' }))).toEqual([]);
});

test('a claim and its composite are one environment; a claim alone is a stray', () => {
  const both = gather([claim, composite]);
  expect(both.environments).toHaveLength(1);
  expect(both.strays).toEqual([]);
  expect(gather([claim])).toEqual({ environments: [], strays: [claim] });
});

test('a Ready cluster counts as having a kubeconfig', () => {
  const release = (status: string): JsonObject => ({
    ...composed('vcluster-release', owner('one')),
    kind: 'Release',
    status: { conditions: [{ type: 'Ready', status }] },
  });
  const kubeconfigs = (['True', 'False'] as const).map(
    (status) =>
      gather([composite, release(status)]).environments[0]?.observed.get('vcluster-release')
        ?.kubeconfig !== undefined,
  );
  expect(kubeconfigs).toEqual([true, false]);
});

const SILENT = { count() {}, end() {} };
const question = {
  from: exampleCatalog(),
  to: exampleCatalog(),
  now: new Date('2026-11-22T00:00:00Z'),
  days: 30,
};

async function effectsIn(name: string, content: string) {
  const file = join(folder, name);
  writeFileSync(file, content);
  const effects = await overFleet({ name: 'plan', question }, [file], SILENT);
  return effects
    .map((effect) => ({ effect, key: `${effect.namespace}/${effect.name}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ effect }) => effect);
}

test('YAML and JSON, one file or many, any order and wrong labels give the same', async () => {
  const resources = fleet(12);
  const expected = await effectsIn('fleet.yaml', kubectlYaml(resources));
  expect(expected).toHaveLength(12);
  expect(await effectsIn('fleet.json', kubectlJson(resources))).toEqual(expected);
  const documents = [...resources].reverse().map((r) => stringify(r));
  expect(await effectsIn('documents.yaml', documents.join('---\n'))).toEqual(expected);
  const mislabelled = JSON.parse(
    JSON.stringify(resources).replaceAll(
      /"crossplane.io\/composite":"[^"]+"/g,
      '"crossplane.io/composite":"elsewhere"',
    ),
  ) as JsonObject[];
  expect(await effectsIn('mislabelled.yaml', kubectlYaml(mislabelled))).toEqual(expected);
});

test('manifests without owners belong to who the label names, however they are written', async () => {
  const resources = fleet(12);
  const expected = await effectsIn('owned.yaml', kubectlYaml(resources));
  const orphans = resources.map((resource) => {
    const { ownerReferences: _, ...metadata } = resource.metadata as JsonObject;
    const { metadata: __, ...rest } = resource;
    // A text is judged by its beginning first.
    return { ...rest, metadata };
  });
  expect(await effectsIn('orphans.yaml', kubectlYaml(orphans))).toEqual(expected);
  expect(await effectsIn('orphans.json', kubectlJson(orphans))).toEqual(expected);
  const compact = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: orphans });
  expect(await effectsIn('compact.json', compact)).toEqual(expected);
});

test('a claim without its composite is judged by itself', async () => {
  const effects = await effectsIn('claim.yaml', stringify(claim));
  expect(effects.map(({ name, verdict }) => [name, verdict])).toEqual([['checkout', 'unchanged']]);
});
