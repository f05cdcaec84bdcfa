// GitOps played against the function, one line a pass: coming up, a broken repository, another engine, and leaving.
import { describe, expect, test } from 'vitest';
import { at } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import {
  catalog,
  changed,
  composed,
  deeds,
  line,
  notes,
  passes,
  place,
  settled,
  specs,
  withSpec,
} from './support/play.ts';
import { conditions, type World } from './support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;
const repository = {
  url: 'https://github.com/acme/deploy',
  path: 'envs/checkout',
  revision: 'main',
};
const secretRef = { name: 'deploy-key' };

function sandbox(engine: string, type = 'gke'): JsonObject {
  return {
    purpose: 'sandbox',
    cluster: { type },
    tools: { gitops: { engine, repository, secretRef } },
  };
}

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  test('Argo CD comes up and is pointed at the repository', async () => {
    const self = place(flavour, sandbox('argocd', 'vcluster'));
    expect(deeds(await self.settle())).toEqual([
      'creates vcluster-namespace',
      'creates vcluster-release',
      'creates vcluster-helm-config, vcluster-kubernetes-config',
      'creates vcluster-argocd',
      'creates vcluster-argocd-credentials',
      'creates vcluster-argocd-application',
    ]);
  });

  test('Flux comes up, and goes backwards when it is taken away', async () => {
    const self = place(flavour, sandbox('flux'));
    expect(deeds(await self.settle()).slice(3)).toEqual([
      'creates gke-flux-operator, 1 usage',
      'creates gke-flux-credentials, gke-flux-instance, 3 usages',
      'creates gke-flux-source, 2 usages',
      'creates gke-flux-sync, 2 usages',
    ]);
    withSpec(self, { ...sandbox('flux'), tools: {} });
    const gone = (await passes(self, 24)).join('\n');
    const order = ['flux-sync', 'flux-source', 'flux-instance', 'flux-operator'].map((name) =>
      gone.search(new RegExp(`drops [^|]*gke-${name}`)),
    );
    expect(order).not.toContain(-1);
    expect([...order].sort((a, b) => a - b)).toEqual(order);
    expect(composed(self).filter((name) => name.includes('flux'))).toEqual([]);
  });

  test.each(['argocd', 'flux'])(
    '%s goes on deploying what it deploys: a repository that is left out is refused',
    async (engine) => {
      const self = await settled(flavour, sandbox(engine));
      const before = composed(self);
      withSpec(self, { ...sandbox(engine), tools: { gitops: { engine } } });
      expect(line(await self.pass())).toBe(
        'refused: spec.tools.gitops.repository: this environment deploys from a repository, and goes on doing so; write that, or another one, or enabled: false to take GitOps away',
      );
      expect(composed(self)).toEqual(before);
    },
  );

  test('a folder that is not there is said, and nothing else waits for it', async () => {
    const tools = { extra: [{ name: 'cert-manager' }], gitops: { engine: 'argocd', repository } };
    const self = place(flavour, { purpose: 'sandbox', tools });
    self.status = (name, _resource, age) =>
      name.endsWith('-application') ? broken(age) : undefined;
    const last = (await passes(self, 14)).at(-1);
    expect(last).toContain(
      'Degraded: waiting for argocd-application: ComparisonError for https://github.com/acme/deploy at main, folder envs/checkout; look at Object',
    );
    expect(at(self.composite, 'status', 'summary', 'tools')).toBe('1/2');
  });

  test('another engine is refused while the first is there, and comes when it is gone', async () => {
    const self = await settled(flavour, sandbox('argocd', 'vcluster'));
    const before = specs(self);
    withSpec(self, sandbox('flux', 'vcluster'));
    expect(line(await self.pass())).toBe(
      'refused: spec.tools.gitops.engine: argocd runs here, and two engines would fight over what they deploy; write argocd, or first enabled: false, and flux when argocd is gone',
    );
    expect(specs(self)).toEqual(before);
    withSpec(self, { ...sandbox('argocd', 'vcluster'), tools: {} });
    await passes(self, 12);
    withSpec(self, sandbox('flux', 'vcluster'));
    await self.settle();
    expect(composed(self).filter((name) => /argocd|flux-sync/.test(name))).toEqual([
      'vcluster-flux-sync',
    ]);
  });

  test('a bundle that changes its engine changes nothing that runs, and that is said', async () => {
    const bundle = (engine: string) =>
      changed(catalog, ['purposes', 'sandbox', 'tools'], { gitops: { engine, repository } });
    const self = await settled(flavour, { purpose: 'sandbox' }, { catalog: bundle('argocd') });
    const before = specs(self);
    self.catalog = bundle('flux');
    await passes(self, 3);
    expect(specs(self)).toEqual(before);
    expect(notes(self)).toEqual([expect.stringContaining('argocd runs here')]);
  });
});

/** As provider-kubernetes shows an Application whose path does not exist. */
function broken(age: number): JsonObject | undefined {
  if (age < 1) return undefined;
  const status = { sync: { status: 'Unknown' }, conditions: [{ type: 'ComparisonError' }] };
  return { ...conditions('Synced', 'Ready=False'), atProvider: { manifest: { status } } };
}

test('a story that leaves something behind would be noticed', async () => {
  const self: World = await settled('claims', sandbox('flux'));
  expect(composed(self).filter((name) => name.includes('flux')).length).toBeGreaterThan(4);
});
