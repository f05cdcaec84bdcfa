// Environments played against the function, one line a pass: coming up, flapping, failing and coming back.
import { Severity } from '@crossplane-org/function-sdk-typescript';
import { describe, expect, test } from 'vitest';
import { at } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import {
  catalog,
  changed,
  composed,
  conditionsOf,
  line,
  NOW,
  names,
  passes,
  place,
  run,
  settled,
  specs,
  tell,
  withSpec,
} from './support/play.ts';
import { conditions, environment, usualStatus, type World } from './support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;
const everything = {
  purpose: 'sandbox',
  tools: { knative: {}, extra: [{ name: 'cert-manager' }, { name: 'external-secrets' }] },
};

const withAgents = {
  ...everything,
  tools: {
    ...everything.tools,
    ci: {
      agent: 'github',
      url: 'https://github.com/acme/checkout',
      secretRef: { name: 'github-app' },
    },
  },
};

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  test('development becomes a vcluster with Knative', async () => {
    const self = place(flavour, { purpose: 'development' });
    expect(tell(await self.settle())).toEqual([
      'creates vcluster-namespace | Creating: waiting for vcluster namespace: being created',
      'nothing | Creating: waiting for vcluster namespace: Ready is False (Creating)',
      'creates vcluster-release | Creating: waiting for vcluster: being created',
      'nothing | Creating: waiting for vcluster: being installed',
      'creates vcluster-helm-config, vcluster-kubernetes-config | Creating: waiting for Helm provider config: being created',
      'creates vcluster-knative-namespace, vcluster-knative-operator | Creating: waiting for knative-operator: being created',
      'nothing | Creating: waiting for knative-operator: being installed',
      'creates vcluster-knative-serving | Creating: waiting for knative-serving: being created',
      'nothing | Creating: waiting for knative-serving: Ready is False (Creating)',
      'nothing | Ready: everything is ready',
    ]);
    expect(conditionsOf(self)).toEqual([
      'Accepted=True Accepted: development, a vcluster on host dev-1: Everything else shares a host cluster to keep costs down',
      'ClusterReady=True Available: the vcluster is ready',
      'ToolsReady=True Available: 1/1 tools are ready',
      'VersionsBlessed=True Blessed: every version is supported',
    ]);
  });

  test('production becomes a GKE cluster with Knative, each thing protected by those that need it', async () => {
    const self = place(flavour, { purpose: 'production' });
    expect(tell(await self.settle())).toEqual([
      'creates gke-cluster | Creating: waiting for GKE cluster: being created',
      'nothing | Creating: waiting for GKE cluster: Ready is False (Creating)',
      'nothing | Creating: waiting for GKE cluster: Ready is False (Creating)',
      'creates gke-nodes-9eb5cf96 | Creating: waiting for node pool: being created',
      'nothing | Creating: waiting for node pool: Ready is False (Creating)',
      'creates gke-helm-config, gke-kubernetes-config, 4 usages | Creating: waiting for Helm provider config: being created',
      'creates gke-knative-namespace, gke-knative-operator, 2 usages | Creating: waiting for knative-operator: being created',
      'nothing | Creating: waiting for knative-operator: being installed',
      'creates gke-knative-serving, 2 usages | Creating: waiting for knative-serving: being created',
      'nothing | Creating: waiting for knative-serving: Ready is False (Creating)',
      'nothing | Ready: everything is ready',
    ]);
    expect(composed(self).filter((name) => name.includes('-used-by-'))).toEqual([
      'gke-cluster-used-by-gke-helm-config',
      'gke-cluster-used-by-gke-kubernetes-config',
      'gke-helm-config-used-by-gke-knative-operator',
      'gke-knative-operator-used-by-gke-knative-serving',
      'gke-kubernetes-config-used-by-gke-knative-namespace',
      'gke-kubernetes-config-used-by-gke-knative-serving',
      'gke-nodes-9eb5cf96-used-by-gke-helm-config',
      'gke-nodes-9eb5cf96-used-by-gke-kubernetes-config',
    ]);
  });

  test('a settled environment stays silent: no change, no event, a second call like the first', async () => {
    const self = await settled(flavour, { purpose: 'production' });
    const before = JSON.stringify(self.composite.status);
    for (let i = 0; i < 3; i++) {
      const pass = await self.pass();
      expect(line(pass)).toBe('nothing | Ready: everything is ready');
      expect(pass.events).toEqual([]);
      expect(pass.calls).toBe(1);
    }
    expect(JSON.stringify(self.composite.status)).toBe(before);
  });

  test.each([
    { type: 'vcluster', cluster: 'vcluster-release' },
    { type: 'gke', cluster: 'gke-cluster' },
  ])('a $type that flaps loses nothing and changes nothing', async ({ type, cluster }) => {
    const self = await settled(flavour, { ...everything, cluster: { type } });
    const before = { names: composed(self), specs: specs(self) };
    const lines: string[] = [];
    for (let i = 0; i < 10; i++) {
      // Ready goes to False and back, and with it the kubeconfig.
      self.status = (name, resource, age) =>
        name === cluster && i % 2 === 0
          ? conditions('Synced', 'Ready=False')
          : usualStatus(resource, age);
      lines.push(line(await self.pass()));
      expect(composed(self)).toEqual(before.names);
      expect(specs(self)).toEqual(before.specs);
    }
    const broken =
      type === 'gke'
        ? 'nothing | Degraded: waiting for GKE cluster: Ready is False (Creating)'
        : 'nothing | Degraded: waiting for vcluster: being installed';
    const fine = 'nothing | Ready: everything is ready';
    expect(lines).toEqual([0, 1, 2, 3, 4].flatMap(() => [broken, fine]));
  });

  test('a cluster whose kubeconfig is gone is not ready, and nothing is dropped', async () => {
    const self = await settled(flavour, { purpose: 'development' });
    const before = composed(self);
    const { request } = self;
    self.request = () => {
      const made = request();
      for (const resource of Object.values(made.observed?.resources ?? {}))
        resource.connectionDetails = {};
      return made;
    };
    const answer = await withRequest(self);
    expect(answer).toBe(
      'nothing | Degraded: waiting for vcluster: its kubeconfig is not there yet',
    );
    expect(composed(self)).toEqual(before);
  });

  test('a release that fails and recovers: what hangs on it waits, and Ready=False that is only stale is not believed', async () => {
    const self = place(flavour, { purpose: 'development' });
    const failing: (JsonObject | undefined)[] = [
      failed('failed', 'Ready=False'),
      failed('failed', 'Ready=False'),
      failed('pending-install', 'Ready=False'),
      // It is deployed now, but provider-helm leaves Ready at False until its next poll.
      failed('deployed', 'Ready=False'),
      failed('deployed', 'Ready=False'),
      failed('deployed', 'Ready=False'),
    ];
    let since = 0;
    self.status = (name, resource, age) => {
      if (name !== 'vcluster-knative-operator' || age === 0) return usualStatus(resource, age);
      return failing[Math.min(since++, failing.length - 1)];
    };
    expect(tell(await self.settle()).slice(5)).toEqual([
      'creates vcluster-knative-namespace, vcluster-knative-operator | Creating: waiting for knative-operator: being created',
      'nothing | Creating: waiting for knative-operator: being installed',
      'nothing | Degraded: waiting for knative-operator: the Helm release failed; look at Release team-payments-checkout-438d1dcb-knative-operator',
      'nothing | Degraded: waiting for knative-operator: the Helm release failed; look at Release team-payments-checkout-438d1dcb-knative-operator',
      'nothing | Creating: waiting for knative-operator: the Helm release is pending-install',
      'creates vcluster-knative-serving | Creating: waiting for knative-serving: being created',
      'nothing | Creating: waiting for knative-serving: Ready is False (Creating)',
      'nothing | Ready: everything is ready',
    ]);
  });

  test('a release that breaks later is said once as an event, and so is its recovery', async () => {
    const self = await settled(flavour, { purpose: 'development' });
    const events: (readonly string[])[] = [];
    for (const broken of [true, true, false, false]) {
      self.status = (name, resource, age) =>
        broken && name === 'vcluster-knative-operator'
          ? failed('failed', 'Ready=False')
          : usualStatus(resource, age);
      events.push((await self.pass()).events);
    }
    expect(events).toEqual([
      [
        'ToolsReady: knative: knative-operator: the Helm release failed; look at Release team-payments-checkout-438d1dcb-knative-operator',
      ],
      [],
      ['ToolsReady: 1/1 tools are ready'],
      [],
    ]);
  });

  test('what somebody deletes comes back under its old name', async () => {
    const self = await settled(flavour, { purpose: 'production' });
    const before = names(self);
    self.composed.delete('gke-knative-serving');
    expect(tell(await self.settle())).toEqual([
      'creates gke-knative-serving | Upgrading: waiting for knative-serving: being created',
      'nothing | Upgrading: waiting for knative-serving: Ready is False (Creating)',
      'nothing | Ready: everything is ready',
    ]);
    expect(names(self)).toEqual(before);
  });

  test.each([
    { type: 'vcluster', more: { host: 'dev-2' }, isolation: 'virtual-cluster' },
    { type: 'vcluster', more: {}, isolation: 'tools-cluster' },
    { type: 'gke', more: { location: 'us-east1' }, isolation: 'node-pool' },
  ])(
    'whatever somebody deletes comes back as it was: $type, CI in $isolation',
    async ({ type, more, isolation }) => {
      const spec = { ...withAgents, cluster: { type, ...more } };
      const input = changed(catalog, ['ci'], { isolation, size: 'small' });
      const before = await settled(flavour, spec, { catalog: input });
      for (const name of composed(before)) {
        const self = await settled(flavour, spec, { catalog: input });
        self.composed.delete(name);
        expect((await self.settle(40)).at(-1)?.phase, name).toBe('Ready');
        expect(names(self), name).toEqual(names(before));
        expect(specs(self), name).toEqual(specs(before));
      }
    },
  );

  test('the time of day changes nothing', async () => {
    const self = await settled(flavour, withAgents);
    const request = self.request();
    const answers = [0, 1, 60, 3600, 86_399].map((seconds) => {
      const response = run(request, new Date(NOW.getTime() + 1000 * seconds));
      return JSON.stringify({ ...response, meta: undefined });
    });
    expect(new Set(answers).size).toBe(1);
  });

  test('something that is being deleted is not ready, and stays desired', async () => {
    const self = await settled(flavour, { purpose: 'production' });
    const { request } = self;
    self.request = () => {
      const made = request();
      const resource = made.observed?.resources['gke-knative-operator']?.resource as
        | Record<string, Record<string, unknown>>
        | undefined;
      if (resource?.metadata !== undefined)
        resource.metadata.deletionTimestamp = '2026-11-22T00:00:00Z';
      return made;
    };
    expect(await withRequest(self)).toBe(
      'nothing | Degraded: waiting for knative-operator: being deleted',
    );
  });

  test('a developer is refused before anything exists, and goes on after mending it', async () => {
    const self = place(flavour, { purpose: 'development', size: 'smal' });
    expect(tell([await self.pass(), await self.pass()])).toEqual([
      'refused: spec.size: no size "smal"; did you mean "small"? known: large, medium, small',
      'refused: spec.size: no size "smal"; did you mean "small"? known: large, medium, small',
    ]);
    expect(composed(self)).toEqual([]);
    withSpec(self, { purpose: 'development' });
    expect((await passes(self, 1))[0]).toMatch(/^creates vcluster-namespace \|/);
  });

  test('a bad change of a living environment is refused, touches nothing, and is taken back without a trace', async () => {
    const self = await settled(flavour, everything);
    const before = { specs: specs(self), status: at(self.composite, 'status', 'phase') };
    withSpec(self, { ...everything, lifetime: '1000h' });
    const refused = await self.pass();
    expect(line(refused)).toBe(
      'refused: spec.lifetime: 1000h is longer than 72h, the most that purpose sandbox allows',
    );
    expect(refused.response.desired?.resources).toEqual({});
    expect(conditionsOf(self)).toEqual([
      'Accepted=False LifetimeTooLong: spec.lifetime: 1000h is longer than 72h, the most that purpose sandbox allows',
      'ClusterReady=True Available: the vcluster is ready',
      'ToolsReady=True Available: 3/3 tools are ready',
      'VersionsBlessed=True Blessed: every version is supported',
    ]);
    expect({ specs: specs(self), status: at(self.composite, 'status', 'phase') }).toEqual(before);
    withSpec(self, everything);
    expect(await passes(self, 1)).toEqual(['nothing | Ready: everything is ready']);
  });

  test('a broken catalog in between stops everything, touches nothing, and is over when it is mended', async () => {
    const self = await settled(flavour, everything);
    const before = specs(self);
    self.catalog = changed(catalog, ['purposes', 'sandbox', 'size'], 'smal');
    expect(await passes(self, 2)).toEqual([
      'refused: purposes.sandbox.size: no size "smal"; did you mean "small"? known: large, medium, small',
      'refused: purposes.sandbox.size: no size "smal"; did you mean "small"? known: large, medium, small',
    ]);
    expect(specs(self)).toEqual(before);
    expect(conditionsOf(self)[0]).toMatch(/^Accepted=False InvalidCatalog: /);
    self.catalog = catalog;
    expect(await passes(self, 1)).toEqual(['nothing | Ready: everything is ready']);
  });

  test('an environment that is halfway up survives a broken catalog', async () => {
    const self = place(flavour, everything);
    await passes(self, 4);
    const before = composed(self);
    self.catalog = changed(catalog, ['kind'], 'Katalog');
    expect((await self.pass()).fatal).toBeDefined();
    expect(composed(self)).toEqual(before);
    self.catalog = catalog;
    expect((await self.settle()).at(-1)?.phase).toBe('Ready');
  });

  test('an environment made again from a backup finds its own cluster: new uid, same names', async () => {
    const first = await settled(flavour, everything);
    const again = await settled(flavour, everything);
    const metadata = at(first.composite, 'metadata') as JsonObject;
    again.composite = {
      ...again.composite,
      metadata: { ...metadata, uid: '7c1e', creationTimestamp: '2026-11-21T00:00:00Z' },
    };
    await again.pass();
    expect(names(again)).toEqual(names(first));
  });
});

test('claims and namespaced environments have the same outside names', async () => {
  const spec = { ...everything, cluster: { type: 'gke' } };
  const [claim, xr] = [await settled('claims', spec), await settled('namespaced', spec)];
  expect(names(claim)).toEqual(names(xr));
});

test('a composite without a claim has its own name, no namespace, and the organization as its team', async () => {
  const self = place('claims', everything);
  const { claimRef: _, ...spec } = at(environment('claims', everything), 'spec') as JsonObject;
  self.composite = { ...self.composite, metadata: { name: 'build-farm' }, spec };
  expect((await self.settle()).at(-1)?.phase).toBe('Ready');
  const resource = self.composed.get('vcluster-release')?.resource;
  expect(at(resource, 'metadata', 'labels')).toEqual({
    'platform.xenvironment.dev/environment': 'build-farm',
    'platform.xenvironment.dev/purpose': 'sandbox',
    'platform.xenvironment.dev/team': 'acme',
  });
  expect(names(self)['vcluster-release']).toMatch(/^build-farm-[0-9a-f]{8}-release /);
});

test('Crossplane never sees READY_TRUE for the composite, and a fatal result for nothing but a refusal', async () => {
  const self = place('namespaced', everything);
  for (let i = 0; i < 14; i++) {
    const { response } = await self.pass();
    expect([0, 2]).toContain(response.desired?.composite?.ready);
    expect(response.results.some((r) => r.severity === Severity.SEVERITY_FATAL)).toBe(false);
  }
});

function failed(state: string, ready: string): JsonObject {
  return { ...conditions('Synced', ready), atProvider: { state, version: '1.23.0' } };
}

/** A pass with the request that `self.request` makes now. */
async function withRequest(self: World): Promise<string> {
  return line(await self.pass());
}
