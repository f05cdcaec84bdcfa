// What once broke the walk: hops that nobody wants any more, memory that is gone, many tools at once, odd numbers.
import { expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import { catalog, changed, conditionsOf, line, place, run, withSpec } from '../support/play.ts';
import { conditions, environment, usualStatus, type World, world } from '../support/world.ts';

type Entry = JsonObject;
type Blessed = Readonly<Record<string, readonly Entry[]>>;

const usual: Blessed = {
  kubernetes: entries(['1.35', '1.36'], '1.35'),
  vcluster: entries(['0.36.1'], '0.36.1'),
};
const SANDBOX = { purpose: 'sandbox', cluster: { type: 'vcluster' }, tools: { knative: {} } };
const GITHUB = { agent: 'github', url: 'https://github.com/acme/a', secretRef: { name: 'app' } };
const manual = { 'purposes/sandbox/upgrades': 'manual' };

/** Entries of these versions, one of them the default; what is more is by version. */
function entries(
  versions: readonly string[],
  standard: string,
  more: Readonly<Record<string, JsonObject>> = {},
): Entry[] {
  return versions.map((version) => ({
    version,
    ...(version === standard ? { default: true } : {}),
    ...more[version],
  }));
}

/** Knative with the operator's chart beside each minor. */
function knative(standard: string, more: Readonly<Record<string, JsonObject>> = {}): Entry[] {
  const versions = ['1.21', '1.22', '1.23'];
  const charts = versions.map((v) => [v, { chart: `${v}.0`, ...more[v] }]);
  return entries(versions, standard, Object.fromEntries(charts));
}

function blessing(blessed: Blessed, more: Readonly<Record<string, unknown>> = {}): JsonObject {
  let result = changed(catalog, ['waivers'], undefined);
  for (const [name, versions] of Object.entries({ ...usual, ...blessed }))
    result = changed(result, ['components', name, 'versions'], versions);
  for (const [path, value] of Object.entries(more))
    result = changed(result, path.split('/'), value);
  return result;
}

/** An environment that has settled. */
async function living(spec: JsonObject, input: JsonObject): Promise<World> {
  const self = place('namespaced', spec, { catalog: input });
  await self.settle();
  return self;
}

function chart({ composed }: World, name: string): string | undefined {
  return text(composed.get(name)?.resource, 'spec', 'forProvider', 'chart', 'version');
}

function image({ composed }: World): string | undefined {
  const path = ['values', 'controlPlane', 'distro', 'k8s', 'image', 'tag'];
  return text(composed.get('vcluster-release')?.resource, 'spec', 'forProvider', ...path);
}

function versionOf({ composite }: World, component: string): JsonObject {
  const list = at(composite, 'status', 'versions') as readonly JsonObject[];
  return list.find((v) => v.component === component && v.cluster !== 'ci') ?? {};
}

test('a developer who takes a change back in the middle of it may change something else', async () => {
  const self = await living(SANDBOX, blessing({ knative: knative('1.21') }, manual));
  withSpec(self, { ...SANDBOX, tools: { knative: { version: '1.22' } } });
  await self.pass();
  expect(chart(self, 'vcluster-knative-operator')).toBe('1.22.0');
  withSpec(self, SANDBOX);
  await self.settle();
  withSpec(self, { ...SANDBOX, kubernetes: { version: '1.36' } });
  await self.settle();
  expect(image(self)).toBe('v1.36.0');
});

test('a hop whose target is blocked on the way holds nothing else up', async () => {
  const self = await living(SANDBOX, blessing({ knative: knative('1.21') }));
  self.catalog = blessing({ knative: knative('1.22') });
  await self.pass();
  self.catalog = blessing({
    knative: knative('1.21', { '1.22': { blocked: 'CVE-1' } }),
    kubernetes: entries(['1.35', '1.36'], '1.36'),
  });
  await self.settle();
  expect(versionOf(self, 'knative').version).toBe('1.21');
  expect(image(self)).toBe('v1.36.0');
});

const TWO = ['0.14.2', '0.15.1'];
const runners = (standard: string): Blessed => ({ 'github-runners': entries(TWO, standard) });

test('runners that were taken away come back at once when the memory of the hop is lost', async () => {
  const window = { days: ['Sat'], start: '02:00', duration: '1h' };
  const bounded = {
    'purposes/sandbox/maintenance': window,
    'purposes/sandbox/lifetime': undefined,
  };
  let now = '2026-11-22T00:00:00Z';
  const spec = { purpose: 'sandbox', cluster: { type: 'vcluster' }, tools: { ci: GITHUB } };
  const self = world(
    (request) => run(request, new Date(now)),
    environment('namespaced', spec),
    blessing(runners('0.14.2'), bounded),
  );
  await self.settle();
  self.catalog = blessing(runners('0.15.1'), bounded);
  now = '2026-11-28T02:10:00Z';
  await self.pass();
  await self.pass();
  expect(self.composed.has('ci-runners')).toBe(false);
  const anchor = self.composed.get('vcluster-release');
  const path = ['metadata', 'annotations', 'platform.xenvironment.dev/accepted'];
  const resource = changed(anchor?.resource ?? {}, path, '{}');
  self.composed.set('vcluster-release', { age: 9, resource });
  now = '2026-11-28T03:10:00Z';
  await self.settle();
  expect(chart(self, 'ci-runners')).toBe('0.14.2');
  now = '2026-12-05T02:10:00Z';
  await self.settle();
  expect(chart(self, 'ci-runners')).toBe('0.15.1');
});

test('runners in the middle of a replacement are not ready, and no other tool keeps them away', async () => {
  const spec = {
    purpose: 'sandbox',
    cluster: { type: 'vcluster' },
    tools: { knative: {}, ci: GITHUB },
  };
  const both = (standard: string) => blessing({ ...runners(standard), knative: knative('1.23') });
  const self = await living(spec, both('0.14.2'));
  self.catalog = both('0.15.1');
  await self.pass();
  await self.pass();
  self.status = (name, resource, age) =>
    name === 'vcluster-knative-serving'
      ? conditions('Synced', 'Ready=False')
      : usualStatus(resource, age);
  await self.pass();
  const tools = at(self.composite, 'status', 'tools') as readonly JsonObject[];
  expect(tools.find((tool) => tool.name === 'ci')).toMatchObject({
    ready: false,
    message: 'is being replaced by 0.15.1',
  });
  for (let i = 0; i < 6; i++) await self.pass();
  expect(chart(self, 'ci-runners')).toBe('0.15.1');
});

/** A GKE cluster whose control plane runs what `master` says. */
async function onGke(kubernetes: readonly Entry[], master: () => string): Promise<World> {
  const spec = { purpose: 'sandbox', cluster: { type: 'gke' }, tools: { knative: {} } };
  const self = place('namespaced', spec, {
    catalog: blessing({ kubernetes, knative: knative('1.22') }),
  });
  self.status = (name, resource, age) => {
    const status = usualStatus(resource, age);
    if (name !== 'gke-cluster' || age < 2) return status;
    return { ...status, atProvider: { masterVersion: master(), endpoint: '203.0.113.10' } };
  };
  await self.settle();
  return self;
}

test('on GKE an exact version is what runs with a number of its build, and a patch is waited for', async () => {
  let master = '1.35.5-gke.100';
  const self = await onGke(entries(['1.35.5'], '1.35.5'), () => master);
  expect(conditionsOf(self)[3]).toBe('VersionsBlessed=True Blessed: every version is supported');
  const kubernetes = entries(['1.35.5', '1.35.7'], '1.35.7');
  self.catalog = blessing({ kubernetes, knative: knative('1.22') });
  await self.pass();
  expect(line(await self.pass())).toBe(
    'nothing | Upgrading: waiting for GKE cluster: 1.35.5-gke.100 is being replaced by 1.35.7',
  );
  master = '1.35.7-gke.200';
  await self.settle();
  expect(versionOf(self, 'kubernetes')).toMatchObject({ version: '1.35.7', state: 'supported' });
});

test('on GKE a default that is an older patch than what runs holds nothing up', async () => {
  const self = await onGke(entries(['1.35'], '1.35'), () => '1.35.7-gke.100');
  self.catalog = blessing({
    kubernetes: entries(['1.35', '1.35.6'], '1.35.6'),
    knative: knative('1.23'),
  });
  await self.settle();
  expect(versionOf(self, 'knative').version).toBe('1.23');
  expect(versionOf(self, 'kubernetes').next).toBeUndefined();
});

test('a virtual cluster does not go down to an exact version that is an older patch', async () => {
  const patched = { '1.35': { image: 'v1.35.9' } };
  const self = await living(
    SANDBOX,
    blessing({ kubernetes: entries(['1.35'], '1.35', patched), knative: knative('1.22') }),
  );
  self.catalog = blessing({
    kubernetes: entries(['1.35', '1.35.7'], '1.35.7', patched),
    knative: knative('1.22'),
  });
  await self.settle();
  expect(image(self)).toBe('v1.35.9');
});

/** Tools of the catalog, as many as there are requirements: each of six versions of each. */
function tools(
  standard: string,
  requires: readonly ((minor: number) => JsonObject)[],
  kubernetes = '1.35',
): JsonObject {
  const declared = requires.map((of, i) => [
    `tool-${i}`,
    {
      chart: { repository: 'https://charts.example', name: 'tool' },
      namespace: 'tools',
      values: {},
      versions: [0, 1, 2, 3, 4, 5].map((minor) => ({
        version: `1.${minor}.0`,
        ...(standard === `1.${minor}.0` ? { default: true } : {}),
        requires: of(minor),
      })),
    },
  ]);
  const versions = entries(['1.35', '1.36'], kubernetes);
  return blessing({ kubernetes: versions }, { tools: Object.fromEntries(declared) });
}

function extra(count: number): JsonObject {
  const named = Array.from({ length: count }, (_, i) => ({ name: `tool-${i}` }));
  return { purpose: 'sandbox', cluster: { type: 'vcluster' }, tools: { extra: named } };
}

test('one tool that holds Kubernetes down does not keep thirty others where they are', async () => {
  const requires = Array.from({ length: 30 }, (_, i) => () => ({
    kubernetes: i === 29 ? '<1.36' : '<2',
  }));
  const self = await living(extra(30), tools('1.0.0', requires));
  self.catalog = tools('1.5.0', requires, '1.36');
  await self.pass();
  expect(chart(self, 'vcluster-tool-tool-0')).toBe('1.5.0');
  expect(versionOf(self, 'kubernetes').next).toBeUndefined();
});

test('two tools in a knot stay, and eight others go on; nothing takes long', async () => {
  const requires = Array.from({ length: 10 }, (_, i) => (minor: number): JsonObject => {
    if (i < 8) return { kubernetes: '>=1.30' };
    return { [i === 8 ? 'tool-9' : 'tool-8']: `1.${minor}.0` };
  });
  const self = await living(extra(10), tools('1.0.0', requires));
  self.catalog = tools('1.5.0', requires);
  await self.settle(60);
  const versions = Array.from({ length: 10 }, (_, i) => chart(self, `vcluster-tool-tool-${i}`));
  expect(versions).toEqual([...Array(8).fill('1.5.0'), '1.0.0', '1.0.0']);
  expect(versionOf(self, 'tool-9').message).toBe(
    'there is no way from tool-9 1.0.0 to 1.5.0: tool-8 1.0.0 needs tool-9 1.0.0',
  );
});

const EXTRA = { purpose: 'sandbox', cluster: { type: 'vcluster' }, tools: { extra: [{}] } };

test('a chart whose own number lacks the v of the repository is installed all the same', async () => {
  const spec = changed(EXTRA, ['tools', 'extra'], [{ name: 'cert-manager' }]);
  const self = place('namespaced', spec, { catalog });
  self.status = (_name, resource, age) => {
    const status = usualStatus(resource, age);
    const version = text(status, 'atProvider', 'version');
    if (version === undefined) return status;
    return changed(status, ['atProvider', 'version'], version.replace(/^v/, ''));
  };
  expect(line((await self.settle()).at(-1) ?? (await self.pass()))).toContain('Ready');
});

test('charts have numbers of their own: a developer goes up by the version', async () => {
  const versions = entries(['3.4', '3.5'], '3.4', {
    '3.4': { chart: '10.1.1' },
    '3.5': { chart: '10.2.0' },
  });
  const input = changed(catalog, ['tools', 'cert-manager', 'versions'], versions);
  const spec = (more: JsonObject) =>
    changed(EXTRA, ['tools', 'extra'], [{ name: 'cert-manager', ...more }]);
  const self = await living(
    spec({}),
    changed(input, ['purposes', 'sandbox', 'upgrades'], 'manual'),
  );
  withSpec(self, spec({ version: '3.5' }));
  await self.settle();
  expect(chart(self, 'vcluster-tool-cert-manager')).toBe('10.2.0');
});
