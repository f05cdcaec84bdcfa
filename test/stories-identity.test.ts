// Who may do what inside: a team's group, and a developer's kubeconfig that is not the administrator's.
import { describe, expect, test } from 'vitest';
import { at, text } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import { valuesProblems, vclusterCharts } from './clusters/chart-schemas.ts';
import {
  catalog,
  changed,
  composed,
  conditionsOf,
  deeds,
  line,
  notes,
  passes,
  place,
  run,
  settled,
  specs,
  withSpec,
} from './support/play.ts';
import type { World } from './support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;
const TYPES = ['gke', 'vcluster'] as const;

function grouped(group: string | undefined, access = 'direct'): JsonObject {
  const team = { namespaces: ['team-payments'], ...(group === undefined ? {} : { group }) };
  const teams = changed(catalog, ['teams'], { payments: team });
  return changed(teams, ['purposes', 'sandbox', 'access'], access);
}

const bare = (type: string) => ({ purpose: 'sandbox', cluster: { type } });
const binding = (self: World, step: string) =>
  at(specs(self), step, 'forProvider', 'manifest') as JsonObject;
const team = (self: World) =>
  composed(self).filter((name) => /^[a-z]+-team-(edit|view)$/.test(name));

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  describe.each(TYPES)('in a %s', (type) => {
    test.each([
      ['direct', 'edit'],
      ['gitops', 'view'],
    ])('with access %s the group of the team may %s', async (access, role) => {
      const self = await settled(flavour, bare(type), { catalog: grouped('pay@acme', access) });
      expect(team(self)).toEqual([`${type}-team-${role}`]);
      expect(binding(self, `${type}-team-${role}`)).toEqual({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: `environment-team-${role}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'pay@acme' }],
      });
    });

    test('another access gives the other role first, and takes this one when that is there', async () => {
      const self = await settled(flavour, bare(type), { catalog: grouped('pay@acme') });
      self.catalog = grouped('pay@acme', 'gitops');
      const done = deeds(await self.settle()).map((deed) => deed.replace(/, \d+ usages?/g, ''));
      const created = done.findIndex((deed) => deed.includes(`creates ${type}-team-view`));
      const dropped = done.findIndex((deed) => deed.includes(`drops ${type}-team-edit`));
      expect(created).toBeGreaterThan(-1);
      expect(dropped).toBeGreaterThan(created);
      expect(team(self)).toEqual([`${type}-team-view`]);
    });

    test('another group takes its place, and none leaves it, and says so', async () => {
      const self = await settled(flavour, bare(type), { catalog: grouped('pay@acme') });
      self.catalog = grouped('other@acme');
      await self.settle();
      expect(at(binding(self, `${type}-team-edit`), 'subjects', 0, 'name')).toBe('other@acme');
      const before = specs(self);
      self.catalog = grouped(undefined);
      await passes(self, 3);
      expect(specs(self)).toEqual(before);
      expect(notes(self)).toEqual([
        'access of group other@acme stays: the catalog no longer gives team payments a group',
      ]);
    });

    test('another team takes it over, and one without a group lets nobody in', async () => {
      const namespaces = ['team-payments'];
      const teams = { a: { namespaces, group: 'a@acme' }, b: { namespaces, group: 'b@acme' } };
      const input = changed(catalog, ['teams'], { ...teams, c: { namespaces } });
      const spec = (name: string) => ({ ...bare(type), team: name });
      const self = await settled(flavour, spec('a'), { catalog: input });
      const group = () => at(binding(self, `${type}-team-edit`), 'subjects', 0, 'name');
      expect(group()).toBe('a@acme');
      withSpec(self, spec('b'));
      await self.settle();
      expect(group()).toBe('b@acme');
      withSpec(self, spec('c'));
      await self.settle();
      expect(team(self)).toEqual([]);
      expect(notes(self)).toEqual([]);
    });

    test('a team without a group gets nothing', async () => {
      const self = await settled(flavour, bare(type), { catalog: grouped(undefined) });
      expect(team(self)).toEqual([]);
      expect(composed(self).filter((name) => name.includes('config'))).toEqual([]);
    });
  });

  describe('developers with a kubeconfig of their own', () => {
    const restricted = (role: string | undefined = 'edit') =>
      changed(catalog, ['purposes', 'sandbox', 'developers'], role);
    const input = { catalog: restricted() };
    const exported = (self: World) =>
      at(specs(self), 'vcluster-release', 'forProvider', 'values', 'exportKubeConfig');
    const admin = (self: World) =>
      text(specs(self), 'vcluster-release', 'writeConnectionSecretToRef', 'name');
    const own = (self: World) =>
      text(specs(self), 'vcluster-developer', 'writeConnectionSecretToRef', 'name');
    const SPEC = bare('vcluster');

    test('vcluster makes it, from a service account with that role', async () => {
      const self = await published(flavour, SPEC, input);
      const { server, additionalSecrets } = exported(self) as JsonObject;
      expect(additionalSecrets).toEqual([
        {
          name: expect.stringMatching(/^vc-team-payments-checkout-[0-9a-f]{8}-developer$/),
          context: expect.any(String),
          server,
          serviceAccount: { name: 'developer', namespace: 'default', clusterRole: 'edit' },
        },
      ]);
    });

    test('it lies where the administrator’s would, and that one elsewhere', async () => {
      const self = await published(flavour, SPEC, input);
      expect(admin(self)).not.toBe(own(self));
      if (flavour === 'claims') return;
      expect(own(self)).toBe('checkout-kubeconfig');
      expect(admin(self)).toMatch(/-connection$/);
      const connection = at(self.composite, 'status', 'connection');
      expect(at(connection, 'secretName')).toBe('checkout-kubeconfig');
      expect(at(connection, 'command')).toContain('checkout-kubeconfig');
    });

    test('a claim gets this one, and never the administrator’s', async () => {
      const self = place(flavour, SPEC, input);
      const handed: string[] = [];
      self.request = withKubeconfigs(self);
      for (let i = 0; i < 10; i++) {
        const { response } = await self.pass();
        const found = response.desired?.composite?.connectionDetails.kubeconfig;
        if (found !== undefined) handed.push(String(found));
      }
      expect([...new Set(handed)]).toEqual(flavour === 'claims' ? ['of developers'] : []);
    });

    test('what is looked at is the namespace, for a Secret would lie open in the status', async () => {
      const self = await published(flavour, SPEC, input);
      const spec = at(specs(self), 'vcluster-developer') as JsonObject;
      expect(spec.managementPolicies).toEqual(['Observe']);
      expect(text(spec, 'forProvider', 'manifest', 'kind')).toBe('Namespace');
      expect(at(spec, 'connectionDetails', 0)).toMatchObject({
        kind: 'Secret',
        fieldPath: 'data.config',
        toConnectionSecretKey: 'kubeconfig',
      });
    });

    test('the cluster is not ready before it is there', async () => {
      const self = place(flavour, SPEC, input);
      const lines = await passes(self, 8);
      expect(lines.at(-1)).toContain('waiting for kubeconfig of developers: it is not there yet');
      expect(conditionsOf(self)[1]).toContain('ClusterReady=False');
    });

    test('an environment that exists keeps what its developers have, either way', async () => {
      const free = await settled(flavour, SPEC, { catalog: restricted('cluster-admin') });
      const before = specs(free);
      free.catalog = restricted('edit');
      await passes(free, 3);
      expect(specs(free)).toEqual(before);
      expect(notes(free)).toEqual([
        'role of developers stays cluster-admin: the catalog now says edit, which would take the kubeconfig from who uses it',
      ]);
      const bound = await published(flavour, SPEC, input);
      const bounds = specs(bound);
      for (const role of ['view', 'cluster-admin']) {
        bound.catalog = restricted(role);
        await passes(bound, 3);
        expect(specs(bound)).toEqual(bounds);
        expect(notes(bound)[0]).toContain(`role of developers stays edit: the catalog now says`);
      }
    });

    // A claim's connection Secret is Crossplane's own to name.
    if (flavour === 'namespaced') {
      test('the Secret may be called otherwise at any time', async () => {
        const self = await published(flavour, SPEC, input);
        const before = admin(self);
        withSpec(self, { ...SPEC, writeConnectionSecretToRef: { name: 'mine' } });
        await self.pass();
        expect(own(self)).toBe('mine');
        expect(admin(self)).toBe(before);
      });
    }

    test('with access by git there is none', async () => {
      const gitops = changed(catalog, ['purposes', 'sandbox', 'access'], 'gitops');
      const self = await settled(flavour, SPEC, { catalog: gitops });
      expect(at(exported(self), 'additionalSecrets')).toBeUndefined();
      const both = changed(gitops, ['purposes', 'sandbox', 'developers'], 'edit');
      const refused = line(await place(flavour, SPEC, { catalog: both }).pass());
      expect(refused).toContain('purposes.sandbox.developers: goes with access: direct only');
    });

    if (vclusterCharts().length > 0)
      test('the charts take the values', async () => {
        const self = await published(flavour, SPEC, input);
        const values = at(specs(self), 'vcluster-release', 'forProvider', 'values') as JsonObject;
        for (const { file } of vclusterCharts()) expect(valuesProblems(values, file)).toEqual([]);
      });
  });
});

/** The administrator's of the Release, and that of developers once vcluster has made it. */
function withKubeconfigs(self: World): World['request'] {
  const { request } = self;
  return () => {
    const sent = request();
    for (const [name, resource] of Object.entries(sent.observed?.resources ?? {})) {
      if (name === 'vcluster-release' && Object.keys(resource.connectionDetails).length > 0)
        resource.connectionDetails = { kubeconfig: Buffer.from('of the administrator') };
      if (name === 'vcluster-developer')
        resource.connectionDetails = { kubeconfig: Buffer.from('of developers') };
    }
    return sent;
  };
}

async function published(...args: Parameters<typeof place>): Promise<World> {
  const self = place(...args);
  self.request = withKubeconfigs(self);
  await self.settle();
  return self;
}

test('on GKE groups are known by the security group of the catalog', async () => {
  const group = 'gke-security-groups@acme.example';
  const secured = changed(grouped('pay@acme'), ['clusters', 'gke', 'securityGroup'], group);
  const self = await settled('namespaced', bare('gke'), { catalog: secured });
  const forProvider = at(specs(self), 'gke-cluster', 'forProvider');
  expect(at(forProvider, 'authenticatorGroupsConfig')).toEqual({ securityGroup: group });
  expect(run(self.request()).desired?.resources['gke-cluster']).toBeDefined();
});
