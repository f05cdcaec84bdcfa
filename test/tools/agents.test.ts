// GitLab, Tekton, Buildkite and Jenkins: what they install, what they refuse, and on what ground they stand.
import { describe, expect, test } from 'vitest';
import type { Home } from '../../src/context.ts';
import { at, text } from '../../src/json.ts';
import { Refused } from '../../src/problem.ts';
import type { Json, Step } from '../../src/step.ts';
import type { CiBlock } from '../../src/tools/ci/block.ts';
import { type Agent, agentOf } from '../../src/tools/ci/suffixes.ts';
import { agents } from '../../src/tools/index.ts';
import { BOUNDS, contextFor, HASH, NODES, observedOf, stepNamed, version } from './fixture.ts';

const BLOCKS: Readonly<Record<Agent, CiBlock>> = {
  github: { url: 'https://github.com/acme', secretRef: { name: 'ci' } },
  gitlab: { url: 'https://gitlab.com', secretRef: { name: 'ci' } },
  tekton: {},
  buildkite: { secretRef: { name: 'ci' } },
  jenkins: { url: 'https://jenkins.acme.example', secretRef: { name: 'ci' } },
};
const HOMES = ['ci', 'gke', 'tools'] as const;
const IMAGE = 'docker.io/jenkins/inbound-agent:3355.v388858a_47b_33-17';

function toolOf(agent: Agent) {
  const tool = agents[agent];
  if (tool === undefined) throw new Error(`${agent} is not registered`);
  return tool;
}

function planOf(
  agent: Agent,
  home: Home,
  block: CiBlock = {},
  more: Partial<Parameters<typeof contextFor>[1]> = {},
): readonly Step[] {
  const context = contextFor(home, {
    name: 'ci',
    version: version('1.2.3', { image: IMAGE }),
    ...(home === 'gke' ? { nodes: NODES } : {}),
    ...(home === 'tools' ? { bounds: BOUNDS } : {}),
    ...more,
  });
  return toolOf(agent).plan({ agent, ...BLOCKS[agent], ...block }, context);
}

function provided(steps: readonly Step[], name: string, ...path: string[]): Json | undefined {
  return at(stepNamed(steps, name).manifest.spec, 'forProvider', ...path);
}

function manifestOf(steps: readonly Step[], name: string): Json | undefined {
  return provided(steps, name, 'manifest');
}

const named = Object.keys(BLOCKS) as Agent[];
const others = named.filter((agent) => agent !== 'github');

test('no two agents share the name of a step, and each name says whose it is', () => {
  const owners = new Map<string, Agent>();
  for (const agent of named)
    for (const home of HOMES)
      for (const { name } of planOf(agent, home)) {
        expect(owners.get(name), name).toBeUndefined();
        owners.set(name, agent);
      }
  for (const [name, agent] of owners) expect(agentOf(name), name).toBe(agent);
});

describe.each(others)('%s', (agent) => {
  test.each(HOMES)('what runs in %s is told by what is composed', (home) => {
    expect(toolOf(agent).observedVersion(observedOf(planOf(agent, home)), home)).toBe('1.2.3');
    expect(toolOf(agent).observedVersion(new Map(), home)).toBeUndefined();
  });

  test('everything goes into namespaces that a step makes', () => {
    for (const home of HOMES) {
      const steps = planOf(agent, home);
      const made = steps
        .map((step) => at(step.manifest.spec, 'forProvider', 'manifest'))
        .filter((manifest) => text(manifest, 'kind') === 'Namespace')
        .map((manifest) => text(manifest, 'metadata', 'name'));
      for (const { manifest, name } of steps) {
        const spec = at(manifest.spec, 'forProvider');
        const inside = text(spec, 'namespace') ?? text(spec, 'manifest', 'metadata', 'namespace');
        if (inside !== undefined) expect(made, name).toContain(inside);
        if (manifest.kind === 'Release') expect(at(spec, 'skipCreateNamespace'), name).toBe(true);
      }
    }
  });

  test('in a vcluster nothing is protected, for it dies with it', () => {
    for (const step of planOf(agent, 'ci')) {
      expect(step.protects).toEqual([]);
      expect(step.manifest.spec.managementPolicies).not.toContain('*');
    }
  });

  test('a composite without a namespace has no Secret to copy', () => {
    if (agent === 'tekton') return;
    expect(() => planOf(agent, 'ci', {}, { namespace: '' })).toThrow(Refused);
  });
});

test('every chart comes from the mirror that the catalog names', () => {
  const mirrored = version('1.2.3', {
    repository: 'oci://mirror.acme.example/charts',
    image: IMAGE,
  });
  for (const agent of named)
    for (const { manifest, name } of planOf(agent, 'gke', {}, { version: mirrored }))
      if (manifest.kind === 'Release')
        expect(at(manifest.spec, 'forProvider', 'chart', 'repository'), name).toBe(
          'oci://mirror.acme.example/charts',
        );
});

describe('on the tools cluster', () => {
  const steps = planOf('gitlab', 'tools');

  test('the namespace has a quota, limits and a policy, and pods wait for all of them', () => {
    const namespace = provided(steps, 'tools-ci-gitlab-namespace', 'manifest', 'metadata', 'name');
    expect(namespace).toMatch(new RegExp(`^team-payments-checkout-${HASH}-ci-gitlab$`));
    expect(manifestOf(steps, 'tools-ci-gitlab-quota')).toMatchObject({
      kind: 'ResourceQuota',
      metadata: { namespace },
      spec: {
        hard: {
          'requests.cpu': '4',
          'requests.memory': '8Gi',
          'requests.storage': '20Gi',
          'limits.cpu': '16',
          'limits.memory': '16Gi',
          'services.loadbalancers': '0',
        },
      },
    });
    expect(manifestOf(steps, 'tools-ci-gitlab-limits')).toMatchObject({
      kind: 'LimitRange',
      spec: { limits: [{ type: 'Container', max: { cpu: '4', memory: '8Gi' } }] },
    });
    expect(stepNamed(steps, 'tools-ci-gitlab-runner').needs).toEqual(
      ['namespace', 'quota', 'limits', 'network', 'credentials'].map((s) => `tools-ci-gitlab-${s}`),
    );
  });

  test('defaults are never above the maximum', () => {
    const bounds = { cpu: '500m', memory: '1Gi', storage: '1Gi' };
    const limits = manifestOf(planOf('gitlab', 'tools', {}, { bounds }), 'tools-ci-gitlab-limits');
    expect(at(limits, 'spec', 'limits', 0)).toMatchObject({
      default: { cpu: '500m', memory: '1Gi' },
      defaultRequest: { cpu: '250m', memory: '512Mi' },
      max: { cpu: '500m', memory: '1Gi' },
    });
  });

  test('nobody comes in, and nobody gets at the credentials of a node', () => {
    const policy = at(manifestOf(steps, 'tools-ci-gitlab-network'), 'spec');
    expect(policy).toMatchObject({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
    });
    const egress = at(policy, 'egress') as readonly Json[];
    for (const rule of egress.filter((rule) => at(rule, 'to') !== undefined))
      expect(at(rule, 'to', 0, 'ipBlock', 'except')).toEqual(
        expect.arrayContaining(['169.254.169.254/32', '169.254.169.252/32']),
      );
    // To private networks TLS alone goes out.
    const open = egress.filter(
      (rule) =>
        !(at(rule, 'to', 0, 'ipBlock', 'except') as string[] | undefined)?.includes('10.0.0.0/8'),
    );
    expect(open.flatMap((rule) => (at(rule, 'ports') as Json[]).map((p) => at(p, 'port')))).toEqual(
      [53, 53, 443, 6443],
    );
  });

  test('pods get no privileges on its nodes', () => {
    for (const agent of ['gitlab', 'buildkite', 'jenkins'] as const)
      expect(
        provided(planOf(agent, 'tools'), `tools-ci-${agent}-namespace`, 'manifest', 'metadata'),
      ).toMatchObject({ labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } });
  });
});

describe('on a node pool', () => {
  test.each(['buildkite', 'jenkins'] as const)(
    'pods that authors of %s pipelines write are refused anywhere else',
    (agent) => {
      const steps = planOf(agent, 'gke');
      const policy = manifestOf(steps, `gke-ci-${agent}-policy`);
      const binding = manifestOf(steps, `gke-ci-${agent}-policy-binding`);
      const expressions = (at(policy, 'spec', 'validations') as Json[]).map((v) =>
        at(v, 'expression'),
      );
      expect(expressions).toEqual([
        'has(object.spec.nodeSelector) && "platform.xenvironment.dev/ci" in object.spec.nodeSelector && object.spec.nodeSelector["platform.xenvironment.dev/ci"] == "true"',
        '!has(object.spec.nodeName) || object.spec.nodeName == ""',
      ]);
      const namespace = provided(
        steps,
        `gke-ci-${agent}-namespace`,
        'manifest',
        'metadata',
        'name',
      );
      const selector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
      expect(at(policy, 'spec', 'matchConstraints', 'namespaceSelector')).toEqual(selector);
      expect(binding).toMatchObject({
        spec: {
          policyName: at(policy, 'metadata', 'name'),
          validationActions: ['Deny'],
          matchResources: { namespaceSelector: selector },
        },
      });
    },
  );
});

describe('gitlab', () => {
  test('the manager has rights in its namespace, and the jobs run in it', () => {
    const steps = planOf('gitlab', 'ci', { agents: { maximum: 7 } });
    const namespace = provided(steps, 'ci-gitlab-runner', 'namespace');
    expect(provided(steps, 'ci-gitlab-runner', 'values')).toMatchObject({
      gitlabUrl: 'https://gitlab.com',
      concurrent: 7,
      rbac: { create: true },
      serviceAccount: { create: true },
      runners: { secret: 'gitlab-credentials', jobNamespace: namespace },
    });
    expect(manifestOf(steps, 'ci-gitlab-credentials')).toMatchObject({
      metadata: { name: 'gitlab-credentials', namespace },
    });
  });

  test('jobs select the node pool and tolerate its taint', () => {
    const config = provided(
      planOf('gitlab', 'gke'),
      'gke-ci-gitlab-runner',
      'values',
      'runners',
      'config',
    );
    expect(config).toContain(
      [
        '    [runners.kubernetes.node_selector]',
        '      "platform.xenvironment.dev/ci" = "true"',
        '    [runners.kubernetes.node_tolerations]',
        '      "platform.xenvironment.dev/ci=true" = "NoSchedule"',
      ].join('\n'),
    );
    const elsewhere = provided(
      planOf('gitlab', 'ci'),
      'ci-gitlab-runner',
      'values',
      'runners',
      'config',
    );
    expect(elsewhere).not.toContain('node_selector');
  });
});

describe('tekton', () => {
  test('the operator installs what our TektonConfig says, and goes after it', () => {
    const steps = planOf('tekton', 'gke');
    expect(provided(steps, 'gke-ci-tekton-operator', 'values')).toMatchObject({
      installCRDs: true,
      operator: { autoInstallComponents: false },
    });
    expect(stepNamed(steps, 'gke-ci-tekton-config').protects).toContain('gke-ci-tekton-operator');
    expect(manifestOf(steps, 'gke-ci-tekton-config')).toMatchObject({
      kind: 'TektonConfig',
      metadata: { name: 'config' },
      spec: { profile: 'basic', pruner: { disabled: false, keep: 100 } },
    });
    expect(stepNamed(steps, 'gke-ci-tekton-config').manifest.spec.readiness).toEqual({
      policy: 'DeriveFromObject',
    });
  });
});

describe('buildkite', () => {
  test('the queue is in what a pipeline writes, and stays what it is', () => {
    const steps = planOf('buildkite', 'ci', { agents: { maximum: 9 } });
    const queue = provided(steps, 'ci-buildkite-stack', 'values', 'config', 'queue');
    expect(queue).toMatch(new RegExp(`^team-payments-checkout-${HASH}-ci$`));
    expect(provided(steps, 'ci-buildkite-stack', 'values')).toEqual({
      agentStackSecret: 'buildkite-credentials',
      config: { queue, 'max-in-flight': 9 },
    });
    expect(stepNamed(steps, 'ci-buildkite-stack').usage).toBe(`agents: {queue: ${queue}}`);
    const renamed = planOf(
      'buildkite',
      'ci',
      {},
      { organization: 'new', observed: observedOf(steps) },
    );
    expect(stepNamed(renamed, 'ci-buildkite-stack').usage).toBe(`agents: {queue: ${queue}}`);
  });
});

describe('jenkins', () => {
  test('a controller gets rights in the namespace, and at most so many pods', () => {
    const steps = planOf('jenkins', 'ci', {
      url: undefined,
      secretRef: undefined,
      agents: { maximum: 4 },
    });
    expect(steps.map((step) => step.name)).toEqual(
      ['namespace', 'quota', 'account', 'role', 'binding'].map((part) => `ci-jenkins-${part}`),
    );
    expect(manifestOf(steps, 'ci-jenkins-quota')).toMatchObject({ spec: { hard: { pods: '4' } } });
    const role = manifestOf(steps, 'ci-jenkins-role');
    expect(JSON.stringify(at(role, 'rules'))).toContain('pods/exec');
    expect(manifestOf(steps, 'ci-jenkins-binding')).toMatchObject({
      roleRef: { kind: 'Role', name: at(role, 'metadata', 'name') },
      subjects: [{ kind: 'ServiceAccount', name: 'jenkins' }],
    });
    expect(stepNamed(steps, 'ci-jenkins-account').usage).toMatch(
      /namespace team-payments-checkout-\w+-ci-jenkins and service account jenkins$/,
    );
  });

  test('an agent waits where the block says how it gets in', () => {
    const steps = planOf('jenkins', 'gke');
    const agent = manifestOf(steps, 'gke-ci-jenkins-agent');
    expect(agent).toMatchObject({
      kind: 'Deployment',
      spec: { replicas: 1, strategy: { type: 'Recreate' } },
    });
    const pod = at(agent, 'spec', 'template', 'spec');
    expect(at(pod, 'containers', 0)).toMatchObject({
      image: IMAGE,
      env: expect.arrayContaining([
        { name: 'JENKINS_URL', value: 'https://jenkins.acme.example' },
        expect.objectContaining({ name: 'JENKINS_SECRET' }),
      ]),
    });
    expect(pod).toMatchObject(NODES);
    expect(stepNamed(steps, 'gke-ci-jenkins-agent').manifest.spec.readiness).toMatchObject({
      policy: 'DeriveFromCelQuery',
    });
    expect(() => planOf('jenkins', 'gke', {}, { version: version('2.568') })).toThrow(
      /components\.jenkins\.versions: version 2\.568 names no image/,
    );
    const none = planOf('jenkins', 'gke', { agents: { minimum: 0 } });
    expect(manifestOf(none, 'gke-ci-jenkins-agent')).toMatchObject({ spec: { replicas: 0 } });
  });
});

describe('a block says what applies, and nothing else', () => {
  test.each<[Agent, Home, CiBlock, [string, RegExp][]]>([
    ['gitlab', 'ci', BLOCKS.gitlab, []],
    ['gitlab', 'ci', { ...BLOCKS.gitlab, agents: { minimum: 0, maximum: 5 } }, []],
    ['gitlab', 'ci', { ...BLOCKS.gitlab, url: 'https://git.acme.example/gitlab' }, []],
    [
      'gitlab',
      'ci',
      {},
      [
        ['url', /is needed; write the address of the GitLab server, such as https:\/\/gitlab\.com/],
        ['secretRef', /runner-token .* and runner-registration-token/],
      ],
    ],
    [
      'gitlab',
      'ci',
      { ...BLOCKS.gitlab, url: 'https://gitlab.com/acme/checkout' },
      [['url', /must be the server, https:\/\/gitlab\.com/]],
    ],
    [
      'gitlab',
      'ci',
      { ...BLOCKS.gitlab, agents: { minimum: 1 } },
      [['agents.minimum', /does not apply to gitlab.*write 0 or leave it out/]],
    ],
    ['tekton', 'ci', {}, []],
    [
      'tekton',
      'gke',
      { ...BLOCKS.github, agents: { maximum: 2 } },
      [
        ['url', /does not apply to tekton/],
        ['secretRef', /does not apply to tekton/],
        ['agents', /does not apply to tekton/],
      ],
    ],
    ['tekton', 'tools', {}, [['agent', /once in a cluster/]]],
    ['buildkite', 'ci', BLOCKS.buildkite, []],
    [
      'buildkite',
      'ci',
      { url: 'https://buildkite.com/acme', agents: { minimum: 2 } },
      [
        ['url', /does not apply to buildkite/],
        ['secretRef', /BUILDKITE_AGENT_TOKEN/],
        ['agents.minimum', /does not apply to buildkite/],
      ],
    ],
    ['jenkins', 'ci', {}, []],
    ['jenkins', 'ci', { agents: { minimum: 0, maximum: 3 } }, []],
    ['jenkins', 'ci', { ...BLOCKS.jenkins, agents: { minimum: 1 } }, []],
    [
      'jenkins',
      'ci',
      { agents: { minimum: 1 } },
      [
        ['url', /address of the controller/],
        ['secretRef', /JENKINS_SECRET/],
      ],
    ],
    ['jenkins', 'ci', { secretRef: { name: 'x' } }, [['url', /is needed/]]],
    [
      'jenkins',
      'ci',
      { ...BLOCKS.jenkins, agents: { minimum: 2 } },
      [['agents.minimum', /more than 1.*write 1/]],
    ],
    [
      'jenkins',
      'ci',
      { ...BLOCKS.jenkins, url: 'https://me:hidden@jenkins.acme.example' },
      [['url', /must not contain credentials/]],
    ],
  ])('%s in %s: %o', (agent, home, block, expected) => {
    const problems = toolOf(agent).problems({ agent, ...block }, home);
    expect(problems.map((p) => p.path)).toEqual(expected.map(([path]) => path));
    for (const [i, [, message]] of expected.entries())
      expect(problems[i]?.message).toMatch(message);
    expect(JSON.stringify(problems)).not.toContain('hidden');
  });
});
