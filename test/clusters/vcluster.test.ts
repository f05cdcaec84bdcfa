// A virtual cluster: what is composed anew, and what stays when the catalog changes.
import { describe, expect, test } from 'vitest';
import { vcluster } from '../../src/clusters/vcluster.ts';
import type { ClusterContext } from '../../src/context.ts';
import { at } from '../../src/json.ts';
import type { Json, Observed } from '../../src/step.ts';
import {
  catalog,
  everyStep,
  FLAVOURS,
  observe,
  planned,
  small,
  stepOf,
  vclusterCatalog,
  vclusterContext,
  withClusters,
} from './context.ts';
import { crdProblems } from './crds.ts';

const plan = (context: ClusterContext) => planned(vcluster.plan(context));
const RELEASE = 'vcluster-release';
const release = (context: ClusterContext) => stepOf(plan(context), RELEASE).manifest;
const values = (context: ClusterContext, ...path: string[]) =>
  at(release(context).spec, 'forProvider', 'values', ...path);

describe('a new virtual cluster', () => {
  test('is a namespace, a release in it, and two provider configs that wait for it', () => {
    const { steps, target } = plan(vclusterContext());
    expect(
      steps.map(({ name, title, part, needs, protects }) => [name, title, part, needs, protects]),
    ).toEqual([
      ['vcluster-namespace', 'vcluster namespace', 'cluster', [], []],
      [RELEASE, 'vcluster', 'cluster', ['vcluster-namespace'], []],
    ]);
    const { helm, kubernetes } = target.configs;
    expect(
      [helm, kubernetes].map((config) => [config?.name, config?.needs, config?.protects]),
    ).toEqual([
      ['vcluster-helm-config', [RELEASE], []],
      ['vcluster-kubernetes-config', [RELEASE], []],
    ]);
    expect(target.helm).toEqual({ kind: 'ProviderConfig', name: helm?.manifest.metadata.name });
    expect(target.kubernetes).toEqual({
      kind: 'ProviderConfig',
      name: kubernetes?.manifest.metadata.name,
    });
    expect(helm?.manifest.spec.identity).toBeUndefined();
    expect(target).toMatchObject({ home: 'vcluster', needs: [RELEASE], diesWithCluster: true });
  });

  test('goes away with its namespace, which carries our labels', () => {
    const { spec } = stepOf(plan(vclusterContext()), 'vcluster-namespace').manifest;
    expect(spec).toMatchObject({
      managementPolicies: ['*'],
      providerConfigRef: { kind: 'ClusterProviderConfig', name: 'dev-1' },
      forProvider: {
        manifest: {
          kind: 'Namespace',
          metadata: {
            name: expect.stringMatching(/^team-payments-checkout-[0-9a-f]{8}$/),
            labels: { 'platform.xenvironment.dev/environment': 'checkout' },
          },
        },
      },
    });
  });

  test('is released from the chosen chart, and hands out the kubeconfig that vcluster writes', () => {
    const { manifest } = stepOf(plan(vclusterContext()), RELEASE);
    const name = manifest.metadata.annotations?.['crossplane.io/external-name'];
    expect(manifest.spec).toMatchObject({
      managementPolicies: ['*'],
      providerConfigRef: { kind: 'ClusterProviderConfig', name: 'dev-1' },
      forProvider: {
        chart: { repository: 'https://charts.loft.sh', name: 'vcluster', version: '0.36.1' },
        namespace: name,
        skipCreateNamespace: true,
      },
      connectionDetails: [
        { name: `vc-${name}`, fieldPath: 'data.config', toConnectionSecretKey: 'kubeconfig' },
      ],
      writeConnectionSecretToRef: { name: 'checkout-kubeconfig' },
    });
  });

  test('comes from the mirror that the catalog names', () => {
    const mirror = {
      repository: 'oci://registry.acme/charts',
      chartName: 'vc',
      digest: 'sha256:0',
    };
    const version = { version: '0.36.1', chart: '0.36.1', image: '', ...mirror };
    expect(
      at(release(vclusterContext({ vcluster: version })).spec, 'forProvider', 'chart'),
    ).toEqual({
      repository: 'oci://registry.acme/charts',
      name: 'vc',
      version: '0.36.1',
      digest: 'sha256:0',
    });
  });

  test.each(FLAVOURS)('is valid against the CRDs that lie here in the %s flavour', (flavour) => {
    const problems = everyStep(plan(vclusterContext({ flavour }))).flatMap(
      (step) => crdProblems(step.manifest) ?? [],
    );
    expect(problems).toEqual([]);
  });

  test('lives where the catalog says that the host is', () => {
    const { status, steps } = plan(
      vclusterContext({ placement: { type: 'vcluster', host: 'dev-2' } }),
    );
    expect(status.host).toBe('dev-2');
    expect(steps.map((s) => at(s.manifest.spec, 'providerConfigRef', 'name'))).toEqual([
      'second',
      'second',
    ]);
  });

  test('of the CI agents has a home, a Secret and titles of its own', () => {
    const { steps, target, secretName, command } = plan(
      vclusterContext({ home: 'ci', part: 'ci' }),
    );
    expect(steps.map((s) => [s.name, s.title, s.part])).toEqual([
      ['ci-namespace', 'CI vcluster namespace', 'ci'],
      ['ci-release', 'CI vcluster', 'ci'],
    ]);
    expect(target.configs.helm).toMatchObject({
      name: 'ci-helm-config',
      title: 'CI Helm provider config',
    });
    expect(secretName).toMatch(/^team-payments-checkout-[0-9a-f]{8}-connection$/);
    expect(command).toBeUndefined();
    const own = plan(vclusterContext()).status.name;
    expect(target.cluster.name).not.toBe(own);
  });
});

describe('the connection Secret', () => {
  const outside = (suffix: string) => expect.stringMatching(new RegExp(`-[0-9a-f]{8}${suffix}$`));
  const long = 'e'.repeat(63);
  test.each<[string, Parameters<typeof vclusterContext>[0], unknown]>([
    ['of direct access has the name of the environment', {}, 'checkout-kubeconfig'],
    ['is never cut', { environment: { name: long } }, `${long}-kubeconfig`],
    ['is called as the developer says', { environment: { connectionSecret: 'mine' } }, 'mine'],
    [
      'is not the developer’s to name when changes come by git',
      { environment: { access: 'gitops', connectionSecret: 'mine' } },
      outside('-connection'),
    ],
    [
      'of the CI agents is not the developer’s to name',
      { home: 'ci', part: 'ci', environment: { connectionSecret: 'mine' } },
      outside('-connection'),
    ],
    [
      'of a claim is internal',
      { flavour: 'claims', environment: { connectionSecret: 'mine' } },
      outside('-kubeconfig'),
    ],
  ])('%s', (_, changes, name) => {
    const { secretName, target, steps } = plan(vclusterContext(changes));
    expect(secretName).toEqual(name);
    expect(at(target.configs.helm?.manifest.spec, 'credentials', 'secretRef', 'name')).toBe(
      secretName,
    );
    expect(at(steps[1]?.manifest.spec, 'writeConnectionSecretToRef', 'name')).toBe(secretName);
  });

  test.each<[string, Parameters<typeof vclusterContext>[0], string, readonly string[]]>([
    ['stays when nothing is asked any more', {}, 'mine', []],
    [
      'changes when the developer says so',
      { environment: { connectionSecret: 'other' } },
      'other',
      [],
    ],
    [
      'stays when the purpose is closed',
      { environment: { access: 'gitops' } },
      'mine',
      [
        expect.stringMatching(
          /^connection Secret stays mine: the catalog now says .*-connection, which would leave the old Secret behind$/,
        ),
      ],
    ],
  ])('of a cluster that exists %s', (_, changes, name, kept) => {
    const { steps } = plan(vclusterContext({ environment: { connectionSecret: 'mine' } }));
    const again = plan(vclusterContext({ observed: observe(steps), ...changes }));
    expect(again.secretName).toBe(name);
    expect(again.kept).toEqual(kept);
  });

  test('is how a person gets in, in the namespaced flavour with direct access only', () => {
    expect(plan(vclusterContext()).command).toBe(
      "kubectl get secret checkout-kubeconfig -n team-payments -o jsonpath='{.data.kubeconfig}' | base64 -d > kubeconfig",
    );
    expect(plan(vclusterContext({ flavour: 'claims' })).command).toBeUndefined();
    expect(plan(vclusterContext({ environment: { access: 'gitops' } })).command).toBeUndefined();
  });
});

describe('a virtual cluster that exists', () => {
  const first = plan(vclusterContext());
  const world = observe(first.steps);

  test.each(FLAVOURS)('is planned just as it is while nothing changes (%s)', (flavour) => {
    const size = { vcluster: { ...small.vcluster, replicas: 3 } };
    const before = plan(vclusterContext({ flavour, size }));
    const again = plan(vclusterContext({ flavour, size, observed: observe(everyStep(before)) }));
    expect(everyStep(again).map((s) => s.manifest)).toEqual(
      everyStep(before).map((s) => s.manifest),
    );
    expect(again.kept).toEqual([]);
  });

  const hosts = (...list: object[]) => ({
    catalog: withClusters({ vcluster: { ...vclusterCatalog, hosts: list as never } }),
  });
  test.each<[string, Parameters<typeof vclusterContext>[0], readonly string[]]>([
    [
      'provider config, when its host has another',
      hosts({ name: 'dev-1', providerConfig: { name: 'new' } }),
      ['provider config stays dev-1: the catalog now says new, which would orphan the cluster'],
    ],
    [
      'provider config, when its host has one of another kind',
      hosts({ name: 'dev-1', providerConfig: { name: 'dev-1', kind: 'ProviderConfig' } }),
      [
        'kind of the provider config stays ClusterProviderConfig: the catalog now says ProviderConfig, which would orphan the cluster',
      ],
    ],
    [
      'endpoint',
      hosts({ name: 'dev-1', endpoint: { type: 'LoadBalancer' } }),
      [
        expect.stringMatching(
          /^endpoint stays https:.*:443: the catalog now says LoadBalancer, which would cut off who uses it$/,
        ),
      ],
    ],
    ['place, when the catalog lost the host', hosts({ name: 'dev-9' }), []],
    [
      'place, when the host is known by its provider config only',
      { ...hosts({ name: 'renamed', providerConfig: { name: 'dev-1' } }) },
      [],
    ],
    [
      'names, whatever the organization is called today',
      { names: vclusterContext({ environment: { namespace: 'renamed' } }).names },
      [],
    ],
  ])('keeps its %s', (_, changes, kept) => {
    const again = plan(vclusterContext({ observed: world, ...changes }));
    expect(again.steps.map((s) => s.manifest)).toEqual(first.steps.map((s) => s.manifest));
    expect(again.kept).toEqual(kept);
  });

  test('is told by the host’s name where the catalog has one', () => {
    const changes = hosts({ name: 'renamed', providerConfig: { name: 'dev-1' } });
    expect(plan(vclusterContext({ observed: world, ...changes })).status.host).toBe('renamed');
    expect(plan(vclusterContext({ observed: world, ...hosts({ name: 'x' }) })).status.host).toBe(
      'dev-1',
    );
  });

  test.each<[string, readonly string[], Json]>([
    ['release namespace', ['namespace'], 'elsewhere'],
    ['endpoint', ['values', 'exportKubeConfig', 'server'], 'https://dev.acme.example'],
    [
      'volume',
      ['values', 'controlPlane', 'statefulSet', 'persistence', 'volumeClaim', 'size'],
      '9Gi',
    ],
  ])('keeps the %s that it was made with', (_, path, value) => {
    const context = vclusterContext({ observed: changed(world, path, value) });
    expect(at(release(context).spec, 'forProvider', ...path)).toBe(value);
  });

  test('is found again by its namespace when the release is gone', () => {
    const left = new Map([...world].filter(([name]) => name === 'vcluster-namespace'));
    const again = plan(vclusterContext({ observed: left, ...hosts({ name: 'dev-9' }) }));
    expect(again.steps.map((s) => s.manifest)).toEqual(first.steps.map((s) => s.manifest));
    expect(vcluster.observedPlacement(left, 'vcluster')).toEqual({ host: 'dev-1' });
  });

  test('takes today’s versions, edition and quota', () => {
    const context = vclusterContext({
      observed: world,
      catalog: withClusters({ vcluster: { ...vclusterCatalog, edition: 'pro' } }),
      size: { vcluster: { ...small.vcluster, cpu: '6' } },
      kubernetes: { version: '1.36', chart: '', image: 'v1.36.0' },
    });
    expect(values(context, 'controlPlane', 'distro', 'k8s', 'image', 'tag')).toBe('v1.36.0');
    expect(values(context, 'controlPlane', 'statefulSet', 'image', 'repository')).toBe(
      'loft-sh/vcluster-pro',
    );
    expect(values(context, 'policies', 'resourceQuota', 'quota', 'requests.cpu')).toBe('6');
  });

  test('tells what it runs, where, and what it is called', () => {
    expect(vcluster.observedVersions(world, 'vcluster')).toEqual({
      kubernetes: 'v1.35.0',
      vcluster: '0.36.1',
    });
    expect(vcluster.observedPlacement(world, 'vcluster')).toEqual({ host: 'dev-1' });
    expect(vcluster.observedName(world, 'vcluster')).toBe(first.status.name);
    expect(vcluster.observedVersions(world, 'ci')).toEqual({});
    expect(vcluster.observedPlacement(world, 'ci')).toEqual({});
    expect(vcluster.observedName(world, 'ci')).toBeUndefined();
  });

  test.each<[string, Parameters<typeof vclusterContext>[0]]>([
    ['virtual clusters', { catalog: { ...catalog, clusters: {} }, observed: world }],
    ['the size', { size: undefined, observed: world }],
    ['what the size means for one', { size: { gke: small.gke }, observed: world }],
    ['the host, and nothing is there', hosts({ name: 'dev-9' })],
  ])('is not planned once the catalog lost %s', (_, changes) => {
    expect(vcluster.plan(vclusterContext(changes))).toBeUndefined();
  });

  test('is not planned without a version of vcluster', () => {
    const { vcluster: _, ...context } = vclusterContext({ observed: world });
    expect(vcluster.plan(context)).toBeUndefined();
  });
});

describe('replicas', () => {
  const sized = (replicas: number) => ({ vcluster: { ...small.vcluster, replicas } });
  const etcd = ['controlPlane', 'backingStore', 'etcd', 'deploy'];
  const shape = (context: ClusterContext) => ({
    replicas: values(context, 'controlPlane', 'statefulSet', 'highAvailability', 'replicas'),
    members: values(context, ...etcd, 'statefulSet', 'highAvailability', 'replicas'),
  });

  test.each([
    [1, undefined],
    [2, 3],
    [3, 3],
    [4, 3],
    [5, 5],
    [6, 3],
    [7, 7],
  ])('%i need %s members of etcd', (replicas, members) => {
    expect(shape(vclusterContext({ size: sized(replicas) }))).toEqual({ replicas, members });
  });

  test('come with an etcd whose data dies with it', () => {
    const volume = values(
      vclusterContext({ size: sized(3) }),
      ...etcd,
      'statefulSet',
      'persistence',
    );
    expect(volume).toEqual({ volumeClaim: { size: '5Gi', retentionPolicy: 'Delete' } });
  });

  test.each<[string, number, number, object, readonly string[]]>([
    [
      'stay 1 on sqlite',
      1,
      3,
      { replicas: 1, members: undefined },
      [
        'backing store stays sqlite with 1 replica: 3 replicas would need another, which would replace the data',
      ],
    ],
    [
      'go down to 1 on the etcd that is there',
      3,
      1,
      { replicas: 1, members: 3 },
      [
        'backing store stays etcd with 3 members: 1 replica would need another, which would replace the data',
      ],
    ],
    [
      'grow without the members of etcd',
      3,
      5,
      { replicas: 5, members: 3 },
      [
        'backing store stays etcd with 3 members: 5 replicas would need another, which would replace the data',
      ],
    ],
    ['shrink where the members stay the same', 3, 2, { replicas: 2, members: 3 }, []],
  ])('%s', (_, before, after, expected, kept) => {
    const observed = observe(plan(vclusterContext({ size: sized(before) })).steps);
    const context = vclusterContext({ size: sized(after), observed });
    expect(shape(context)).toEqual(expected);
    const { kept: said, unresizable } = plan(context);
    expect([...said, ...unresizable]).toEqual(kept);
    // More replicas on sqlite would each have their own data; what is left of an etcd goes on.
    expect(unresizable.length > 0).toBe(before === 1 && after > 1);
  });

  test('keep the volumes of the etcd that is there', () => {
    const path = [...etcd, 'statefulSet', 'persistence', 'volumeClaim', 'size'];
    const before = observe(plan(vclusterContext({ size: sized(3) })).steps);
    const observed = changed(before, ['values', ...path], '40Gi');
    expect(values(vclusterContext({ size: sized(3), observed }), ...path)).toBe('40Gi');
  });
});

/** The same world with one value below the release's forProvider changed. */
function changed(world: Observed, path: readonly string[], value: Json): Observed {
  const found = world.get(RELEASE);
  const resource = JSON.parse(JSON.stringify(found?.resource));
  let parent = resource.spec.forProvider;
  for (const key of path.slice(0, -1)) parent = parent[key];
  parent[path.at(-1) ?? ''] = value;
  return new Map([...world, [RELEASE, { resource }]]);
}
