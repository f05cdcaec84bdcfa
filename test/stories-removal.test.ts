// What goes and in which order: tools, node pools, CI agents. The world refuses what Crossplane would refuse.
import { describe, expect, test } from 'vitest';
import { at } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import {
  catalog,
  changed,
  composed,
  conditionsOf,
  deeds,
  notes,
  passes,
  place,
  settled,
  tell,
  withSpec,
} from './support/play.ts';
import { conditions, type Pass, usualStatus, type World } from './support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;
const extra = [{ name: 'cert-manager' }, { name: 'external-secrets' }];
const agents = {
  agent: 'github',
  url: 'https://github.com/acme/checkout',
  secretRef: { name: 'github-app' },
};

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  test('a tool leaves a vcluster in two passes each, dependents first, each really gone before the next', async () => {
    const self = await settled(flavour, { purpose: 'development' });
    withSpec(self, { purpose: 'development', tools: { knative: { enabled: false } } });
    const played = await self.settle();
    expect(tell(played)).toEqual([
      'changes vcluster-knative-serving, vcluster-release | Upgrading: waiting for knative-namespace, knative-operator, knative-serving to be gone',
      'changes vcluster-release; drops vcluster-knative-serving | Upgrading: waiting for knative-namespace, knative-operator, knative-serving to be gone',
      'nothing | Upgrading: waiting for knative-namespace, knative-operator, knative-serving to be gone',
      'nothing | Upgrading: waiting for knative-namespace, knative-operator, knative-serving to be gone',
      'changes vcluster-knative-namespace, vcluster-knative-operator, vcluster-release | Upgrading: waiting for knative-namespace, knative-operator to be gone',
      'changes vcluster-release; drops vcluster-knative-namespace, vcluster-knative-operator | Upgrading: waiting for knative-namespace, knative-operator to be gone',
      'nothing | Upgrading: waiting for knative-namespace, knative-operator to be gone',
      'nothing | Upgrading: waiting for knative-namespace, knative-operator to be gone',
      'changes vcluster-release; drops vcluster-helm-config, vcluster-kubernetes-config | Upgrading: waiting for helm-config, kubernetes-config to be gone',
      'nothing | Upgrading: waiting for helm-config, kubernetes-config to be gone',
      'nothing | Upgrading: waiting for helm-config, kubernetes-config to be gone',
      'changes vcluster-release | Ready: everything is ready',
      'nothing | Ready: everything is ready',
    ]);
    // A second call is made only while something is looked up.
    expect(played.map((pass) => pass.calls)).toEqual([1, 1, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]);
    expect(composed(self)).toEqual(['vcluster-namespace', 'vcluster-release']);
    expect(anchor(self)).not.toContain('leaving');
  });

  test('tools leave a GKE cluster dependents first: Usages after their users, provider configs last', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const self = await settled(flavour, { ...spec, tools: { knative: {}, extra } });
    withSpec(self, spec);
    const played = await self.settle(40);
    const order = played.flatMap((pass) => pass.dropped);
    const goesAfter = (later: string, earlier: string) => {
      expect(order, `${later} after ${earlier}`).toContain(later);
      expect(order.indexOf(later), `${later} after ${earlier}`).toBeGreaterThan(
        order.indexOf(earlier),
      );
    };
    goesAfter('gke-tool-cert-manager', 'gke-tool-external-secrets');
    goesAfter('gke-knative-operator', 'gke-knative-serving');
    goesAfter('gke-knative-namespace', 'gke-knative-serving');
    for (const usage of order.filter((name) => name.includes('-used-by-'))) {
      const [used = '', user = ''] = usage.split('-used-by-');
      goesAfter(usage, user);
      if (order.includes(used)) goesAfter(used, usage);
    }
    goesAfter('gke-helm-config', 'gke-knative-operator');
    goesAfter('gke-helm-config', 'gke-tool-cert-manager');
    goesAfter('gke-kubernetes-config', 'gke-knative-namespace');
    expect(composed(self).map((name) => name.replace(/-[0-9a-f]{8}$/, '-…'))).toEqual([
      'gke-cluster',
      'gke-nodes-…',
    ]);
    expect(deeds(played)[0]).toBe(
      'changes gke-cluster; drops gke-knative-serving, gke-tool-external-secrets',
    );
  });

  test('a tool that takes long to go keeps what it needs, however long it takes', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const self = await settled(flavour, { ...spec, tools: { knative: {} } });
    withSpec(self, spec);
    await self.pass();
    for (const [key, going] of self.going)
      if (key.startsWith('Object/')) self.going.set(key, { ...going, passes: 20 });
    await passes(self, 15);
    expect(composed(self)).toContain('gke-knative-operator');
    expect(composed(self)).toContain('gke-kubernetes-config');
    expect(composed(self)).toContain('gke-knative-operator-used-by-gke-knative-serving');
    await self.settle(40);
    expect(composed(self)).not.toContain('gke-knative-operator');
  });

  test('a tool that is wanted again while it goes comes back and is not waited for twice', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const self = await settled(flavour, { ...spec, tools: { knative: {} } });
    withSpec(self, spec);
    await passes(self, 2);
    withSpec(self, { ...spec, tools: { knative: {} } });
    const last = (await self.settle()).at(-1);
    expect(last?.phase).toBe('Ready');
    expect(composed(self)).toContain('gke-knative-serving');
    expect(anchor(self)).not.toContain('leaving');
  });

  test('removal is under way when the catalog breaks: it stops, and goes on afterwards', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const self = await settled(flavour, { ...spec, tools: { knative: {} } });
    withSpec(self, spec);
    await passes(self, 2);
    const before = composed(self);
    self.catalog = changed(catalog, ['organization'], 5);
    expect((await self.pass()).fatal).toMatch(/^organization: /);
    expect(composed(self)).toEqual(before);
    self.catalog = catalog;
    await self.settle(40);
    expect(composed(self)).toHaveLength(2);
  });

  test('enabled: false takes a tool of the bundle away, and its block gone brings it back', async () => {
    const self = await settled(flavour, { purpose: 'development', tools: { extra } });
    withSpec(self, { purpose: 'development', tools: { knative: { enabled: false }, extra } });
    await self.settle(40);
    expect(toolsOf(self)).toEqual(['cert-manager', 'external-secrets']);
    withSpec(self, { purpose: 'development', tools: { extra } });
    await self.settle(40);
    expect(toolsOf(self)).toEqual(['cert-manager', 'external-secrets', 'knative']);
  });

  test('enabled: false on a required tool is refused, and the tool stays', async () => {
    const self = await settled(flavour, { purpose: 'production' });
    withSpec(self, { purpose: 'production', tools: { knative: { enabled: false } } });
    expect(await passes(self, 1)).toEqual([
      'refused: spec.tools.knative.enabled: purpose production requires knative; leave enabled out or write true',
    ]);
    expect(toolsOf(self)).toEqual(['knative']);
  });

  test('a tool that only the bundle lost stays, is said, and goes when enabled: false is written', async () => {
    const self = await settled(flavour, { purpose: 'development' });
    const before = composed(self);
    self.catalog = changed(catalog, ['purposes', 'development', 'tools'], undefined);
    await passes(self, 3);
    expect(composed(self)).toEqual(before);
    expect(notes(self)).toEqual([
      'knative is no longer in the bundle of development; it stays until enabled: false is written',
    ]);
    expect(conditionsOf(self)[0]).toContain('Kept although the catalog changed: knative is no');
    expect(toolsOf(self)).toEqual(['knative']);
    withSpec(self, { purpose: 'development', tools: { knative: { enabled: false } } });
    await self.settle(40);
    expect(toolsOf(self)).toEqual([]);
    expect(notes(self)).toEqual([]);
  });

  test('a tool that the bundle lost stays when the developer changes something else', async () => {
    const self = await settled(flavour, { purpose: 'development' });
    self.catalog = changed(catalog, ['purposes', 'development', 'tools'], undefined);
    await self.pass();
    withSpec(self, { purpose: 'development', size: 'medium', tools: { extra } });
    await self.settle();
    expect(toolsOf(self)).toEqual(['cert-manager', 'external-secrets', 'knative']);
  });

  test('another size replaces the node pool: the old one goes when its successor is ready, its Usages first', async () => {
    const self = await settled(flavour, { purpose: 'production' });
    const [old = ''] = composed(self).filter((name) => name.startsWith('gke-nodes-'));
    withSpec(self, { purpose: 'production', size: 'medium' });
    // The new pool is slow.
    self.status = (name, resource, age) =>
      name.startsWith('gke-nodes-') && name !== old && age < 5
        ? conditions('Synced', 'Ready=False')
        : usualStatus(resource, age);
    const slow = await passes(self, 5);
    expect(slow[0]).toMatch(/^creates gke-nodes-[0-9a-f]{8}, 2 usages; changes /);
    expect(slow.slice(1).every((line) => line.startsWith('nothing | '))).toBe(true);
    expect(composed(self)).toContain(old);
    const later = await self.settle();
    expect(later.flatMap((pass) => pass.dropped)).toEqual([
      `${old}-used-by-gke-helm-config`,
      `${old}-used-by-gke-kubernetes-config`,
      old,
    ]);
    expect(composed(self).filter((name) => /^gke-nodes-[0-9a-f]{8}$/.test(name))).toHaveLength(1);
  });

  test('a size that is changed back before the new pool is ready keeps the old pool', async () => {
    const self = await settled(flavour, { purpose: 'production' });
    const before = composed(self);
    withSpec(self, { purpose: 'production', size: 'medium' });
    await self.pass();
    withSpec(self, { purpose: 'production' });
    await self.settle(40);
    expect(composed(self)).toEqual(before);
  });

  describe.each([
    { isolation: 'virtual-cluster', home: 'ci-', spec: { purpose: 'development' } },
    {
      isolation: 'virtual-cluster',
      home: 'ci-',
      spec: { purpose: 'sandbox', cluster: { type: 'gke' } },
    },
    { isolation: 'tools-cluster', home: 'tools-', spec: { purpose: 'development' } },
    {
      isolation: 'node-pool',
      home: 'gke-ci-',
      spec: { purpose: 'sandbox', cluster: { type: 'gke' } },
    },
  ])('CI agents with isolation $isolation in $spec.purpose', ({ isolation, home, spec }) => {
    const input = changed(catalog, ['ci'], { isolation, size: 'small' });

    test('come up and go again without a trace', async () => {
      const self = await settled(flavour, spec, { catalog: input });
      const without = composed(self);
      withSpec(self, { ...spec, tools: { ci: agents } });
      await self.settle();
      expect(toolsOf(self)).toContain('ci');
      expect(composed(self).some((name) => name.startsWith(home))).toBe(true);
      withSpec(self, spec);
      const gone = await self.settle(60);
      expect(composed(self)).toEqual(without);
      expect(anchor(self)).not.toContain('leaving');
      expect(orderOf(gone, 'runners')).toBeLessThan(orderOf(gone, 'controller'));
      expect(orderOf(gone, 'controller')).toBeLessThan(orderOf(gone, '-namespace'));
    });

    test.each([1, 2, 3, 5, 8, 11, 14, 17, 20])(
      'are wanted again after %i passes of going, and nothing is lost or doubled',
      async (count) => {
        const wanted = { ...spec, tools: { ci: agents } };
        const self = await settled(flavour, wanted, { catalog: input });
        const before = composed(self);
        withSpec(self, spec);
        await passes(self, count);
        withSpec(self, wanted);
        await self.settle(40);
        expect(composed(self)).toEqual(before);
        expect(anchor(self)).not.toContain('leaving');
      },
    );

    test('stay where they are when the catalog chooses another isolation', async () => {
      const self = await settled(flavour, { ...spec, tools: { ci: agents } }, { catalog: input });
      const before = composed(self);
      for (const other of ['virtual-cluster', 'tools-cluster', 'node-pool']) {
        self.catalog = changed(catalog, ['ci'], { isolation: other, size: 'small' });
        expect(await passes(self, 2)).toContain('nothing | Ready: everything is ready');
        expect(composed(self)).toEqual(before);
      }
      self.catalog = changed(catalog, ['ci'], undefined);
      await passes(self, 2);
      expect(composed(self)).toEqual(before);
    });
  });

  test('the virtual cluster of CI agents comes up step by step', async () => {
    const self = place(flavour, {
      purpose: 'development',
      tools: { knative: { enabled: false }, ci: agents },
    });
    expect(tell(await self.settle())).toEqual([
      'creates ci-namespace, vcluster-namespace | Creating: waiting for vcluster namespace: being created',
      'nothing | Creating: waiting for vcluster namespace: Ready is False (Creating)',
      'creates ci-release, vcluster-release | Creating: waiting for vcluster: being created',
      'nothing | Creating: waiting for vcluster: being installed',
      'creates ci-helm-config, ci-kubernetes-config | Creating: waiting for CI Helm provider config: being created',
      'creates ci-runners-namespace | Creating: waiting for ci-namespace: being created',
      'nothing | Creating: waiting for ci-namespace: Ready is False (Creating)',
      'creates ci-runners-controller, ci-runners-credentials | Creating: waiting for ci-credentials: being created',
      'nothing | Creating: waiting for ci-credentials: Ready is False (Creating)',
      'creates ci-runners | Creating: waiting for ci-runners: being created',
      'nothing | Creating: waiting for ci-runners: being installed',
      'nothing | Ready: everything is ready',
    ]);
  });

  test('a CI pool of another size replaces the old one, and the pool of the applications stays', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' }, tools: { ci: agents } };
    const input = (size: string) => changed(catalog, ['ci'], { isolation: 'node-pool', size });
    const self = await settled(flavour, spec, { catalog: input('small') });
    const pools = () => composed(self).filter((n) => /nodes-[0-9a-f]{8}$/.test(n));
    const [ci, own] = pools();
    self.catalog = input('large');
    await self.settle(40);
    expect(pools()).toHaveLength(2);
    expect(pools()).toContain(own);
    expect(pools()).not.toContain(ci);
  });
});

function toolsOf(self: World): string[] {
  const tools = at(self.composite, 'status', 'tools');
  return (Array.isArray(tools) ? tools : []).map((tool) => String(at(tool, 'name'))).sort();
}

/** The annotations of what remembers, as text. */
function anchor(self: World): string {
  const resource = (self.composed.get('gke-cluster') ?? self.composed.get('vcluster-release'))
    ?.resource;
  return Object.keys((at(resource, 'metadata', 'annotations') ?? {}) as JsonObject).join(' ');
}

/** The pass in which the first resource whose name ends so was dropped. */
function orderOf(played: readonly Pass[], end: string): number {
  const found = played.findIndex((pass) => pass.dropped.some((name) => name.endsWith(end)));
  expect(found, end).toBeGreaterThanOrEqual(0);
  return found;
}
