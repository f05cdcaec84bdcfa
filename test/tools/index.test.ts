// The registry, and what every tool promises: stable names, order that resolves, both flavours, same input same output.
import { describe, expect, test } from 'vitest';
import { COMPONENTS } from '../../src/catalog/schema.ts';
import type { Home } from '../../src/context.ts';
import { AGENTS, ENGINES } from '../../src/spec.ts';
import type { Step } from '../../src/step.ts';
import { agents, engines, knative } from '../../src/tools/index.ts';
import { BOUNDS, contextFor, FLAVOURS, NODES, observedOf, version } from './fixture.ts';

const block = { url: 'https://github.com/acme', secretRef: { name: 'github-app' } };
const gitops = {
  repository: { url: 'https://github.com/acme/deploy', path: 'envs/checkout', revision: 'main' },
  secretRef: { name: 'deploy-key' },
};

/** Tekton does not go to the tools cluster. */
function homesOf(component: string): readonly Home[] {
  return component === 'tekton' ? ['ci', 'gke'] : ['ci', 'gke', 'tools'];
}

type Options = Partial<Parameters<typeof contextFor>[1]>;

/** Every registered tool at every home it can have. */
const planned: readonly [string, Home, (more?: Options) => readonly Step[]][] = [
  ...(['gke', 'vcluster'] as const).map(
    (home) =>
      [
        'knative',
        home,
        (more?: Options) =>
          knative.plan(
            {},
            contextFor(home, { name: 'knative', version: version('1.23'), ...more }),
          ),
      ] as [string, Home, (more?: Options) => readonly Step[]],
  ),
  ...Object.values(agents).flatMap((agent) =>
    homesOf(agent.component).map(
      (home) =>
        [
          agent.component,
          home,
          (more?: Options) =>
            agent.plan(
              block,
              contextFor(home, {
                name: 'ci',
                version: version('1.0.0', { image: 'docker.io/jenkins/inbound-agent:1' }),
                ...(home === 'gke' ? { nodes: NODES } : {}),
                ...(home === 'tools' ? { bounds: BOUNDS } : {}),
                ...more,
              }),
            ),
        ] as [string, Home, (more?: Options) => readonly Step[]],
    ),
  ),
  ...Object.values(engines).flatMap((engine) =>
    (['gke', 'vcluster'] as const).map(
      (home) =>
        [
          engine.component,
          home,
          (more?: Options) =>
            engine.plan(
              gitops,
              contextFor(home, { name: 'gitops', version: version('2.8.0'), ...more }),
            ),
        ] as [string, Home, (more?: Options) => readonly Step[]],
    ),
  ),
];

test('agents and engines are registered by their names in spec, with a component of the catalog', () => {
  expect(Object.keys(agents)).toEqual([...AGENTS]);
  expect(Object.keys(engines)).toEqual(['argocd', 'flux']);
  expect(AGENTS).toEqual(expect.arrayContaining(Object.keys(agents)));
  expect(ENGINES).toEqual(expect.arrayContaining(Object.keys(engines)));
  for (const tool of [knative, ...Object.values(agents), ...Object.values(engines)]) {
    expect(COMPONENTS).toContain(tool.component);
  }
});

test('names of steps never change', () => {
  expect(planned.flatMap(([, , plan]) => plan().map((step) => step.name))).toEqual([
    'gke-knative-operator',
    'gke-knative-namespace',
    'gke-knative-serving',
    'vcluster-knative-operator',
    'vcluster-knative-namespace',
    'vcluster-knative-serving',
    'ci-runners-namespace',
    'ci-runners-credentials',
    'ci-runners-controller',
    'ci-runners',
    'gke-ci-namespace',
    'gke-ci-credentials',
    'gke-ci-controller',
    'gke-ci-runners',
    'tools-ci-namespace',
    'tools-ci-quota',
    'tools-ci-limits',
    'tools-ci-network',
    'tools-ci-credentials',
    'tools-ci-controller',
    'tools-ci-runners',
    'ci-gitlab-namespace',
    'ci-gitlab-credentials',
    'ci-gitlab-runner',
    'gke-ci-gitlab-namespace',
    'gke-ci-gitlab-credentials',
    'gke-ci-gitlab-runner',
    'tools-ci-gitlab-namespace',
    'tools-ci-gitlab-quota',
    'tools-ci-gitlab-limits',
    'tools-ci-gitlab-network',
    'tools-ci-gitlab-credentials',
    'tools-ci-gitlab-runner',
    'ci-tekton-namespace',
    'ci-tekton-operator',
    'ci-tekton-config',
    'gke-ci-tekton-namespace',
    'gke-ci-tekton-operator',
    'gke-ci-tekton-config',
    'ci-buildkite-namespace',
    'ci-buildkite-credentials',
    'ci-buildkite-stack',
    'gke-ci-buildkite-namespace',
    'gke-ci-buildkite-policy',
    'gke-ci-buildkite-policy-binding',
    'gke-ci-buildkite-credentials',
    'gke-ci-buildkite-stack',
    'tools-ci-buildkite-namespace',
    'tools-ci-buildkite-quota',
    'tools-ci-buildkite-limits',
    'tools-ci-buildkite-network',
    'tools-ci-buildkite-credentials',
    'tools-ci-buildkite-stack',
    'ci-jenkins-namespace',
    'ci-jenkins-quota',
    'ci-jenkins-account',
    'ci-jenkins-role',
    'ci-jenkins-binding',
    'ci-jenkins-credentials',
    'ci-jenkins-agent',
    'gke-ci-jenkins-namespace',
    'gke-ci-jenkins-quota',
    'gke-ci-jenkins-policy',
    'gke-ci-jenkins-policy-binding',
    'gke-ci-jenkins-account',
    'gke-ci-jenkins-role',
    'gke-ci-jenkins-binding',
    'gke-ci-jenkins-credentials',
    'gke-ci-jenkins-agent',
    'tools-ci-jenkins-namespace',
    'tools-ci-jenkins-quota',
    'tools-ci-jenkins-limits',
    'tools-ci-jenkins-network',
    'tools-ci-jenkins-account',
    'tools-ci-jenkins-role',
    'tools-ci-jenkins-binding',
    'tools-ci-jenkins-credentials',
    'tools-ci-jenkins-agent',
    'gke-argocd',
    'gke-argocd-credentials',
    'gke-argocd-application',
    'vcluster-argocd',
    'vcluster-argocd-credentials',
    'vcluster-argocd-application',
    'gke-flux-operator',
    'gke-flux-instance',
    'gke-flux-credentials',
    'gke-flux-source',
    'gke-flux-sync',
    'vcluster-flux-operator',
    'vcluster-flux-instance',
    'vcluster-flux-credentials',
    'vcluster-flux-source',
    'vcluster-flux-sync',
  ]);
});

describe.each(planned)('%s in %s', (_tool, home, plan) => {
  test('what a step needs and protects comes before it, or belongs to the target', () => {
    const target = contextFor(home, { name: 'x', version: version('1') }).target;
    const known = new Set([
      ...target.needs,
      ...[target.configs.helm, target.configs.kubernetes].flatMap((step) => step?.name ?? []),
    ]);
    for (const step of plan()) {
      for (const name of [...step.needs, ...step.protects]) expect(known).toContain(name);
      known.add(step.name);
    }
  });

  test('names of composed resources are unique and fit', () => {
    const names = plan().map((step) => step.manifest.metadata.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][-a-z0-9]{0,61}[a-z0-9]$/);
  });

  test.each(FLAVOURS)('planning again from what is observed changes nothing (%s)', (flavour) => {
    const first = plan({ flavour });
    const again = plan({ flavour, observed: observedOf(first) });
    expect(JSON.stringify(again)).toBe(JSON.stringify(first));
    expect(JSON.parse(JSON.stringify(first.map((step) => step.manifest)))).toEqual(
      first.map((step) => step.manifest),
    );
  });

  test('a catalog that changes names changes nothing that exists', () => {
    const first = plan();
    const fresh = plan({ organization: 'renamed' });
    const other = plan({ organization: 'renamed', observed: observedOf(first) });
    expect(JSON.stringify(other)).toBe(JSON.stringify(first));
    expect(JSON.stringify(fresh)).not.toBe(JSON.stringify(first));
  });
});
