// Shared Knative: who may have it, what the vcluster is told, and that a living environment keeps the mode it was made with.
import { describe, expect, test } from 'vitest';
import { storeOf } from '../src/clusters/vcluster-store.ts';
import { vclusterValues } from '../src/clusters/vcluster-values.ts';
import { at } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import { valuesProblems, vclusterCharts } from './clusters/chart-schemas.ts';
import { small } from './clusters/context.ts';
import {
  catalog,
  changed,
  composed,
  conditionsOf,
  line,
  notes,
  passes,
  place,
  settled,
  specs,
  withSpec,
} from './support/play.ts';
import type { World } from './support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;
const HOST = { name: 'dev-1', kubernetes: '1.35', knative: { version: '1.23', licensed: true } };

function offering(host: JsonObject = HOST, edition = 'pro', others: JsonObject[] = []): JsonObject {
  const hosts = [host, ...others];
  const { placement: _, ...rest } = changed(catalog, ['clusters', 'vcluster'], { edition, hosts });
  return { ...rest, placement: { default: { use: 'vcluster' } } };
}

const SHARED = { purpose: 'sandbox', tools: { knative: { mode: 'shared' } } };
const DEDICATED = { purpose: 'sandbox', tools: { knative: {} } };
const WITHOUT = { purpose: 'sandbox' };
const values = (self: World) =>
  at(specs(self), 'vcluster-release', 'forProvider', 'values') as JsonObject;
const toHost = (self: World) => at(values(self), 'sync', 'toHost') as JsonObject;

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  const input = { catalog: offering() };

  test('nothing is composed but the vcluster, which syncs Knative and its namespaces', async () => {
    const self = await settled(flavour, SHARED, input);
    expect(composed(self)).toEqual(['vcluster-namespace', 'vcluster-release']);
    expect(Object.keys(at(toHost(self), 'customResources') as JsonObject)).toEqual([
      'services.serving.knative.dev',
      'configurations.serving.knative.dev',
      'revisions.serving.knative.dev',
      'routes.serving.knative.dev',
    ]);
    expect(at(values(self), 'controlPlane', 'statefulSet', 'image', 'repository')).toBe(
      'loft-sh/vcluster-pro',
    );
    expect(at(values(self), 'platform')).toEqual({
      apiKey: { secretName: 'vcluster-platform-api-key', namespace: 'vcluster-platform' },
    });
    expect(at(self.composite, 'status', 'tools')).toEqual([
      { name: 'knative', version: '1.23', ready: true },
    ]);
    expect(at(self.composite, 'status', 'versions', 2)).toMatchObject({
      cluster: 'host',
      component: 'knative',
      version: '1.23',
    });
  });

  test('it is ready when the vcluster is, and not before', async () => {
    const self = place(flavour, SHARED, input);
    await self.pass();
    expect(at(self.composite, 'status', 'tools', 0, 'ready')).toBe(false);
    expect(conditionsOf(self)[2]).toContain('ToolsReady=False');
    await self.settle();
    expect(conditionsOf(self)[2]).toContain('ToolsReady=True');
  });

  test.each([
    { what: 'short', who: {} },
    { what: '63 characters each', who: { name: 'n'.repeat(63), namespace: 'm'.repeat(63) } },
    { what: 'a leading digit', who: { name: '0', namespace: '7-eleven' } },
  ])('names on the host fit what vcluster takes: $what', async ({ who }) => {
    const self = await settled(flavour, SHARED, { ...input, ...who });
    const mapping = at(toHost(self), 'namespaces', 'mappings', 'byName') as JsonObject;
    expect(Object.keys(mapping)).toEqual(['*']);
    const [host = ''] = Object.values(mapping).map(String);
    // loft-sh/vcluster, pkg/util/namespaces/validation.go: one *, at the end, after 32 characters at most.
    expect(host).toMatch(/^[a-z][-a-z0-9]{0,31}\*$/);
    expect(host).toMatch(/-[0-9a-f]{8}-\*$/);
    const own = String(at(specs(self), 'vcluster-release', 'forProvider', 'namespace'));
    expect(own.startsWith(host.slice(0, -1))).toBe(false);
  });

  test('the mode of a living environment is the one that it was made with', async () => {
    const self = await settled(flavour, SHARED, input);
    const before = specs(self);
    withSpec(self, DEDICATED);
    expect(line(await self.pass())).toContain(
      'refused: spec.tools.knative.mode: this vcluster was made to share the Knative of its host',
    );
    expect(specs(self)).toEqual(before);
    const other = await settled(flavour, DEDICATED, input);
    withSpec(other, SHARED);
    expect(line(await other.pass())).toContain(
      'refused: spec.tools.knative.mode: this environment was made without shared Knative',
    );
    const bare = await settled(flavour, WITHOUT, input);
    withSpec(bare, SHARED);
    expect(line(await bare.pass())).toContain('a living vcluster cannot begin to sync');
  });

  test('taken away it is no longer synced, and the namespaces stay', async () => {
    const self = await settled(flavour, SHARED, input);
    const { namespaces } = toHost(self);
    withSpec(self, { ...WITHOUT, tools: { knative: { enabled: false } } });
    await self.settle();
    expect(toHost(self)).toEqual({ ingresses: { enabled: true }, namespaces });
    withSpec(self, SHARED);
    await self.settle();
    expect(toHost(self)).toMatchObject({ namespaces, secrets: { all: true } });
  });

  test.each([
    ['edition oss', offering(HOST, 'oss'), 'edition stays pro'],
    ['a host without Knative', offering({ name: 'dev-1', kubernetes: '1.35' }), 'has no Knative'],
    ['no license', offering({ ...HOST, knative: { version: '1.23' } }), 'has no license for it'],
    [
      'another team’s labels',
      changed(offering(), ['teams'], { shop: { namespaces: ['team-payments'] } }),
      undefined,
    ],
  ])('a catalog that turns to %s changes nothing that runs', async (_, changes, note) => {
    const self = await settled(flavour, SHARED, input);
    const before = values(self);
    self.catalog = changes;
    await passes(self, 3);
    expect(values(self)).toEqual(before);
    expect(at(self.composite, 'status', 'phase')).toBe('Ready');
    const about = notes(self).filter((text) => note === undefined || text.includes(note));
    expect(about.length > 0).toBe(note !== undefined);
  });

  test('a bundle that loses it, or changes its mode, changes nothing that runs', async () => {
    const bundle = (knative: JsonObject | undefined) =>
      changed(offering(), ['purposes', 'sandbox', 'tools'], knative && { knative });
    const self = await settled(flavour, WITHOUT, { catalog: bundle({ mode: 'shared' }) });
    const before = values(self);
    for (const knative of [undefined, { mode: 'dedicated' }]) {
      self.catalog = bundle(knative);
      await passes(self, 3);
      expect(values(self)).toEqual(before);
      expect(composed(self)).toEqual(['vcluster-namespace', 'vcluster-release']);
      expect(notes(self).join()).toContain('knative');
    }
  });
});

async function refusal(input: JsonObject, spec: JsonObject = SHARED): Promise<string> {
  const pass = await place('namespaced', spec, { catalog: input }).pass();
  const reason = pass.response.conditions.find((c) => c.type === 'Accepted')?.reason;
  return `${reason}: ${pass.fatal ?? 'accepted'}`;
}

describe('refused with what to write instead', () => {
  test('on GKE', async () => {
    const spec = { ...SHARED, cluster: { type: 'gke' } };
    expect(await refusal(offering(), spec)).toBe(
      "ToolNotAllowed: spec.tools.knative.mode: shared Knative is that of a vcluster's host, and this environment is a gke; write mode: dedicated, or leave mode out",
    );
  });

  test('with the edition that syncs nothing', async () => {
    expect(await refusal(offering(HOST, 'oss'))).toMatch(
      /^ToolNotAllowed: .*edition: pro, and the catalog says oss.*write mode: dedicated/,
    );
  });

  test('on a host without a license, naming one that has it', async () => {
    const licensed = { ...HOST, name: 'dev-2' };
    const bare = { ...HOST, knative: { version: '1.23' } };
    expect(await refusal(offering(bare, 'pro', [licensed]))).toBe(
      'ToolNotAllowed: spec.tools.knative.mode: Knative cannot be shared here: host dev-1 has no license for it (clusters.vcluster.hosts[].knative in the catalog); write mode: dedicated, or leave mode out, or cluster.host with one of: dev-2',
    );
  });

  test('in another version than the host has', async () => {
    const spec = { ...SHARED, tools: { knative: { mode: 'shared', version: '1.22' } } };
    expect(await refusal(offering(), spec)).toContain(
      'spec.tools.knative.version: the Knative of host dev-1 is 1.23',
    );
    const same = { ...SHARED, tools: { knative: { mode: 'shared', version: '1.23' } } };
    expect(await refusal(offering(), same)).toBe('Accepted: accepted');
  });

  test('with a domain, which is the host’s', async () => {
    const spec = { ...SHARED, tools: { knative: { mode: 'shared', domain: 'a.example' } } };
    expect(await refusal(offering(), spec)).toContain('InvalidSpec: spec.tools.knative.domain');
  });

  test('on a host whose Kubernetes the version does not go with', async () => {
    expect(await refusal(offering({ ...HOST, kubernetes: '1.33' }))).toBe(
      'IncompatibleVersions: spec.tools.knative.mode: knative 1.23 needs kubernetes >=1.34 on the host, and that of host dev-1 is 1.33; choose another host, or write mode: dedicated',
    );
  });

  test('with a version that is not blessed, unless waived', async () => {
    const old = { ...HOST, knative: { version: '1.21', licensed: true } };
    const bare = changed(offering(old), ['waivers'], []);
    expect(await refusal(bare)).toContain(
      'VersionNotBlessed: spec.tools.knative.mode: knative 1.21',
    );
    expect(await refusal(offering(old))).toBe('Accepted: accepted');
  });

  test('a tool that requires Knative finds that of the host', async () => {
    const requiring = (range: string) =>
      changed(
        offering(),
        ['tools', 'cert-manager', 'versions'],
        [{ version: '1.21.1', chart: 'v1.21.1', default: true, requires: { knative: range } }],
      );
    const tools = { ...SHARED.tools, extra: [{ name: 'cert-manager' }] };
    const spec = { ...SHARED, tools };
    expect(await refusal(requiring('>=1.22'), spec)).toBe('Accepted: accepted');
    expect(await refusal(requiring('>=1.24'), spec)).toContain('needs knative >=1.24');
  });

  test('and the Kubernetes inside does not matter', async () => {
    const spec = { ...SHARED, kubernetes: { version: '1.36' } };
    expect(await refusal(offering(), spec)).toBe('Accepted: accepted');
  });
});

if (vclusterCharts().length > 0)
  describe('the chart', () => {
    test.each(vclusterCharts())('$version takes the values', async ({ file }) => {
      const self = await settled('namespaced', SHARED, { catalog: offering() });
      expect(valuesProblems(values(self), file)).toEqual([]);
      const plain = vclusterValues({
        release: 'shop',
        namespace: 'shop',
        endpoint: {
          server: 'https://shop.shop.svc:443',
          values: {},
          names: [],
          loadBalancer: false,
        },
        image: 'v1.35.0',
        edition: 'pro',
        size: small.vcluster,
        store: storeOf(small.vcluster, undefined),
        developers: [],
        shared: { knative: true, namespaces: { enabld: true }, license: {} },
      });
      expect(valuesProblems(plain, file)).not.toEqual([]);
    });
  });
