// What every cluster kind and every tool must keep to, in both flavours: looped over the registries.
import type {
  RunFunctionRequest,
  RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import { describe, expect, test } from 'vitest';
import { clusters } from '../src/clusters/index.ts';
import { at, isObject, text } from '../src/json.ts';
import { hash } from '../src/manifests/names.ts';
import { statusSchema } from '../src/status-schema.ts';
import type { Flavour, Json, JsonObject } from '../src/step.ts';
import { agents, engines } from '../src/tools/index.ts';
import { catalog, changed, composed, run, settled, withSpec } from './support/play.ts';
import type { World } from './support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;
const ISOLATIONS = ['virtual-cluster', 'tools-cluster', 'node-pool'] as const;

const deployed = {
  repository: { url: 'https://github.com/acme/deploy', path: 'envs/checkout', revision: 'main' },
  secretRef: { name: 'deploy-key' },
};

/** A block for each agent and engine that is built: a new one needs a line here. */
const BLOCKS: Readonly<Record<string, JsonObject>> = {
  github: {
    agent: 'github',
    url: 'https://github.com/acme/checkout',
    secretRef: { name: 'github-app' },
    agents: { minimum: 1, maximum: 3 },
  },
  gitlab: {
    agent: 'gitlab',
    url: 'https://gitlab.com',
    secretRef: { name: 'gitlab-runner' },
    agents: { maximum: 3 },
  },
  tekton: { agent: 'tekton' },
  buildkite: { agent: 'buildkite', secretRef: { name: 'buildkite' }, agents: { maximum: 3 } },
  jenkins: {
    agent: 'jenkins',
    url: 'https://jenkins.acme.example',
    secretRef: { name: 'jenkins-agent' },
    agents: { minimum: 1, maximum: 3 },
  },
  argocd: { engine: 'argocd', ...deployed },
  flux: { engine: 'flux', ...deployed },
};

/** Tekton is there once in a cluster, so it does not go to one that environments share. */
function goesTo(agent: string, isolation: string, type: string): boolean {
  if (isolation === 'node-pool') return type === 'gke';
  return !(agent === 'tekton' && isolation === 'tools-cluster');
}

interface Case {
  readonly flavour: Flavour;
  readonly type: string;
  readonly isolation: (typeof ISOLATIONS)[number];
  readonly agent: string;
}

/** Every cluster kind with every agent in every isolation that it can have. */
const cases: readonly Case[] = FLAVOURS.flatMap((flavour) =>
  Object.keys(clusters).flatMap((type) =>
    Object.keys(agents).flatMap((agent) =>
      ISOLATIONS.filter((isolation) => goesTo(agent, isolation, type)).map(
        (isolation): Case => ({ flavour, type, isolation, agent }),
      ),
    ),
  ),
);

interface Who {
  readonly name?: string;
  readonly namespace?: string;
}

/** Each engine in each cluster type and flavour, without twice as many cases. */
function engineOf({ isolation }: Case): JsonObject | undefined {
  return BLOCKS[isolation === 'tools-cluster' ? 'flux' : 'argocd'];
}

function everything(c: Case): JsonObject {
  const { type, agent } = c;
  return {
    purpose: 'sandbox',
    cluster: { type },
    tools: {
      knative: { domain: 'checkout.dev.acme.example' },
      ci: BLOCKS[agent] ?? { agent },
      gitops: engineOf(c),
      extra: [{ name: 'cert-manager' }, { name: 'external-secrets' }],
    },
  };
}

const known = new Map<string, Promise<World>>();

/** Settled once for all tests that only look at it. */
function made(c: Case, who: Who = {}): Promise<World> {
  const key = JSON.stringify([c, who]);
  const found = known.get(key) ?? make(c, who);
  known.set(key, found);
  return found;
}

function make(c: Case, who: Who = {}): Promise<World> {
  const input = changed(catalog, ['ci'], { isolation: c.isolation, size: 'small' });
  return settled(c.flavour, everything(c), { catalog: input, ...who });
}

function resources(self: World): [string, JsonObject][] {
  return [...self.composed].map(([name, { resource }]) => [name, resource]);
}

test('every agent and engine that is registered is looked at here', () => {
  expect(Object.keys(BLOCKS).sort()).toEqual(
    [...Object.keys(agents), ...Object.keys(engines)].sort(),
  );
});

test('composition resource names: once shipped they never change, for a rename deletes and recreates', async () => {
  const names = new Set<string>();
  for (const c of cases) for (const name of composed(await made(c))) names.add(name);
  // Node pools are keyed by what is immutable in them, which is part of the contract too.
  expect([...names].filter((name) => !name.includes('-used-by-')).sort()).toEqual([
    'ci-buildkite-credentials',
    'ci-buildkite-namespace',
    'ci-buildkite-stack',
    'ci-gitlab-credentials',
    'ci-gitlab-namespace',
    'ci-gitlab-runner',
    'ci-helm-config',
    'ci-jenkins-account',
    'ci-jenkins-agent',
    'ci-jenkins-binding',
    'ci-jenkins-credentials',
    'ci-jenkins-namespace',
    'ci-jenkins-quota',
    'ci-jenkins-role',
    'ci-kubernetes-config',
    'ci-namespace',
    'ci-release',
    'ci-runners',
    'ci-runners-controller',
    'ci-runners-credentials',
    'ci-runners-namespace',
    'ci-tekton-config',
    'ci-tekton-namespace',
    'ci-tekton-operator',
    'gke-argocd',
    'gke-argocd-application',
    'gke-argocd-credentials',
    'gke-ci-buildkite-credentials',
    'gke-ci-buildkite-namespace',
    'gke-ci-buildkite-policy',
    'gke-ci-buildkite-policy-binding',
    'gke-ci-buildkite-stack',
    'gke-ci-controller',
    'gke-ci-credentials',
    'gke-ci-gitlab-credentials',
    'gke-ci-gitlab-namespace',
    'gke-ci-gitlab-runner',
    'gke-ci-jenkins-account',
    'gke-ci-jenkins-agent',
    'gke-ci-jenkins-binding',
    'gke-ci-jenkins-credentials',
    'gke-ci-jenkins-namespace',
    'gke-ci-jenkins-policy',
    'gke-ci-jenkins-policy-binding',
    'gke-ci-jenkins-quota',
    'gke-ci-jenkins-role',
    'gke-ci-namespace',
    'gke-ci-nodes-05ddde3d',
    'gke-ci-runners',
    'gke-ci-tekton-config',
    'gke-ci-tekton-namespace',
    'gke-ci-tekton-operator',
    'gke-cluster',
    'gke-flux-credentials',
    'gke-flux-instance',
    'gke-flux-operator',
    'gke-flux-source',
    'gke-flux-sync',
    'gke-helm-config',
    'gke-knative-namespace',
    'gke-knative-operator',
    'gke-knative-serving',
    'gke-kubernetes-config',
    'gke-nodes-2238807b',
    'gke-tool-cert-manager',
    'gke-tool-external-secrets',
    'tools-ci-buildkite-credentials',
    'tools-ci-buildkite-limits',
    'tools-ci-buildkite-namespace',
    'tools-ci-buildkite-network',
    'tools-ci-buildkite-quota',
    'tools-ci-buildkite-stack',
    'tools-ci-controller',
    'tools-ci-credentials',
    'tools-ci-gitlab-credentials',
    'tools-ci-gitlab-limits',
    'tools-ci-gitlab-namespace',
    'tools-ci-gitlab-network',
    'tools-ci-gitlab-quota',
    'tools-ci-gitlab-runner',
    'tools-ci-jenkins-account',
    'tools-ci-jenkins-agent',
    'tools-ci-jenkins-binding',
    'tools-ci-jenkins-credentials',
    'tools-ci-jenkins-limits',
    'tools-ci-jenkins-namespace',
    'tools-ci-jenkins-network',
    'tools-ci-jenkins-quota',
    'tools-ci-jenkins-role',
    'tools-ci-limits',
    'tools-ci-namespace',
    'tools-ci-network',
    'tools-ci-quota',
    'tools-ci-runners',
    'vcluster-argocd',
    'vcluster-argocd-application',
    'vcluster-argocd-credentials',
    'vcluster-flux-credentials',
    'vcluster-flux-instance',
    'vcluster-flux-operator',
    'vcluster-flux-source',
    'vcluster-flux-sync',
    'vcluster-helm-config',
    'vcluster-knative-namespace',
    'vcluster-knative-operator',
    'vcluster-knative-serving',
    'vcluster-kubernetes-config',
    'vcluster-namespace',
    'vcluster-release',
    'vcluster-tool-cert-manager',
    'vcluster-tool-external-secrets',
  ]);
  // Those of the other agents are made of these names in the same way.
  const usages = new Set<string>();
  for (const c of cases.filter(({ agent }) => agent === 'github'))
    for (const name of composed(await made(c))) if (name.includes('-used-by-')) usages.add(name);
  expect([...usages].sort()).toEqual([
    'gke-ci-controller-used-by-gke-ci-runners',
    'gke-ci-credentials-used-by-gke-ci-runners',
    'gke-ci-namespace-used-by-gke-ci-controller',
    'gke-ci-namespace-used-by-gke-ci-runners',
    'gke-ci-nodes-05ddde3d-used-by-gke-helm-config',
    'gke-ci-nodes-05ddde3d-used-by-gke-kubernetes-config',
    'gke-cluster-used-by-gke-helm-config',
    'gke-cluster-used-by-gke-kubernetes-config',
    'gke-flux-instance-used-by-gke-flux-source',
    'gke-flux-instance-used-by-gke-flux-sync',
    'gke-flux-operator-used-by-gke-flux-instance',
    'gke-helm-config-used-by-gke-argocd',
    'gke-helm-config-used-by-gke-ci-controller',
    'gke-helm-config-used-by-gke-ci-runners',
    'gke-helm-config-used-by-gke-flux-operator',
    'gke-helm-config-used-by-gke-knative-operator',
    'gke-helm-config-used-by-gke-tool-cert-manager',
    'gke-helm-config-used-by-gke-tool-external-secrets',
    'gke-knative-operator-used-by-gke-knative-serving',
    'gke-kubernetes-config-used-by-gke-argocd-application',
    'gke-kubernetes-config-used-by-gke-argocd-credentials',
    'gke-kubernetes-config-used-by-gke-ci-credentials',
    'gke-kubernetes-config-used-by-gke-ci-namespace',
    'gke-kubernetes-config-used-by-gke-flux-credentials',
    'gke-kubernetes-config-used-by-gke-flux-instance',
    'gke-kubernetes-config-used-by-gke-flux-source',
    'gke-kubernetes-config-used-by-gke-flux-sync',
    'gke-kubernetes-config-used-by-gke-knative-namespace',
    'gke-kubernetes-config-used-by-gke-knative-serving',
    'gke-nodes-2238807b-used-by-gke-helm-config',
    'gke-nodes-2238807b-used-by-gke-kubernetes-config',
    'tools-ci-controller-used-by-tools-ci-runners',
    'tools-ci-credentials-used-by-tools-ci-runners',
    'tools-ci-namespace-used-by-tools-ci-controller',
    'tools-ci-namespace-used-by-tools-ci-runners',
  ]);
});

test('node pools of the same size have the same name in every flavour and environment', async () => {
  const pools = async (flavour: Flavour, who: Who) =>
    composed(
      await make({ flavour, type: 'gke', isolation: 'node-pool', agent: 'github' }, who),
    ).filter((name) => /nodes-[0-9a-f]{8}$/.test(name));
  expect(await pools('claims', {})).toEqual(await pools('namespaced', { name: 'other' }));
});

describe.each(cases)('$type, agents of $agent in $isolation, $flavour flavour', (c) => {
  const { flavour, type, isolation } = c;

  test('everything that is needed is there, and nothing needs itself', async () => {
    const self = await made(c);
    const needs = new Map(resources(self).map(([name, resource]) => [name, needsOf(resource)]));
    for (const [name, needed] of needs)
      for (const other of needed) expect(composed(self), `${name} needs ${other}`).toContain(other);
    const settledNames = new Set<string>();
    for (let round = 0; round <= needs.size; round++)
      for (const [name, needed] of needs)
        if (needed.every((other) => settledNames.has(other))) settledNames.add(name);
    expect([...settledNames].sort()).toEqual(composed(self));
  });

  test('no two resources share kind and metadata.name', async () => {
    const keys = resources(await made(c)).map(
      ([, r]) => `${text(r, 'apiVersion')} ${text(r, 'kind')} ${text(r, 'metadata', 'name')}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('our three labels are on everything', async () => {
    for (const [name, resource] of resources(await made(c)))
      expect(at(resource, 'metadata', 'labels'), name).toMatchObject({
        'platform.xenvironment.dev/environment': 'checkout',
        'platform.xenvironment.dev/team': 'team-payments',
        'platform.xenvironment.dev/purpose': 'sandbox',
      });
  });

  test('everything lives where the flavour allows it', async () => {
    for (const [name, resource] of resources(await made(c))) {
      const group = (text(resource, 'apiVersion') ?? '').split('/')[0] ?? '';
      const kind = text(resource, 'kind') ?? '';
      const config = at(resource, 'spec', 'providerConfigRef', 'kind');
      if (flavour === 'namespaced') {
        expect(text(resource, 'metadata', 'namespace'), name).toBe('team-payments');
        expect(`${group} ${kind}`, name).toMatch(
          /^(\w+\.(gcp\.)?m\.\S+ \w+|protection\.\S+ Usage)$/,
        );
        if (at(resource, 'spec', 'providerConfigRef') !== undefined)
          expect(['ProviderConfig', 'ClusterProviderConfig'], name).toContain(config);
        // What is connected to must be in this namespace too.
        expect(
          at(resource, 'spec', 'writeConnectionSecretToRef', 'namespace'),
          name,
        ).toBeUndefined();
        continue;
      }
      expect(at(resource, 'metadata', 'namespace'), name).toBeUndefined();
      expect(`${group} ${kind}`, name).not.toMatch(/\.m\.| Usage$/);
      expect(config, name).toBeUndefined();
    }
  });

  test.each([
    { what: 'short names', who: {} },
    { what: '63 characters each', who: { name: 'n'.repeat(63), namespace: 'm'.repeat(63) } },
    { what: 'a composite name of 253 characters', who: { name: `${'a.'.repeat(126)}b` } },
    { what: 'dots and a leading digit', who: { name: '0.shop.v2', namespace: '7-eleven' } },
    {
      what: 'a cut that would end on a hyphen',
      who: { name: `${'a'.repeat(6)}-${'-'.repeat(40)}b` },
    },
    { what: 'a hash in the name', who: { name: 'pr-1a2b3c4d-web' } },
  ])('names fit and are valid: $what', async ({ who }) => {
    const self = await made(c, who);
    for (const [name, resource] of resources(self)) {
      expectLabel(text(resource, 'metadata', 'name'), 63, name);
      const limit = limitOf(resource);
      const outside = text(resource, 'metadata', 'annotations', 'crossplane.io/external-name');
      if (limit !== undefined) expectLabel(outside, limit, `${name}, outside`);
      const place = text(resource, 'spec', 'forProvider', 'namespace');
      if (place !== undefined) expectLabel(place, 63, `${name}, namespace`);
      if (text(resource, 'kind') === 'Object')
        expectLabel(
          text(resource, 'spec', 'forProvider', 'manifest', 'metadata', 'name'),
          63,
          `${name}, object`,
        );
      for (const [key, value] of Object.entries(at(resource, 'metadata', 'labels') as JsonObject))
        expect(value, key).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
    }
  });

  test.each([{}, { name: 'pr-1a2b3c4d-web' }, { namespace: 'team-deadbeef-x' }])(
    'every name has the hash of identity and home in it: %o',
    async (who) => {
      const self = await made(c, who);
      const { name = 'checkout', namespace = 'team-payments' } = who as Who;
      for (const [step, resource] of resources(self)) {
        const user = step.split('-used-by-').at(-1) ?? step;
        const home = user.split('-')[0] ?? '';
        const expected = `-${hash('acme', 'prod-eu', namespace, name, home)}`;
        expect(text(resource, 'metadata', 'name'), step).toContain(expected);
      }
    },
  );

  test('nothing of what others wrote is written back: no status, no metadata of the API server', async () => {
    const response = run((await made(c)).request());
    for (const [name, { resource }] of Object.entries(response.desired?.resources ?? {})) {
      expect(Object.keys(resource ?? {}).sort(), name).toEqual([
        'apiVersion',
        'kind',
        'metadata',
        'spec',
      ]);
      const allowed = ['annotations', 'labels', 'name', 'namespace'];
      for (const key of Object.keys(at(resource, 'metadata') as JsonObject))
        expect(allowed, name).toContain(key);
      expect(JSON.stringify(at(resource, 'metadata')), name).not.toContain('crossplane.io/comp');
    }
  });

  test('no CI pod gets onto the nodes of the applications', async () => {
    const self = await made(c);
    const ci = resources(self).filter(
      ([name, r]) =>
        ['Release', 'Object'].includes(text(r, 'kind') ?? '') &&
        text(r, 'metadata', 'labels', 'platform.xenvironment.dev/tool') === 'ci' &&
        !['ci-release', 'ci-namespace'].includes(name),
    );
    // A place at the least where a pod of the agents comes from, or nothing is shown here.
    expect(ci.flatMap(([name, r]) => podPlaces(name, r)).length).toBeGreaterThan(0);
    for (const [name, resource] of ci) {
      const config = text(resource, 'spec', 'providerConfigRef', 'name') ?? '';
      const kind = text(resource, 'kind') === 'Release' ? 'helm' : 'kubernetes';
      if (isolation === 'tools-cluster') expect(config, name).toBe('tools');
      if (isolation === 'virtual-cluster')
        expect(config, name).toBe(nameOf(self, `ci-${kind}-config`));
      if (isolation === 'node-pool') expectOnOwnNodes(self, name, resource);
    }
  });

  test('no credential passes through, but the kubeconfig of a claim with direct access', async () => {
    const self = await make(c);
    const seen: RunFunctionResponse[] = [];
    const look = () => seen.push(run(withCredentials(self.request())));
    look();
    // Kept as they are observed: with a catalog that knows nothing of them any more, and while they are going.
    self.catalog = forgotten(type);
    look();
    self.catalog = changed(catalog, ['ci'], { isolation, size: 'small' });
    withSpec(self, { purpose: 'sandbox', cluster: { type }, tools: { ci: { enabled: false } } });
    for (let i = 0; i < 8; i++) {
      look();
      await self.pass();
    }
    for (const response of seen) {
      const details = response.desired?.composite?.connectionDetails ?? {};
      const passed = Object.entries(details).map(([key, value]) => `${key}: ${Buffer.from(value)}`);
      expect(passed).toEqual(flavour === 'claims' ? [`kubeconfig: ${KUBECONFIG}`] : []);
      if (response.desired?.composite !== undefined)
        response.desired.composite.connectionDetails = {};
      const all = JSON.stringify(response);
      for (const secret of [TOKEN, KUBECONFIG, OTHER]) {
        expect(all.includes(secret)).toBe(false);
        expect(all.includes(Buffer.from(secret).toString('base64'))).toBe(false);
      }
    }
  });

  test('with access by git nobody gets a kubeconfig', async () => {
    const self = await made(c);
    const request = withCredentials(self.request());
    const input = changed(self.catalog, ['purposes', 'sandbox', 'access'], 'gitops');
    const response = run({ ...request, input });
    expect(response.desired?.composite?.connectionDetails).toEqual({});
    expect(at(response.desired?.composite?.resource, 'status', 'connection')).toBeUndefined();
  });

  test('status has only what the XRDs declare: the API server would drop the rest without a word', async () => {
    const self = await make(c);
    const spec = { purpose: 'sandbox', cluster: { type } };
    const fits = () => {
      const { conditions: _, ...status } = at(self.composite, 'status') as JsonObject;
      expect(statusSchema.safeParse(status).error?.issues ?? []).toEqual([]);
      // Keys of list maps: with one twice the whole status would be refused.
      for (const list of ['versions', 'tools']) {
        const items = (status[list] ?? []) as readonly JsonObject[];
        const keys = items.map((item) => `${item.cluster} ${item.component ?? item.name}`);
        expect(new Set(keys).size).toBe(keys.length);
      }
    };
    fits();
    self.catalog = forgotten(type);
    await self.pass();
    fits();
    self.catalog = changed(catalog, ['ci'], { isolation, size: 'small' });
    withSpec(self, { ...spec, tools: { knative: { version: '1.23' } } });
    for (let i = 0; i < 6; i++) {
      await self.pass();
      fits();
    }
  });

  test('labels and annotations of the composite are never copied', async () => {
    const self = await make(c);
    const metadata = at(self.composite, 'metadata') as JsonObject;
    const marks = { 'argocd.argoproj.io/instance': 'copied-mark', note: 'copied-mark' };
    self.composite = {
      ...self.composite,
      metadata: { ...metadata, labels: marks, annotations: marks },
    };
    expect(JSON.stringify(run(self.request()))).not.toContain('copied-mark');
    self.composed.clear();
    expect(JSON.stringify(run(self.request()))).not.toContain('copied-mark');
  });
});

// ---- names

function nameOf(self: World, step: string): string | undefined {
  return text(self.composed.get(step)?.resource, 'metadata', 'name');
}

function needsOf(resource: JsonObject): readonly string[] {
  const needs = text(resource, 'metadata', 'annotations', 'platform.xenvironment.dev/needs');
  return needs === undefined ? [] : needs.split(',');
}

/** Longest name outside, by who limits it; undefined where there is none. */
function limitOf(resource: JsonObject): number | undefined {
  const kind = text(resource, 'kind');
  if (kind === 'Cluster' || kind === 'NodePool') return 40;
  if (kind !== 'Release') return undefined;
  const chart = text(resource, 'spec', 'forProvider', 'chart', 'name');
  return chart === 'gha-runner-scale-set' ? 45 : 53;
}

function expectLabel(name: string | undefined, longest: number, what: string): void {
  expect(name, what).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
  expect(name?.length, `${what}: ${name}`).toBeLessThanOrEqual(longest);
}

// ---- CI

/** Every pod template of the chart selects and tolerates the pool of the agents. */
function expectOnOwnNodes(self: World, name: string, resource: JsonObject): void {
  const [, pool] = resources(self).find(([step]) => step.startsWith('gke-ci-nodes-')) ?? [];
  const node = at(pool, 'spec', 'forProvider', 'nodeConfig');
  const labels = at(node, 'labels') as JsonObject;
  const taint = at(node, 'taint', 0) as JsonObject;
  expect(taint.effect).toBe('NO_SCHEDULE');
  for (const { where, pod } of podPlaces(name, resource)) {
    if (typeof pod === 'string') {
      // TOML: GitLab's own, for the pods of its jobs.
      for (const [key, value] of Object.entries(labels))
        expect(pod).toContain(`"${key}" = "${value}"`);
      expect(pod, where).toContain(`"${taint.key}=${taint.value}" = "NoSchedule"`);
      continue;
    }
    expect(at(pod, 'nodeSelector'), where).toEqual(labels);
    expect(at(pod, 'tolerations'), where).toEqual([
      { key: taint.key, operator: 'Equal', value: taint.value, effect: 'NoSchedule' },
    ]);
  }
}

interface PodPlace {
  readonly where: string;
  /** What says where the pods go. */
  readonly pod: Json | undefined;
}

/** Where each chart takes what its pods, and those of its agents, are to be: a new chart needs a line here. */
const CHART_PLACES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'gha-runner-scale-set-controller': [[]],
  'gha-runner-scale-set': [
    ['template', 'spec'],
    ['listenerTemplate', 'spec'],
  ],
  'gitlab-runner': [[], ['runners', 'config']],
  'tekton-operator': [[]],
  'agent-stack-k8s': [[], ['config', 'pod-spec-patch']],
};

/** Every place in a composed resource that a pod of CI comes from. */
function podPlaces(name: string, resource: JsonObject): PodPlace[] {
  if (text(resource, 'kind') === 'Release') {
    const chart = text(resource, 'spec', 'forProvider', 'chart', 'name') ?? '';
    expect(Object.keys(CHART_PLACES), name).toContain(chart);
    const values = at(resource, 'spec', 'forProvider', 'values');
    return (CHART_PLACES[chart] ?? []).map((path) => ({
      where: `${name}: ${path.join('.')}`,
      pod: path.length === 0 ? values : at(values, ...path),
    }));
  }
  const manifest = at(resource, 'spec', 'forProvider', 'manifest');
  const kind = text(manifest, 'kind') ?? '';
  if (kind === 'TektonConfig') {
    const pipeline = at(manifest, 'spec', 'pipeline');
    const templates = ['default-pod-template', 'default-affinity-assistant-pod-template'];
    return [
      { where: `${name}: config`, pod: at(manifest, 'spec', 'config') },
      ...templates.map((key) => ({
        where: `${name}: ${key}`,
        pod: JSON.parse(text(pipeline, key) ?? 'null') as Json,
      })),
    ];
  }
  if (kind === 'Deployment')
    return [{ where: name, pod: at(manifest, 'spec', 'template', 'spec') }];
  // What has no pods, and what would be a new kind of pod.
  expect(PODLESS, name).toContain(kind);
  return [];
}

const PODLESS = [
  'Namespace',
  'Secret',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ResourceQuota',
  'LimitRange',
  'NetworkPolicy',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
];

/** A catalog without this cluster type, the tools, CI and their versions. */
function forgotten(type: string): JsonObject {
  const other = type === 'gke' ? 'vcluster' : 'gke';
  const { clusters, tools: _, ci: __, waivers: ___, ...rest } = catalog;
  return {
    ...rest,
    purposes: { sandbox: { size: 'small' } },
    clusters: { [other]: at(clusters, other) },
    placement: { default: { use: other } },
    components: {},
  };
}

// ---- credentials

const TOKEN = 'ghp_a-token-that-nobody-may-see';
const KUBECONFIG = 'kubeconfig-of-the-environment';
const OTHER = 'credential-of-something-else';

/** The providers write what they saw back into status, and some of it into spec. */
function withCredentials(request: RunFunctionRequest): RunFunctionRequest {
  const copy = structuredClone(request);
  const data = { github_token: Buffer.from(TOKEN).toString('base64') };
  for (const [name, resource] of Object.entries(copy.observed?.resources ?? {})) {
    const anchor = name === 'gke-cluster' || name === 'vcluster-release';
    resource.connectionDetails = {
      ...(Object.keys(resource.connectionDetails).length === 0
        ? {}
        : { kubeconfig: Buffer.from(anchor ? KUBECONFIG : OTHER) }),
      password: Buffer.from(OTHER),
    };
    const object = resource.resource as Record<string, unknown>;
    const status = isObject(object.status) ? object.status : {};
    const seen = {
      ...(at(status, 'atProvider') as JsonObject),
      manifest: { data, stringData: { token: TOKEN } },
    };
    object.status = { ...status, atProvider: seen };
    const manifest = at(object, 'spec', 'forProvider', 'manifest') as
      | Record<string, unknown>
      | undefined;
    if (manifest?.kind === 'Secret')
      Object.assign(manifest, { data, stringData: { token: TOKEN } });
  }
  return copy;
}
