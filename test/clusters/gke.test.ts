// A GKE cluster: what is composed anew, and what stays when the catalog changes.
import { describe, expect, test } from 'vitest';
import { gke } from '../../src/clusters/gke.ts';
import type { ClusterContext } from '../../src/context.ts';
import { at } from '../../src/json.ts';
import type { Json } from '../../src/step.ts';
import {
  everyStep,
  FLAVOURS,
  gkeCatalog,
  gkeContext,
  observe,
  observed,
  planned,
  small,
  stepOf,
  withClusters,
} from './context.ts';
import { crdProblems } from './crds.ts';

const plan = (context: ClusterContext) => planned(gke.plan(context));
const provided = (context: ClusterContext, step: string | RegExp, ...path: (string | number)[]) =>
  at(stepOf(plan(context), step).manifest.spec, 'forProvider', ...path);
const CLUSTER = 'gke-cluster';
const POOL = /^gke-nodes-/;

describe('a new GKE cluster', () => {
  test('is a cluster, a node pool and two provider configs that wait for both', () => {
    const { steps, target } = plan(gkeContext());
    const names = steps.map((step) => step.name);
    expect(names).toEqual([CLUSTER, expect.stringMatching(/^gke-nodes-[0-9a-f]{8}$/)]);
    expect(steps.map((step) => [step.title, step.part, step.protects])).toEqual([
      ['GKE cluster', 'cluster', []],
      ['node pool', 'cluster', []],
    ]);
    expect(steps[1]?.needs).toEqual([CLUSTER]);
    for (const config of [target.configs.helm, target.configs.kubernetes]) {
      expect(config).toMatchObject({ needs: names, protects: names });
    }
    expect(target).toMatchObject({ home: 'gke', needs: names, diesWithCluster: false });
    expect(target.cluster).toEqual({
      type: 'gke',
      name: expect.stringMatching(/^team-payments-checkout-[0-9a-f]{8}$/),
      location: 'europe-west1',
      host: '',
      version: '1.35',
    });
  });

  test('can be deleted, has no default node pool, and is never below the chosen version', () => {
    expect(provided(gkeContext(), CLUSTER)).toEqual({
      project: 'acme-environments',
      location: 'europe-west1',
      nodeLocations: ['europe-west1-b', 'europe-west1-c'],
      network: 'shared',
      subnetwork: 'environments',
      networkingMode: 'VPC_NATIVE',
      ipAllocationPolicy: {},
      deletionProtection: false,
      removeDefaultNodePool: true,
      initialNodeCount: 1,
      releaseChannel: { channel: 'REGULAR' },
      minMasterVersion: '1.35',
      workloadIdentityConfig: { workloadPool: 'acme-environments.svc.id.goog' },
      resourceLabels: {
        environment: 'checkout',
        team: 'team-payments',
        purpose: 'development',
        organization: 'acme',
      },
    });
  });

  test('gets its nodes from the size', () => {
    const context = gkeContext();
    expect(provided(context, POOL)).toEqual({
      clusterRef: { name: stepOf(plan(context), CLUSTER).manifest.metadata.name },
      project: 'acme-environments',
      location: 'europe-west1',
      nodeLocations: ['europe-west1-b', 'europe-west1-c'],
      initialNodeCount: 1,
      autoscaling: { totalMinNodeCount: 1, totalMaxNodeCount: 3, locationPolicy: 'ANY' },
      management: { autoRepair: true, autoUpgrade: true },
      nodeConfig: {
        machineType: 'e2-standard-2',
        diskSizeGb: 50,
        diskType: 'pd-balanced',
        spot: true,
        oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
        workloadMetadataConfig: { mode: 'GKE_METADATA' },
      },
    });
  });

  test.each(FLAVOURS)('is valid against the CRDs in the %s flavour', (flavour) => {
    const problems = everyStep(plan(gkeContext({ flavour, ciNodes: small }))).map((step) => [
      step.name,
      crdProblems(step.manifest) ?? [],
    ]);
    expect(problems).toEqual(problems.map(([name]) => [name, []]));
    expect(crdProblems(stepOf(plan(gkeContext({ flavour })), CLUSTER).manifest)).toEqual([]);
  });

  test('is a cluster-scoped v1beta2 in the claims flavour, with its Secret in the common namespace', () => {
    const { manifest } = stepOf(plan(gkeContext({ flavour: 'claims' })), CLUSTER);
    expect(manifest.apiVersion).toBe('container.gcp.upbound.io/v1beta2');
    expect(manifest.metadata.namespace).toBeUndefined();
    expect(manifest.spec.providerConfigRef).toEqual({ name: 'gcp' });
    expect(manifest.spec.writeConnectionSecretToRef).toEqual({
      namespace: 'crossplane-system',
      name: expect.stringMatching(/^team-payments-checkout-[0-9a-f]{8}-kubeconfig$/),
    });
  });

  test('is namespaced in the namespaced flavour, with its Secret beside it', () => {
    const { manifest } = stepOf(plan(gkeContext()), CLUSTER);
    expect(manifest.apiVersion).toBe('container.gcp.m.upbound.io/v1beta1');
    expect(manifest.metadata.namespace).toBe('team-payments');
    expect(manifest.spec.providerConfigRef).toEqual({
      kind: 'ClusterProviderConfig',
      name: 'gcp',
    });
    expect(manifest.spec.writeConnectionSecretToRef).toEqual({ name: 'checkout-kubeconfig' });
  });

  test.each<[string, typeof gkeCatalog & { identity?: object }, Json]>([
    ['the identity of the provider', gkeCatalog, { source: 'InjectedIdentity' }],
    [
      'a Secret',
      {
        ...gkeCatalog,
        identity: { source: 'Secret', secretRef: { namespace: 'a', name: 'b', key: 'c' } },
      },
      { source: 'Secret', secretRef: { namespace: 'a', name: 'b', key: 'c' } },
    ],
  ])('is logged in to with %s', (_, catalog, identity) => {
    const { configs } = plan(
      gkeContext({ catalog: withClusters({ gke: catalog as never }) }),
    ).target;
    for (const config of [configs.helm, configs.kubernetes]) {
      expect(config?.manifest.spec).toMatchObject({
        credentials: { secretRef: { name: 'checkout-kubeconfig', namespace: 'team-payments' } },
        identity: { type: 'GoogleApplicationCredentials', ...(identity as object) },
      });
    }
  });

  test('is entered with gcloud, unless changes come by git', () => {
    const { command, status } = plan(gkeContext());
    expect(command).toBe(
      `gcloud container clusters get-credentials ${status.name} --location europe-west1 --project acme-environments`,
    );
    expect(plan(gkeContext({ environment: { access: 'gitops' } })).command).toBeUndefined();
  });

  test.each([
    ['a composite named like a subdomain', 'Acme.Example', 'acme-example'],
    ['a long name', 'x'.repeat(70), expect.stringMatching(/^x{54}-[0-9a-f]{8}$/)],
  ])('has labels that Google takes for %s', (_, name, label) => {
    const labels = provided(gkeContext({ environment: { name } }), CLUSTER, 'resourceLabels');
    expect(at(labels, 'environment')).toEqual(label);
  });
});

describe('a node pool', () => {
  const nameFor = (nodes: object) =>
    stepOf(plan(gkeContext({ size: { gke: { ...small.gke, ...nodes } } })), POOL).name;

  test.each<[string, object]>([
    ['machine type', { machineType: 'e2-standard-4' }],
    ['disk size', { diskGb: 51 }],
    ['disk type', { diskType: 'pd-ssd' }],
    ['spot', { spot: false }],
  ])('with another %s is another pool', (_, change) => {
    expect(nameFor(change)).not.toBe(nameFor({}));
  });

  test.each<[string, object]>([
    ['more nodes', { nodes: { minimum: 2, maximum: 9 } }],
    ['the default disk type written out', { diskType: 'pd-balanced' }],
  ])('with %s is the same pool', (_, change) => {
    expect(nameFor(change)).toBe(nameFor({}));
  });

  test('for CI is tainted, and its pods tolerate and select it', () => {
    const { steps, target, ciTarget } = plan(gkeContext({ ciNodes: small }));
    const ci = steps[2];
    expect(ci).toMatchObject({
      name: expect.stringMatching(/^gke-ci-nodes-[0-9a-f]{8}$/),
      title: 'CI node pool',
      part: 'ci',
    });
    expect(at(ci?.manifest.spec, 'forProvider', 'nodeConfig')).toMatchObject({
      labels: { 'platform.xenvironment.dev/ci': 'true' },
      taint: [{ key: 'platform.xenvironment.dev/ci', value: 'true', effect: 'NO_SCHEDULE' }],
    });
    expect(ciTarget?.nodes).toEqual({
      nodeSelector: { 'platform.xenvironment.dev/ci': 'true' },
      tolerations: [
        {
          key: 'platform.xenvironment.dev/ci',
          operator: 'Equal',
          value: 'true',
          effect: 'NoSchedule',
        },
      ],
    });
    expect(target.nodes).toBeUndefined();
    expect(target.needs).not.toContain(ci?.name);
    expect(ciTarget?.needs).toContain(ci?.name);
    expect(ciTarget?.configs).toEqual(target.configs);
    expect(target.configs.helm?.protects).toContain(ci?.name);
  });

  test('for CI with the machines of the applications has names of its own', () => {
    const { steps } = plan(gkeContext({ ciNodes: small }));
    const outside = steps.map(
      (s) => s.manifest.metadata.annotations?.['crossplane.io/external-name'],
    );
    expect(new Set(outside).size).toBe(3);
    expect(new Set(steps.map((s) => s.manifest.metadata.name)).size).toBe(3);
  });
});

describe('a GKE cluster that exists', () => {
  const first = plan(gkeContext());
  const world = observe(first.steps);
  const replanned = (gkeChanges: object, changes: Parameters<typeof gkeContext>[0] = {}) =>
    gkeContext({
      observed: world,
      catalog: withClusters({ gke: { ...gkeCatalog, ...gkeChanges } }),
      ...changes,
    });

  test.each(FLAVOURS)('is planned just as it is while nothing changes (%s)', (flavour) => {
    const before = plan(gkeContext({ flavour, ciNodes: small }));
    const again = plan(
      gkeContext({ flavour, ciNodes: small, observed: observe(everyStep(before)) }),
    );
    expect(everyStep(again).map((s) => s.manifest)).toEqual(
      everyStep(before).map((s) => s.manifest),
    );
    expect(again.kept).toEqual([]);
  });

  test.each<[string, object, readonly string[]]>([
    [
      'project',
      { project: 'acme-2' },
      [
        'project stays acme-environments: the catalog now says acme-2, which would replace the cluster',
      ],
    ],
    [
      'network',
      { network: { name: 'other', subnetwork: 'environments' } },
      ['network stays shared: the catalog now says other, which would replace the cluster'],
    ],
    [
      'subnetwork',
      { network: { name: 'shared', subnetwork: 'other' } },
      [
        'subnetwork stays environments: the catalog now says other, which would replace the cluster',
      ],
    ],
    ['network, when the catalog has none any more', { network: undefined }, []],
    [
      'provider config',
      { providerConfig: { name: 'gcp-2' } },
      ['provider config stays gcp: the catalog now says gcp-2, which would orphan the cluster'],
    ],
    [
      'kind of provider config',
      { providerConfig: { name: 'gcp', kind: 'ProviderConfig' } },
      [
        'kind of the provider config stays ClusterProviderConfig: the catalog now says ProviderConfig, which would orphan the cluster',
      ],
    ],
    ['location, when the catalog lost it', { locations: ['us-east1'] }, []],
  ])('keeps its %s', (_, change, kept) => {
    const again = plan(replanned(change));
    expect(again.steps.map((s) => s.manifest)).toEqual(first.steps.map((s) => s.manifest));
    expect(again.kept).toEqual(kept);
  });

  test('keeps its location, and takes the zones of that', () => {
    const context = replanned({}, { placement: { type: 'gke', location: 'us-east1' } });
    expect(provided(context, CLUSTER, 'location')).toBe('europe-west1');
    expect(provided(context, POOL, 'location')).toBe('europe-west1');
    expect(provided(context, POOL, 'nodeLocations')).toEqual(['europe-west1-b', 'europe-west1-c']);
    expect(plan(context).kept).toEqual([
      'location stays europe-west1: the catalog now says us-east1, which would replace the cluster',
    ]);
  });

  test('keeps the network that the provider wrote back in full', () => {
    const full = 'projects/acme-environments/global/networks/shared';
    const context = gkeContext({ observed: patched(first, 'network', full) });
    expect(provided(context, CLUSTER, 'network')).toBe(full);
    expect(plan(context).kept).toEqual([]);
  });

  test('gets no network when it was made without', () => {
    const context = gkeContext({ observed: patched(first, 'network', undefined) });
    expect(provided(context, CLUSTER, 'network')).toBeUndefined();
    expect(plan(context).kept).toEqual([
      'network stays default: the catalog now says shared, which would replace the cluster',
    ]);
  });

  test('keeps its names, whatever the organization is called today', () => {
    const { names } = gkeContext({ environment: { namespace: 'renamed' } });
    const again = plan(gkeContext({ observed: world, names }));
    expect(again.steps.map((s) => s.manifest.metadata)).toEqual(
      first.steps.map((s) => s.manifest.metadata),
    );
    expect(again.status.name).toBe(first.status.name);
  });

  test('keeps the namespace of its connection Secret', () => {
    const flavour = 'claims';
    const before = plan(gkeContext({ flavour }));
    const { catalog } = gkeContext();
    const again = plan(
      gkeContext({
        flavour,
        observed: observe(before.steps),
        catalog: { ...catalog, secretsNamespace: 'vault' },
      }),
    );
    expect(everyStep(again).map((s) => s.manifest)).toEqual(
      everyStep(before).map((s) => s.manifest),
    );
    expect(again.kept).toEqual([
      'namespace of the connection Secret stays crossplane-system: the catalog now says vault, which would leave the old Secret behind',
    ]);
  });

  test.each([
    ['takes a newer floor', '1.35', '1.36', '1.36'],
    ['keeps a floor that is newer', '1.36.2-gke.100', '1.35', '1.36.2-gke.100'],
    ['keeps an exact floor', '1.35.7-gke.1222000', '1.35', '1.35.7-gke.1222000'],
    ['replaces a floor that is no version', 'latest', '1.35', '1.35'],
  ])('%s', (_, runs, version, expected) => {
    const context = gkeContext({
      observed: patched(first, 'minMasterVersion', runs),
      kubernetes: { version, chart: '', image: '' },
    });
    expect(provided(context, CLUSTER, 'minMasterVersion')).toBe(expected);
  });

  test('takes what can be changed from the catalog', () => {
    const context = replanned({
      releaseChannel: 'STABLE',
      zones: { 'europe-west1': ['europe-west1-d'] },
    });
    expect(provided(context, CLUSTER, 'releaseChannel')).toEqual({ channel: 'STABLE' });
    expect(provided(context, CLUSTER, 'nodeLocations')).toEqual(['europe-west1-d']);
  });

  test('tells where it is and what it runs', () => {
    const found = observed({
      ...first.steps[0]?.manifest,
      status: { atProvider: { endpoint: '203.0.113.7', masterVersion: '1.35.7-gke.1222000' } },
    });
    const seen = new Map([[CLUSTER, found]]);
    expect(plan(gkeContext({ observed: seen })).status.endpoint).toBe('https://203.0.113.7');
    expect(gke.observedVersions(seen, 'gke')).toEqual({ kubernetes: '1.35.7-gke.1222000' });
    expect(gke.observedVersions(world, 'gke')).toEqual({ kubernetes: '1.35' });
    expect(gke.observedPlacement(world, 'gke')).toEqual({ location: 'europe-west1' });
    expect(gke.observedName(world, 'gke')).toBe(first.status.name);
    expect(gke.observedName(new Map(), 'gke')).toBeUndefined();
  });

  test.each<[string, Parameters<typeof gkeContext>[0]]>([
    ['GKE', { catalog: { ...gkeContext().catalog, clusters: {} } }],
    ['the size', { size: undefined }],
    ['what the size means on GKE', { size: { vcluster: small.vcluster } }],
  ])('is not planned once the catalog lost %s', (_, changes) => {
    expect(gke.plan(gkeContext({ observed: world, ...changes }))).toBeUndefined();
  });
});

/** The steps as observed, with one field of the cluster changed. */
function patched(first: ReturnType<typeof plan>, field: string, value: string | undefined) {
  const spec = stepOf(first, CLUSTER).manifest.spec;
  const forProvider = { ...(at(spec, 'forProvider') as object), [field]: value };
  return observe(first.steps, { [CLUSTER]: { spec: { ...spec, forProvider } } });
}
