// GitOps engines: what is installed, how it is pointed at a repository, and what is said when git does not work.
import { describe, expect, test } from 'vitest';
import { at } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import { argocd } from '../../src/tools/gitops/argocd.ts';
import { flux } from '../../src/tools/gitops/flux.ts';
import { contextFor, observedOf, stepNamed, version } from './fixture.ts';

const repository = {
  url: 'https://github.com/acme/deploy',
  path: 'envs/checkout',
  revision: 'main',
};
const block = { repository, secretRef: { name: 'deploy-key' } };
const context = (home: 'gke' | 'vcluster' = 'gke', number = '10.1.1') =>
  contextFor(home, { name: 'gitops', version: version(number, { chart: '10.1.1' }) });
const names = (steps: readonly { name: string }[]) => steps.map((step) => step.name);
const manifestOf = (step: { manifest: { spec: JsonObject } }) =>
  at(step.manifest.spec, 'forProvider', 'manifest');

/** A repository's credentials are copied by the provider; what stands beside them is no secret. */
function copied(step: { manifest: { spec: JsonObject } }): unknown {
  return at(step.manifest.spec, 'references');
}

const REFERENCE = [
  {
    patchesFrom: {
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'team-payments',
      name: 'deploy-key',
      fieldPath: 'data',
    },
    toFieldPath: 'data',
  },
];

describe('Argo CD', () => {
  test('is a release, a repository Secret and an Application, in this order', () => {
    const steps = argocd.plan(block, context());
    expect(names(steps)).toEqual([
      'gke-argocd',
      'gke-argocd-credentials',
      'gke-argocd-application',
    ]);
    expect(stepNamed(steps, 'gke-argocd-application').needs).toEqual(
      expect.arrayContaining(['gke-argocd', 'gke-argocd-credentials']),
    );
    expect(at(steps[0]?.manifest.spec, 'forProvider')).toMatchObject({
      namespace: 'argocd',
      chart: { repository: 'https://argoproj.github.io/argo-helm', name: 'argo-cd' },
    });
  });

  test('knows the repository by a Secret whose credentials the provider copies', () => {
    const step = stepNamed(argocd.plan(block, context()), 'gke-argocd-credentials');
    expect(manifestOf(step)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'environment-repository',
        namespace: 'argocd',
        labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      },
      stringData: { type: 'git', url: 'https://github.com/acme/deploy' },
    });
    expect(copied(step)).toEqual(REFERENCE);
  });

  test('applies the folder at the revision, and by default the root of the default branch', () => {
    const source = (given: typeof repository | { url: string }) =>
      at(
        manifestOf(
          stepNamed(argocd.plan({ repository: given }, context()), 'gke-argocd-application'),
        ),
        'spec',
        'source',
      );
    expect(source(repository)).toEqual({
      repoURL: 'https://github.com/acme/deploy',
      path: 'envs/checkout',
      targetRevision: 'main',
    });
    expect(source({ url: 'git@github.com:acme/deploy.git' })).toEqual({
      repoURL: 'git@github.com:acme/deploy.git',
      path: '.',
      targetRevision: 'HEAD',
    });
  });

  test('goes without taking what it deployed along', () => {
    const step = stepNamed(argocd.plan(block, context()), 'gke-argocd-application');
    expect(at(manifestOf(step), 'metadata')).toEqual({ name: 'environment', namespace: 'argocd' });
  });

  test.each([
    [
      { sync: { status: 'Unknown' }, conditions: [{ type: 'ComparisonError' }] },
      'Failed',
      'ComparisonError for https://github.com/acme/deploy at main, folder envs/checkout',
    ],
    [
      { sync: { status: 'OutOfSync' }, operationState: { phase: 'Failed' } },
      'Failed',
      'the last sync is Failed for https://github.com/acme/deploy at main, folder envs/checkout',
    ],
    [
      { sync: { status: 'OutOfSync' }, operationState: { phase: 'Running' } },
      'Creating',
      'sync is OutOfSync',
    ],
    [{}, 'Creating', 'being created'],
  ])('says what is wrong with git: %o', (status, reason, message) => {
    const step = stepNamed(argocd.plan(block, context()), 'gke-argocd-application');
    expect(step.notReady(waitingObject(status))).toEqual({ reason, message });
  });

  test('the provider asks whether what git says was applied, not whether it is healthy', () => {
    const step = stepNamed(argocd.plan(block, context()), 'gke-argocd-application');
    expect(at(step.manifest.spec, 'readiness', 'policy')).toBe('DeriveFromCelQuery');
    const query = String(at(step.manifest.spec, 'readiness', 'celQuery'));
    expect(query).toContain('has(object.status.sync)');
    expect(query).not.toContain('health');
  });

  test('what runs is the chart', () => {
    const steps = argocd.plan(block, context());
    expect(argocd.observedVersion(observedOf(steps), 'gke')).toBe('10.1.1');
    expect(argocd.observedVersion(new Map(), 'gke')).toBeUndefined();
  });
});

function waitingObject(status: JsonObject, reason = 'Unavailable') {
  return {
    resource: {
      status: {
        conditions: [
          { type: 'Synced', status: 'True' },
          {
            type: 'Ready',
            status: 'False',
            ...(Object.keys(status).length === 0 ? {} : { reason }),
          },
        ],
        atProvider: { manifest: { status } },
      },
    },
  };
}

describe('Flux', () => {
  const steps = flux.plan(block, context('gke', '2.8'));

  test('is its operator, an instance, a source and what is applied of it', () => {
    expect(names(steps)).toEqual([
      'gke-flux-operator',
      'gke-flux-instance',
      'gke-flux-credentials',
      'gke-flux-source',
      'gke-flux-sync',
    ]);
    expect(manifestOf(stepNamed(steps, 'gke-flux-source'))).toEqual({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: 'environment', namespace: 'flux-system' },
      spec: {
        interval: '1m0s',
        url: 'https://github.com/acme/deploy',
        ref: { branch: 'main' },
        secretRef: { name: 'environment-repository' },
      },
    });
    expect(at(manifestOf(stepNamed(steps, 'gke-flux-sync')), 'spec')).toMatchObject({
      path: './envs/checkout',
      deletionPolicy: 'Orphan',
    });
    expect(copied(stepNamed(steps, 'gke-flux-credentials'))).toEqual(REFERENCE);
  });

  test('is taken away backwards: finalizers need who takes them off', () => {
    const protects = (name: string) => stepNamed(steps, name).protects;
    expect(protects('gke-flux-instance')).toContain('gke-flux-operator');
    expect(protects('gke-flux-source')).toContain('gke-flux-instance');
    expect(protects('gke-flux-sync')).toContain('gke-flux-instance');
    expect(stepNamed(steps, 'gke-flux-sync').needs).toContain('gke-flux-source');
  });

  test.each([
    ['2.8', '2.8.x'],
    ['2.8.7', '2.8.7'],
  ])('version %s is installed as %s and read back', (number, range) => {
    const planned = flux.plan({}, context('gke', number));
    const instance = manifestOf(stepNamed(planned, 'gke-flux-instance'));
    expect(at(instance, 'spec', 'distribution', 'version')).toBe(range);
    expect(flux.observedVersion(observedOf(planned), 'gke')).toBe(number);
  });

  test.each([
    ['main', { branch: 'main' }],
    ['refs/tags/v1.2.0', { name: 'refs/tags/v1.2.0' }],
    [
      '0123456789abcdef0123456789abcdef01234567',
      { commit: '0123456789abcdef0123456789abcdef01234567' },
    ],
  ])('revision %s is the reference %o', (revision, reference) => {
    const planned = flux.plan({ repository: { ...repository, revision } }, context());
    expect(at(manifestOf(stepNamed(planned, 'gke-flux-source')), 'spec', 'ref')).toEqual(reference);
  });

  test('takes an address without a scheme as ssh', () => {
    const given = { repository: { ...repository, url: 'git@github.com:acme/deploy.git' } };
    const source = stepNamed(flux.plan(given, context()), 'gke-flux-source');
    expect(at(manifestOf(source), 'spec', 'url')).toBe('ssh://git@github.com/acme/deploy.git');
  });

  test('a folder that is not there is said, with its name', () => {
    const conditions = [{ type: 'Ready', status: 'False', reason: 'ArtifactFailed' }];
    expect(stepNamed(steps, 'gke-flux-sync').notReady(waitingObject({ conditions }))).toEqual({
      reason: 'Failed',
      message:
        'Ready is False (ArtifactFailed) for https://github.com/acme/deploy at main, folder envs/checkout',
    });
  });

  test('needs a revision, because it does not know the default branch', () => {
    expect(flux.problems({ repository: { url: repository.url } }, 'gke')).toEqual([
      {
        path: 'repository.revision',
        message: expect.stringContaining('write a branch such as main'),
      },
    ]);
  });
});

describe.each([
  { engine: argocd, last: 'argocd' },
  { engine: flux, last: 'flux-instance' },
])('$engine.component', ({ engine, last }) => {
  test.each(['gke', 'vcluster'] as const)(
    'without a repository is installed and says so (%s)',
    (home) => {
      const steps = engine.plan({}, context(home));
      expect(names(steps).at(-1)).toBe(`${home}-${last}`);
      expect(steps.at(-1)?.usage).toBe('write tools.gitops.repository to deploy from git');
    },
  );

  test('what a developer does is told', () => {
    expect(engine.plan(block, context()).map((step) => step.usage)).toContain(
      'push to https://github.com/acme/deploy at main, folder envs/checkout',
    );
  });

  test('without secretRef nothing is copied', () => {
    const steps = engine.plan({ repository }, context());
    expect(steps.map((step) => step.manifest.spec.references).filter(Boolean)).toEqual([]);
  });

  test('in a vcluster nothing is protected or uninstalled', () => {
    for (const step of engine.plan(block, context('vcluster'))) {
      expect(step.protects).toEqual([]);
      expect(step.manifest.spec.managementPolicies).not.toContain('*');
    }
  });

  test.each([
    ['https://user:word@github.com/acme/deploy', 'must not contain credentials'],
    ['https://token@github.com/acme/deploy', 'must not contain credentials'],
    ['ftp://github.com/acme/deploy', 'must begin with https://'],
    ['acme/deploy', 'is not an address'],
  ])('refuses the address %s without repeating it', (url, why) => {
    const [problem] = engine.problems({ repository: { ...repository, url } }, 'gke');
    expect(problem?.path).toBe('repository.url');
    expect(problem?.message).toContain(why);
    expect(problem?.message).not.toContain('word');
  });

  test.each([
    'https://github.com/acme/deploy',
    'ssh://git@github.com/acme/deploy',
    'git@github.com:acme/deploy.git',
  ])('takes the address %s', (url) => {
    expect(engine.problems({ repository: { ...repository, url } }, 'gke')).toEqual([]);
  });

  test('refuses a folder outside of the repository, and credentials for none', () => {
    const outside = engine.problems(
      { repository: { ...repository, path: 'envs/../../etc' } },
      'gke',
    );
    expect(outside.map((p) => p.path)).toEqual(['repository.path']);
    const alone = engine.problems({ secretRef: { name: 'deploy-key' } }, 'gke');
    expect(alone.map((p) => p.path)).toEqual(['secretRef']);
  });

  test('credentials without a namespace to copy them from are refused', () => {
    const nowhere = contextFor('gke', {
      name: 'gitops',
      version: version('2.8', { chart: '0.49.0' }),
      namespace: '',
    });
    expect(() => engine.plan(block, nowhere)).toThrow('make the environment with a claim');
  });
});
