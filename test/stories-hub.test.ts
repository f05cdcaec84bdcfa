// GitOps from the platform's tools cluster: an environment is registered there, without its credentials coming here.
import { describe, expect, test } from 'vitest';
import { at, text } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import {
  catalog,
  changed,
  composed,
  deeds,
  line,
  passes,
  place,
  run,
  settled,
  specs,
  withSpec,
} from './support/play.ts';
import { usualStatus, type World } from './support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;
const repository = {
  url: 'https://github.com/acme/deploy',
  path: 'envs/checkout',
  revision: 'main',
};
const secretRef = { name: 'deploy-key' };
const NAME = /^team-payments-checkout-[0-9a-f]{8}-gitops$/;

const offering = (engine: string | undefined) =>
  changed(
    catalog,
    ['clusters', 'tools', 'gitops'],
    engine && { engine, namespace: 'environments' },
  );

function sandbox(engine: string, type: string, more: JsonObject = {}): JsonObject {
  const gitops = { engine, mode: 'hub', repository, secretRef, ...more };
  return { purpose: 'sandbox', cluster: { type }, tools: { gitops } };
}

const spec = (self: World, step: string) => at(specs(self), step) as JsonObject;
const manifest = (self: World, step: string) =>
  at(spec(self, step), 'forProvider', 'manifest') as JsonObject;
const onTools = (self: World) =>
  composed(self).filter((name) => name.startsWith('tools-') && !name.includes('-used-by-'));

/** GKE's provider shows address and authority. */
function withAuthority(self: World): World {
  self.status = (name, resource, age) => {
    const status = usualStatus(resource, age);
    if (name !== 'gke-cluster' || at(status, 'atProvider') === undefined) return status;
    const masterAuth = { clusterCaCertificate: 'LS0tLS1CRUdJTg==' };
    return { ...status, atProvider: { ...(status.atProvider as JsonObject), masterAuth } };
  };
  return self;
}

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  describe('Flux', () => {
    const input = { catalog: offering('flux') };

    test('gets a copy of a vcluster’s kubeconfig, made by the provider', async () => {
      const self = await settled(flavour, sandbox('flux', 'vcluster'), input);
      expect(onTools(self)).toEqual([
        'tools-gitops-credentials',
        'tools-gitops-kubeconfig',
        'tools-gitops-source',
        'tools-gitops-sync',
      ]);
      const secret = at(spec(self, 'vcluster-release'), 'writeConnectionSecretToRef') as JsonObject;
      expect(spec(self, 'tools-gitops-kubeconfig').references).toEqual([
        {
          patchesFrom: {
            apiVersion: 'v1',
            kind: 'Secret',
            namespace: flavour === 'claims' ? 'crossplane-system' : 'team-payments',
            name: secret.name,
            fieldPath: 'data.kubeconfig',
          },
          toFieldPath: 'data.value',
        },
      ]);
      const { name, namespace } = manifest(self, 'tools-gitops-kubeconfig').metadata as JsonObject;
      expect(name).toMatch(NAME);
      expect(namespace).toBe('environments');
      expect(at(manifest(self, 'tools-gitops-sync'), 'spec')).toMatchObject({
        kubeConfig: { secretRef: { name } },
        sourceRef: { kind: 'GitRepository', name },
        deletionPolicy: 'Orphan',
      });
      expect(text(spec(self, 'tools-gitops-sync'), 'providerConfigRef', 'name')).toBe('tools');
    });

    test('asks Google itself for a GKE cluster, with nothing but its name', async () => {
      const self = await settled(flavour, sandbox('flux', 'gke'), input);
      const map = manifest(self, 'tools-gitops-kubeconfig');
      expect(map.kind).toBe('ConfigMap');
      expect(map.data).toEqual({
        provider: 'gcp',
        cluster: expect.stringMatching(
          /^projects\/acme-environments\/locations\/europe-west1\/clusters\/team-payments-checkout-[0-9a-f]{8}$/,
        ),
      });
      const kubeConfig = at(manifest(self, 'tools-gitops-sync'), 'spec', 'kubeConfig');
      expect(kubeConfig).toEqual({ configMapRef: { name: at(map, 'metadata', 'name') } });
    });

    test('registers when the cluster is ready, and not before', async () => {
      const self = place(flavour, sandbox('flux', 'vcluster'), input);
      const done = deeds(await self.settle());
      expect(done).toEqual([
        'creates tools-gitops-credentials, vcluster-namespace',
        'creates tools-gitops-source, vcluster-release',
        'creates tools-gitops-kubeconfig',
        'creates tools-gitops-sync',
      ]);
    });

    test('lets go backwards', async () => {
      const self = await settled(flavour, sandbox('flux', 'vcluster'), input);
      withSpec(self, { purpose: 'sandbox', cluster: { type: 'vcluster' } });
      const gone = (await passes(self, 14)).join('\n');
      const order = ['sync', 'source', 'credentials'].map((name) =>
        gone.search(new RegExp(`drops [^|]*tools-gitops-${name}`)),
      );
      expect(order).not.toContain(-1);
      expect([...order].sort((a, b) => a - b)).toEqual(order);
      expect(onTools(self)).toEqual([]);
    });
  });

  describe('Argo CD', () => {
    const input = { catalog: offering('argocd') };

    test('logs in to a GKE cluster as itself: its cluster Secret holds no credential', async () => {
      const self = withAuthority(place(flavour, sandbox('argocd', 'gke'), input));
      await self.settle();
      expect(onTools(self)).toEqual([
        'tools-gitops-application',
        'tools-gitops-cluster',
        'tools-gitops-repository',
      ]);
      const { metadata, stringData } = manifest(self, 'tools-gitops-cluster');
      expect(at(metadata, 'labels')).toEqual({ 'argocd.argoproj.io/secret-type': 'cluster' });
      expect(at(stringData, 'server')).toBe('https://203.0.113.10');
      expect(JSON.parse(String(at(stringData, 'config')))).toEqual({
        execProviderConfig: {
          command: 'argocd-k8s-auth',
          args: ['gcp'],
          apiVersion: 'client.authentication.k8s.io/v1beta1',
        },
        tlsClientConfig: { insecure: false, caData: 'LS0tLS1CRUdJTg==' },
      });
      const destination = at(manifest(self, 'tools-gitops-application'), 'spec', 'destination');
      expect(destination).toEqual({ name: at(metadata, 'name'), namespace: 'default' });
    });

    test('stays registered as it is while the cluster shows no address', async () => {
      const self = withAuthority(place(flavour, sandbox('argocd', 'gke'), input));
      await self.settle();
      const before = manifest(self, 'tools-gitops-cluster');
      self.status = (name, resource, age) => {
        const { atProvider: _, ...status } = usualStatus(resource, age);
        return name === 'gke-cluster' ? status : undefined;
      };
      await self.pass();
      expect(manifest(self, 'tools-gitops-cluster')).toEqual(before);
    });

    test('stays registered when the catalog loses the component and the hub', async () => {
      const self = withAuthority(place(flavour, sandbox('argocd', 'gke'), input));
      await self.settle();
      const before = specs(self);
      self.catalog = offering(undefined);
      await passes(self, 3);
      expect(specs(self)).toEqual(before);
      self.catalog = changed(offering(undefined), ['clusters', 'tools'], undefined);
      await passes(self, 3);
      expect(specs(self)).toEqual(before);
    });

    test('is refused for a vcluster, whose credentials would have to be read', async () => {
      const refused = line(await place(flavour, sandbox('argocd', 'vcluster'), input).pass());
      expect(refused).toContain(
        'refused: spec.tools.gitops.mode: Argo CD wants the credentials of a vcluster inside a document of its own',
      );
      expect(refused).toContain('write mode: install');
    });
  });

  test('no kubeconfig passes through', async () => {
    const self = await settled(flavour, sandbox('flux', 'vcluster'), { catalog: offering('flux') });
    const response = run(self.request());
    if (response.desired?.composite !== undefined)
      response.desired.composite.connectionDetails = {};
    expect(JSON.stringify(response)).not.toContain('kind: Config');
  });
});

test.each([
  [undefined, sandbox('flux', 'vcluster'), 'ToolNotAllowed', 'clusters.tools.gitops'],
  ['argocd', sandbox('flux', 'gke'), 'ToolNotAllowed', 'the hub is argocd; write engine: argocd'],
  [
    'flux',
    sandbox('flux', 'gke', { version: '2.8' }),
    'InvalidSpec',
    'goes with mode: install only',
  ],
])('with a hub of %s it is refused, saying what to write: %o', async (hub, asked, reason, why) => {
  const { response, fatal } = await place('namespaced', asked, { catalog: offering(hub) }).pass();
  expect(response.conditions.find((c) => c.type === 'Accepted')?.reason).toBe(reason);
  expect(fatal).toContain(why);
});

test('the mode of a living environment is changed by taking the first one away', async () => {
  const input = { catalog: offering('flux') };
  const self = await settled('namespaced', sandbox('flux', 'vcluster'), input);
  withSpec(self, sandbox('flux', 'vcluster', { mode: 'install' }));
  expect(line(await self.pass())).toContain(
    'refused: spec.tools.gitops.mode: flux serves this environment with mode: hub',
  );
});

test('without a repository the cluster is registered, and that is all', async () => {
  const asked = {
    purpose: 'sandbox',
    cluster: { type: 'vcluster' },
    tools: { gitops: { engine: 'flux', mode: 'hub' } },
  };
  const self = await settled('namespaced', asked, { catalog: offering('flux') });
  expect(onTools(self)).toEqual(['tools-gitops-kubeconfig']);
  expect(String(at(self.composite, 'status', 'tools', 0, 'usage'))).toMatch(
    /^registered with the hub as team-payments-checkout-[0-9a-f]{8}-gitops in environments$/,
  );
});
