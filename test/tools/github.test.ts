// GitHub runners: the three homes, isolation, credentials, and what a block must say.
import { describe, expect, test } from 'vitest';
import type { Home, ToolContext } from '../../src/context.ts';
import { at } from '../../src/json.ts';
import { Refused } from '../../src/problem.ts';
import type { Json, Step } from '../../src/step.ts';
import type { CiBlock } from '../../src/tools/ci/block.ts';
import { github } from '../../src/tools/ci/github.ts';
import { contextFor, FLAVOURS, HASH, observedOf, stepNamed, version } from './fixture.ts';

const block: CiBlock = {
  agent: 'github',
  url: 'https://github.com/acme/checkout',
  secretRef: { name: 'github-app' },
};
const nodes = {
  nodeSelector: { 'platform.xenvironment.dev/pool': 'ci' },
  tolerations: [{ key: 'platform.xenvironment.dev/ci', operator: 'Exists', effect: 'NoSchedule' }],
};
const HOMES = [
  ['ci', 'runners-namespace', 'runners-credentials', 'runners-controller', 'runners'],
  ['gke', 'ci-namespace', 'ci-credentials', 'ci-controller', 'ci-runners'],
  ['tools', 'ci-namespace', 'ci-credentials', 'ci-controller', 'ci-runners'],
] as const;

function contextOf(home: Home, more: Partial<Parameters<typeof contextFor>[1]> = {}): ToolContext {
  const pool = home === 'gke' ? { nodes } : {};
  return contextFor(home, { name: 'ci', version: version('0.14.2'), ...pool, ...more });
}

function valuesOf(step: Step): Json | undefined {
  return at(step.manifest.spec, 'forProvider', 'values');
}

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  test.each(HOMES)('a fresh plan in %s', (home, ...suffixes) => {
    const steps = github.plan(block, contextOf(home, { flavour }));
    expect(steps.map((s) => s.name)).toEqual(suffixes.map((suffix) => `${home}-${suffix}`));
    expect(steps.map((s) => s.title)).toEqual([
      'ci-namespace',
      'ci-credentials',
      'ci-controller',
      'ci-runners',
    ]);
    expect(steps.map((s) => s.manifest.kind)).toEqual(['Object', 'Object', 'Release', 'Release']);
    for (const { manifest, part } of steps) {
      expect(part).toBe('ci');
      expect(manifest.apiVersion.includes('.m.')).toBe(flavour === 'namespaced');
      expect(manifest.metadata.labels?.['platform.xenvironment.dev/tool']).toBe('ci');
    }
  });
});

describe.each(HOMES)('in %s', (home, ...suffixes) => {
  const [namespaceName, credentialsName, controllerName, runnersName] = suffixes.map(
    (suffix) => `${home}-${suffix}`,
  );
  const steps = github.plan(block, contextOf(home));
  const [namespace, credentials, controller, runners] = steps as unknown as [
    Step,
    Step,
    Step,
    Step,
  ];
  const name = at(namespace.manifest.spec, 'forProvider', 'manifest', 'metadata', 'name');

  test('everything is in one namespace of its own', () => {
    expect(name).toMatch(new RegExp(`^team-payments-checkout-${HASH}-ci$`));
    expect(at(credentials.manifest.spec, 'forProvider', 'manifest', 'metadata', 'namespace')).toBe(
      name,
    );
    for (const release of [controller, runners]) {
      expect(at(release.manifest.spec, 'forProvider')).toMatchObject({
        namespace: name,
        skipCreateNamespace: true,
      });
    }
  });

  test('the controller watches that namespace alone, and the runners name its service account', () => {
    expect(valuesOf(controller)).toMatchObject({
      flags: { watchSingleNamespace: name },
      serviceAccount: { create: true, name: 'runner-controller' },
    });
    expect(valuesOf(runners)).toMatchObject({
      controllerServiceAccount: { name: 'runner-controller', namespace: name },
    });
  });

  test('both charts have the same version, and the scale set a name of at most 45 characters', () => {
    const repository = 'oci://ghcr.io/actions/actions-runner-controller-charts';
    expect(at(controller.manifest.spec, 'forProvider', 'chart')).toEqual({
      repository,
      name: 'gha-runner-scale-set-controller',
      version: '0.14.2',
    });
    expect(at(runners.manifest.spec, 'forProvider', 'chart')).toEqual({
      repository,
      name: 'gha-runner-scale-set',
      version: '0.14.2',
    });
    const external = runners.manifest.metadata.annotations?.['crossplane.io/external-name'];
    expect(external?.length).toBeLessThanOrEqual(45);
    expect(valuesOf(runners)).toMatchObject({ runnerScaleSetName: external });
  });

  test('runners wait for everything else, and everything for the cluster', () => {
    const own = home === 'tools' ? [] : [`${home}-cluster`];
    const [helm, kubernetes] =
      home === 'tools' ? [[], []] : [[`${home}-helm-config`], [`${home}-kubernetes-config`]];
    expect(steps.map((s) => s.needs)).toEqual([
      [...own, ...kubernetes],
      [...own, ...kubernetes, namespaceName],
      [...own, ...helm, namespaceName],
      [...own, ...helm, namespaceName, credentialsName, controllerName],
    ]);
  });

  test('runners are gone before their controller, namespace and credentials, but in a vcluster', () => {
    const [helm, kubernetes] =
      home === 'tools' ? [[], []] : [[`${home}-helm-config`], [`${home}-kubernetes-config`]];
    const expected =
      home === 'ci'
        ? [[], [], [], []]
        : [
            kubernetes,
            kubernetes,
            [...helm, namespaceName],
            [...helm, namespaceName, credentialsName, controllerName],
          ];
    expect(steps.map((s) => s.protects)).toEqual(expected);
    for (const step of steps) {
      expect(step.manifest.spec.managementPolicies).toEqual(
        home === 'ci' ? ['Observe', 'Create', 'Update', 'LateInitialize'] : ['*'],
      );
    }
  });

  test('what runs is the version of the runners, and before they are there of the controller', () => {
    expect(github.observedVersion(observedOf(steps), home)).toBe('0.14.2');
    expect(github.observedVersion(observedOf([controller]), home)).toBe('0.14.2');
    expect(github.observedVersion(observedOf([namespace]), home)).toBeUndefined();
    expect(runnersName).toBe(runners.name);
  });
});

test('runners work for the url, with as many agents as the block says', () => {
  const values = (more: Partial<CiBlock>) =>
    valuesOf(stepNamed(github.plan({ ...block, ...more }, contextOf('ci')), 'ci-runners'));
  expect(values({})).toMatchObject({
    githubConfigUrl: 'https://github.com/acme/checkout',
    githubConfigSecret: 'github-credentials',
    minRunners: 0,
    maxRunners: 5,
  });
  expect(values({ agents: { minimum: 2, maximum: 9 } })).toMatchObject({
    minRunners: 2,
    maxRunners: 9,
  });
});

describe('on a node pool', () => {
  const steps = github.plan(block, contextOf('gke'));

  test('there is no CI pod without the toleration and the selector', () => {
    expect(valuesOf(stepNamed(steps, 'gke-ci-controller'))).toMatchObject(nodes);
    const values = valuesOf(stepNamed(steps, 'gke-ci-runners'));
    expect(at(values, 'template', 'spec')).toEqual(nodes);
    expect(at(values, 'listenerTemplate', 'spec')).toEqual({
      containers: [{ name: 'listener' }],
      ...nodes,
    });
  });

  test('the runner container is left to the chart', () => {
    const values = valuesOf(stepNamed(steps, 'gke-ci-runners'));
    expect(at(values, 'template', 'spec', 'containers')).toBeUndefined();
  });
});

test.each(['ci', 'tools'] as const)('in %s pods are not told where to run', (home) => {
  const text = JSON.stringify(github.plan(block, contextOf(home)));
  expect(text).not.toContain('nodeSelector');
  expect(text).not.toContain('emplate');
});

describe('credentials', () => {
  test('are copied from the namespace of the environment by the provider', () => {
    const step = stepNamed(github.plan(block, contextOf('ci')), 'ci-runners-credentials');
    expect(step.manifest.spec.references).toEqual([
      {
        patchesFrom: {
          apiVersion: 'v1',
          kind: 'Secret',
          namespace: 'team-payments',
          name: 'github-app',
          fieldPath: 'data',
        },
        toFieldPath: 'data',
      },
    ]);
  });

  test('never appear, not even when the provider has written them into the Object', () => {
    const first = github.plan(block, contextOf('ci'));
    const observed = observedOf(first, (resource, step) => {
      if (step.name !== 'ci-runners-credentials') return resource;
      const manifest = at(resource, 'spec', 'forProvider', 'manifest') as object;
      return {
        ...resource,
        spec: { forProvider: { manifest: { ...manifest, data: { github_token: 'c2VjcmV0' } } } },
      };
    });
    const second = github.plan(block, contextOf('ci', { observed }));
    expect(JSON.stringify(second)).not.toContain('c2VjcmV0');
    expect(at(stepNamed(second, 'ci-runners-credentials').manifest.spec, 'forProvider')).toEqual({
      manifest: at(
        stepNamed(first, 'ci-runners-credentials').manifest.spec,
        'forProvider',
        'manifest',
      ),
    });
  });

  test('a composite without a claim has no namespace to copy them from', () => {
    const plan = () => github.plan(block, contextOf('ci', { namespace: '' }));
    expect(plan).toThrow(Refused);
    expect(plan).toThrow(/spec\.tools\.ci\.secretRef: a composite without a claim/);
  });
});

test('two environments on the tools cluster share no name', () => {
  const [a, b] = ['checkout', 'basket'].map((environment) =>
    github.plan(block, contextOf('tools', { environment })),
  );
  const names = (steps: readonly Step[] | undefined) =>
    (steps ?? []).flatMap(({ manifest }) => [
      manifest.metadata.name,
      at(manifest.spec, 'forProvider', 'namespace'),
      at(manifest.spec, 'forProvider', 'manifest', 'metadata', 'namespace'),
    ]);
  const shared = names(a).filter((name) => name !== undefined && names(b).includes(name));
  expect(shared).toEqual([]);
});

test('a mirror holds both charts, and a digest is that of the scale set', () => {
  const digest = `sha256:${'b'.repeat(64)}`;
  const mirrored = version('0.14.2', {
    repository: 'oci://mirror/x',
    chartName: 'arc-set',
    digest,
  });
  const steps = github.plan(block, contextOf('ci', { version: mirrored }));
  const chart = (name: string) => at(stepNamed(steps, name).manifest.spec, 'forProvider', 'chart');
  expect(chart('ci-runners')).toEqual({
    repository: 'oci://mirror/x',
    name: 'arc-set',
    version: '0.14.2',
    digest,
  });
  expect(chart('ci-runners-controller')).toEqual({
    repository: 'oci://mirror/x',
    name: 'arc-set-controller',
    version: '0.14.2',
  });
});

describe('a block says what it must', () => {
  test.each<[string, CiBlock, [string, RegExp][]]>([
    ['everything', block, []],
    ['an organization', { ...block, url: 'https://github.com/acme' }, []],
    ['an enterprise', { ...block, url: 'https://ghe.acme.example/enterprises/acme/' }, []],
    [
      'nothing',
      {},
      [
        ['url', /is needed; write .*https:\/\/github\.com\/acme\/checkout/],
        ['secretRef', /is needed; write .*github_token/],
      ],
    ],
    ['no path', { ...block, url: 'https://github.com/' }, [['url', /must name an organization/]]],
    [
      'too long a path',
      { ...block, url: 'https://github.com/a/b/c' },
      [['url', /must name an organization/]],
    ],
    ['no address', { ...block, url: 'https://' }, [['url', /is not an address/]]],
    [
      'agents the wrong way round',
      { ...block, agents: { minimum: 3, maximum: 2 } },
      [['agents.minimum', /3 is more than maximum, 2/]],
    ],
    [
      'more than the default',
      { ...block, agents: { minimum: 6 } },
      [['agents.minimum', /6 is more than the default maximum, 5/]],
    ],
    ['as many as the maximum', { ...block, agents: { minimum: 2, maximum: 2 } }, []],
  ])('%s', (_what, given, expected) => {
    const problems = github.problems(given, 'ci');
    expect(problems.map((p) => p.path)).toEqual(expected.map(([path]) => path));
    for (const [i, [, message]] of expected.entries())
      expect(problems[i]?.message).toMatch(message);
  });

  test('credentials in the url are refused and not repeated', () => {
    const [problem] = github.problems(
      { ...block, url: 'https://me:ghp_hidden@github.com/acme' },
      'ci',
    );
    expect(problem?.message).toMatch(/must not contain credentials/);
    expect(JSON.stringify(problem)).not.toContain('ghp_hidden');
  });
});
