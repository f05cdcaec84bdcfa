// Values of the vcluster chart: what tenants may use, what the chart takes, and what costs a license.
import { describe, expect, test } from 'vitest';
import type { Size } from '../../src/catalog/schema.ts';
import { storeOf } from '../../src/clusters/vcluster-store.ts';
import { vclusterValues } from '../../src/clusters/vcluster-values.ts';
import { at } from '../../src/json.ts';
import { amount, smaller, times } from '../../src/quantity.ts';
import { valuesProblems, vclusterCharts } from './chart-schemas.ts';
import { small } from './context.ts';

type VclusterSize = NonNullable<Size['vcluster']>;

const inside = {
  server: 'https://shop-1f2e3d4c.shop-ns.svc:443',
  values: {},
  names: [],
  loadBalancer: false,
};

function valuesOf(size: Partial<VclusterSize> = {}, edition: 'oss' | 'pro' = 'oss') {
  const full = { ...small.vcluster, ...size };
  return vclusterValues({
    release: 'shop-1f2e3d4c',
    namespace: 'shop-ns',
    endpoint: inside,
    image: 'v1.35.0',
    edition,
    size: full,
    store: storeOf(full, undefined),
    shared: undefined,
    developers: [],
  });
}
const quota = (size: Partial<VclusterSize> = {}) =>
  at(valuesOf(size), 'policies', 'resourceQuota', 'quota');
const limits = (size: Partial<VclusterSize> = {}) => at(valuesOf(size), 'policies', 'limitRange');
const statefulSet = (size: Partial<VclusterSize> = {}) =>
  at(valuesOf(size), 'controlPlane', 'statefulSet');
const numberOf = (value: unknown) => amount(String(value));

const SIZES: readonly (readonly [string, VclusterSize])[] = [
  ['tiny', { cpu: '500m', memory: '1Gi', storage: '5Gi' }],
  ['small', small.vcluster],
  ['large', { cpu: '16', memory: '32Gi', storage: '100Gi', replicas: 3 }],
  ['huge', { cpu: '96', memory: '0.5Ti', storage: '4Ti', replicas: 7 }],
];

describe('quantities', () => {
  test.each([
    ['4', '8'],
    ['8Gi', '16Gi'],
    ['500m', '1000m'],
    ['1.5Gi', '3Gi'],
    ['0.5', '1'],
    ['0.1', '0.2'],
    ['2.75', '5.5'],
    ['0.05Ti', '0.1Ti'],
    ['9007199254740993', '18014398509481986'],
    ['0', '0'],
  ])('twice %s is %s', (quantity, double) => {
    expect(times(quantity, 2)).toBe(double);
  });

  test.each([
    ['1500m', 1.5],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['2k', 2000],
  ])('%s is %d', (quantity, expected) => {
    expect(amount(quantity)).toBe(expected);
  });

  test('of 1Gi and 512Mi the smaller one is 512Mi', () => {
    expect(smaller('1Gi', '512Mi')).toBe('512Mi');
    expect(smaller('512Mi', '1Gi')).toBe('512Mi');
  });
});

describe('the quota', () => {
  test('is the size, with twice of it as limits', () => {
    expect(quota()).toMatchObject({
      'requests.cpu': '4',
      'requests.memory': '8Gi',
      'requests.storage': '20Gi',
      'limits.cpu': '16',
      'limits.memory': '16Gi',
    });
  });

  test('lets a LoadBalancer service have its node ports', () => {
    expect(quota()).toMatchObject({ 'services.loadbalancers': '1', 'services.nodeports': '10' });
  });

  test.each([
    ['40 in a small one', { cpu: '1' }, '40'],
    ['ten for each core', { cpu: '16' }, '160'],
    ['400 at the most', { cpu: '96' }, '400'],
  ])('allows %s pods', (_, size, pods) => {
    expect(at(quota(size), 'count/pods')).toBe(pods);
  });

  test.each(SIZES)('of %s never undercuts the counts of the chart', (_, size) => {
    const counts = {
      endpoints: 40,
      pods: 20,
      services: 20,
      secrets: 100,
      configmaps: 100,
      persistentvolumeclaims: 20,
    };
    for (const [what, least] of Object.entries(counts)) {
      expect(numberOf(at(quota(size), `count/${what}`)), what).toBeGreaterThanOrEqual(least);
    }
  });

  test.each(SIZES)('of %s has the disk for all its pods and its control plane', (_, size) => {
    const replicas = size.replicas ?? 1;
    for (const [which, field] of [
      ['limits', 'default'],
      ['requests', 'defaultRequest'],
    ] as const) {
      const all = numberOf(at(quota(size), `${which}.ephemeral-storage`));
      const own = numberOf(at(statefulSet(size), 'resources', which, 'ephemeral-storage'));
      const container = numberOf(at(limits(size), field, 'ephemeral-storage'));
      const pods = numberOf(at(quota(size), 'count/pods'));
      expect(all).toBeGreaterThanOrEqual(2 * pods * container + (replicas + 1) * own);
    }
  });

  test.each([SIZES[1], SIZES[2], SIZES[3]].filter((s) => s !== undefined))(
    'of %s leaves room beside the control plane',
    (_, size) => {
      const replicas = size.replicas ?? 1;
      const members = replicas > 1 ? replicas : 0;
      const of = (what: string, etcd: string) =>
        replicas * numberOf(at(statefulSet(size), 'resources', 'limits', what)) +
        members * amount(etcd);
      expect(of('cpu', '500m')).toBeLessThan(numberOf(at(quota(size), 'limits.cpu')) / 2);
      expect(of('memory', '1Gi')).toBeLessThan(numberOf(at(quota(size), 'limits.memory')) / 2);
    },
  );
});

describe('the limit range', () => {
  test.each(SIZES)('of %s is one that the API server takes', (_, size) => {
    for (const what of ['cpu', 'memory']) {
      const [most, limit, request] = ['max', 'default', 'defaultRequest'].map((field) =>
        numberOf(at(limits(size), field, what)),
      );
      expect(limit).toBeLessThanOrEqual(most ?? 0);
      expect(request).toBeLessThanOrEqual(limit ?? 0);
    }
  });

  test.each(SIZES)('of %s does not cap the control plane', (name, size) => {
    const own = at(statefulSet(size), 'resources', 'limits');
    expect(numberOf(at(own, 'cpu'))).toBeGreaterThanOrEqual(1);
    expect(numberOf(at(own, 'memory'))).toBeGreaterThanOrEqual(2 ** 30);
    expect(numberOf(at(own, 'cpu')), name).toBeLessThanOrEqual(
      numberOf(at(limits(size), 'max', 'cpu')),
    );
    expect(numberOf(at(own, 'memory'))).toBeLessThanOrEqual(
      numberOf(at(limits(size), 'max', 'memory')),
    );
  });
});

describe('the network', () => {
  const workload = () => at(valuesOf(), 'policies', 'networkPolicy', 'workload');
  test('is open to the internet but not to the credentials of the nodes', () => {
    const { enabled, cidr, except } = at(workload(), 'publicEgress') as Record<string, unknown>;
    expect({ enabled, cidr }).toEqual({ enabled: true, cidr: '0.0.0.0/0' });
    expect(except).toEqual(
      expect.arrayContaining(['169.254.169.254/32', '169.254.169.252/32', '10.0.0.0/8']),
    );
  });

  test('lets the host’s ingress controller in, and no other environment', () => {
    expect(
      at(workload(), 'ingress', 0, 'from', 0, 'namespaceSelector', 'matchExpressions'),
    ).toEqual([{ key: 'platform.xenvironment.dev/environment', operator: 'DoesNotExist' }]);
  });
});

describe('the rest', () => {
  test('makes TLS work at the address that is handed out', () => {
    expect(at(valuesOf(), 'exportKubeConfig')).toEqual({
      context: 'shop-1f2e3d4c',
      server: 'https://shop-1f2e3d4c.shop-ns.svc:443',
    });
    expect(at(valuesOf(), 'controlPlane', 'proxy', 'extraSANs')).toEqual([
      'shop-1f2e3d4c.shop-ns.svc',
      'shop-1f2e3d4c.shop-ns.svc.cluster.local',
    ]);
  });

  test('leaves no data behind for a namesake', () => {
    expect(at(statefulSet(), 'persistence', 'volumeClaim')).toEqual({
      size: '5Gi',
      retentionPolicy: 'Delete',
    });
  });

  test.each([
    ['oss', 'loft-sh/vcluster-oss'],
    ['pro', 'loft-sh/vcluster-pro'],
  ] as const)('runs the image of the %s edition', (edition, repository) => {
    expect(at(valuesOf({}, edition), 'controlPlane', 'statefulSet', 'image')).toEqual({
      repository,
    });
  });

  // config.Config.IsProFeatureEnabled of vcluster 0.36.1, and what its documentation adds.
  test.each([
    'networking',
    'integrations',
    'privateNodes',
    'sleep',
    'snapshots',
    'deletion',
    'platform',
    'experimental',
    'sync.toHost.namespaces',
    'sync.toHost.customResources',
    'sync.fromHost.customResources',
    'sync.toHost.pods.hybridScheduling',
    'sync.toHost.resourceClaims',
    'controlPlane.coredns.embedded',
    'controlPlane.hostPathMapper',
    'controlPlane.backingStore.etcd.embedded',
    'controlPlane.backingStore.database',
    'policies.centralAdmission',
  ])('never sets %s, which costs a license', (path) => {
    for (const replicas of [1, 3]) {
      expect(at(valuesOf({ replicas }), ...path.split('.'))).toBeUndefined();
    }
  });

  // Only where the charts lie on this machine: see chart-schemas.ts.
  for (const { version, file } of vclusterCharts()) {
    test.each(SIZES)(`is taken by the chart ${version} for a %s one`, (_, size) => {
      expect(valuesProblems(valuesOf(size), file)).toEqual([]);
      expect(valuesProblems({ ...valuesOf(size), syncer: {} }, file)).not.toEqual([]);
    });
  }
});
