// How virtual clusters are reached: what the chart is told, and that a living one keeps its address.
import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/catalog/schema.ts';
import { clusters } from '../../src/clusters/index.ts';
import type { ClusterContext } from '../../src/context.ts';
import { at } from '../../src/json.ts';
import type { JsonObject, Observed } from '../../src/step.ts';
import { valuesProblems, vclusterCharts } from './chart-schemas.ts';
import { observe, planned, stepOf, vclusterContext, withClusters } from './context.ts';

const INGRESS = { type: 'Ingress', domain: 'dev.acme.example' } as const;
const NAMED = { type: 'LoadBalancer', domain: 'dev.acme.example' } as const;
const BARE = { type: 'LoadBalancer' } as const;
type Endpoint = Host['endpoint'];

function context(endpoint: Endpoint, more: Partial<ClusterContext> = {}): ClusterContext {
  const host = { name: 'dev-1', ...(endpoint === undefined ? {} : { endpoint }) };
  const catalog = withClusters({ vcluster: { hosts: [host] } });
  const { environment: _, ...rest } = more;
  return vclusterContext({ catalog, ...rest });
}
const plan = (endpoint: Endpoint, observed: Observed = new Map()) =>
  planned(clusters.vcluster.plan(context(endpoint, { observed })));
const values = (cluster: ReturnType<typeof plan>) =>
  at(stepOf(cluster, 'vcluster-release').manifest.spec, 'forProvider', 'values') as JsonObject;
const NAME = /^team-payments-checkout-[0-9a-f]{8}$/;

/** The Service as the provider shows it. */
function addressed(address: JsonObject | undefined): JsonObject {
  const ingress = address === undefined ? [] : [address];
  return { status: { atProvider: { manifest: { status: { loadBalancer: { ingress } } } } } };
}

describe.each([
  ['Ingress', INGRESS],
  ['LoadBalancer with a domain', NAMED],
])('%s', (_, endpoint) => {
  test('has a name in server, status and certificate, before anything exists', () => {
    const cluster = plan(endpoint);
    const host = `${cluster.status.name}.dev.acme.example`;
    expect(cluster.status.name).toMatch(NAME);
    expect(cluster.status.endpoint).toBe(`https://${host}`);
    expect(at(values(cluster), 'exportKubeConfig', 'server')).toBe(`https://${host}`);
    expect(at(values(cluster), 'controlPlane', 'proxy', 'extraSANs')).toContain(host);
    expect(cluster.steps.map((step) => step.name)).toEqual([
      'vcluster-namespace',
      'vcluster-release',
    ]);
  });
});

test('an ingress passes TLS through, with the annotations of the catalog or those of ingress-nginx', () => {
  const ingress = (endpoint: Endpoint) => at(values(plan(endpoint)), 'controlPlane', 'ingress');
  expect(ingress(INGRESS)).toMatchObject({
    enabled: true,
    annotations: { 'nginx.ingress.kubernetes.io/ssl-passthrough': 'true' },
  });
  const own = { 'haproxy.org/ssl-passthrough': 'true' };
  expect(ingress({ ...INGRESS, ingressClass: 'haproxy', annotations: own })).toMatchObject({
    annotations: own,
    spec: { ingressClassName: 'haproxy' },
  });
});

test('a load balancer with a domain asks external-dns for its name', () => {
  const cluster = plan({ ...NAMED, annotations: { tier: 'premium' } });
  expect(at(values(cluster), 'controlPlane', 'service')).toEqual({
    spec: { type: 'LoadBalancer' },
    annotations: {
      tier: 'premium',
      'external-dns.alpha.kubernetes.io/hostname': `${cluster.status.name}.dev.acme.example`,
    },
  });
});

test('a load balancer of the control plane leaves the tenants theirs', () => {
  const allowed = (endpoint: Endpoint) =>
    at(values(plan(endpoint)), 'policies', 'resourceQuota', 'quota', 'services.loadbalancers');
  expect([allowed(undefined), allowed(INGRESS), allowed(NAMED)]).toEqual(['1', '1', '2']);
});

describe('a load balancer without a domain', () => {
  test('is looked at, and never deleted', () => {
    const step = stepOf(plan(BARE), 'vcluster-address');
    expect(step.manifest.spec.managementPolicies).toEqual(['Observe']);
    expect(step.needs).toEqual(['vcluster-namespace']);
    expect(at(step.manifest.spec, 'forProvider', 'manifest')).toMatchObject({
      kind: 'Service',
      metadata: { name: plan(BARE).status.name },
    });
  });

  test('has no address at first, which is nobody’s failure', () => {
    const cluster = plan(BARE);
    expect(cluster.status.endpoint).toBeUndefined();
    expect(values(cluster).exportKubeConfig).toEqual({ context: cluster.status.name });
    const notFound = {
      conditions: [{ type: 'Synced', status: 'False', reason: 'ReconcileError' }],
    };
    const step = stepOf(cluster, 'vcluster-address');
    expect(step.notReady({ resource: { status: notFound } })).toEqual({
      reason: 'Creating',
      message: 'the host has not given its load balancer an address yet',
    });
  });

  test.each([
    [{ ip: '203.0.113.9' }, 'https://203.0.113.9'],
    [{ hostname: 'lb.example' }, 'https://lb.example'],
  ])('gets %o into its server, and keeps it', (address, server) => {
    const first = plan(BARE);
    const seen = observe(first.steps, { 'vcluster-address': addressed(address) });
    const second = plan(BARE, seen);
    expect(second.status.endpoint).toBe(server);
    const later = observe(second.steps, { 'vcluster-address': addressed(undefined) });
    expect(plan(BARE, later).status.endpoint).toBe(server);
  });

  test('is usable when its kubeconfig has the address in it', () => {
    const seen = observe(plan(BARE).steps, {
      'vcluster-address': addressed({ ip: '203.0.113.9' }),
    });
    const release = stepOf(plan(BARE, seen), 'vcluster-release');
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    const kubeconfig = (server: string) => ({
      resource: { status },
      kubeconfig: Buffer.from(`server: ${server}`),
    });
    expect(release.notReady(kubeconfig('https://localhost:8443'))?.message).toBe(
      'its kubeconfig does not have its address yet',
    );
    expect(release.notReady(kubeconfig('https://203.0.113.9'))).toBeUndefined();
  });
});

test.each([
  ['Ingress', INGRESS, undefined],
  ['Ingress, with another domain', INGRESS, { ...INGRESS, domain: 'other.example' }],
  ['Ingress, now a load balancer', INGRESS, NAMED],
  ['a named load balancer', NAMED, undefined],
  ['in the cluster', undefined, BARE],
])('what lives keeps its endpoint: %s', (_, made, now) => {
  const first = plan(made);
  const later = plan(now, observe(first.steps));
  expect(values(later)).toEqual(values(first));
  expect(later.status.endpoint).toBe(first.status.endpoint);
  expect(later.steps.map((step) => step.name)).toEqual(first.steps.map((step) => step.name));
  expect(later.kept).toEqual([
    expect.stringMatching(/^endpoint stays https:.*: the catalog now says .*cut off who uses it$/),
  ]);
});

test('annotations alone are no other endpoint', () => {
  const first = plan(INGRESS);
  const later = plan({ ...INGRESS, annotations: { other: 'true' } }, observe(first.steps));
  expect(later.kept).toEqual([]);
  expect(values(later)).toEqual(values(first));
});

if (vclusterCharts().length > 0)
  describe('the chart', () => {
    const endpoints: Endpoint[] = [INGRESS, { ...INGRESS, ingressClass: 'nginx' }, NAMED, BARE];
    test.each(vclusterCharts())('$version takes the values', ({ file }) => {
      for (const endpoint of endpoints)
        expect(valuesProblems(values(plan(endpoint)), file)).toEqual([]);
    });
  });
