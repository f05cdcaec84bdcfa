// Knative: the steps of a fresh plan, their order and protection, and what is read back.
import { describe, expect, test } from 'vitest';
import type { Home } from '../../src/context.ts';
import { at } from '../../src/json.ts';
import { knative } from '../../src/tools/knative.ts';
import { contextFor, FLAVOURS, HASH, observedOf, stepNamed, version } from './fixture.ts';

const chosen = version('1.22', { chart: '1.22.3' });
const context = (home: Home, flavour: (typeof FLAVOURS)[number] = 'claims') =>
  contextFor(home, { flavour, name: 'knative', version: chosen });
const serving = (home: Home, block = {}) =>
  at(
    stepNamed(knative.plan(block, context(home)), `${home}-knative-serving`).manifest.spec,
    'forProvider',
    'manifest',
  );

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  test.each(['gke', 'vcluster'] as const)('a fresh plan in %s', (home) => {
    const steps = knative.plan({}, context(home, flavour));
    const suffix = flavour === 'namespaced' ? '.m' : '';
    expect(steps.map((s) => [s.name, s.title, s.manifest.apiVersion, s.manifest.kind])).toEqual([
      [
        `${home}-knative-operator`,
        'knative-operator',
        `helm${suffix}.crossplane.io/v1beta1`,
        'Release',
      ],
      [
        `${home}-knative-namespace`,
        'knative-namespace',
        `kubernetes${suffix}.crossplane.io/${flavour === 'namespaced' ? 'v1alpha1' : 'v1alpha2'}`,
        'Object',
      ],
      [
        `${home}-knative-serving`,
        'knative-serving',
        `kubernetes${suffix}.crossplane.io/${flavour === 'namespaced' ? 'v1alpha1' : 'v1alpha2'}`,
        'Object',
      ],
    ]);
    for (const { manifest, part, name } of steps) {
      expect(part).toBe('knative');
      expect(manifest.metadata.namespace).toBe(
        flavour === 'namespaced' ? 'team-payments' : undefined,
      );
      expect(manifest.metadata.name).toMatch(
        new RegExp(`^team-payments-checkout-${HASH}-${name.replace(`${home}-`, '')}$`),
      );
      expect(manifest.metadata.labels?.['platform.xenvironment.dev/tool']).toBe('knative');
      expect(manifest.spec.providerConfigRef).toEqual(
        flavour === 'namespaced'
          ? { kind: 'ProviderConfig', name: `${home}-config` }
          : { name: `${home}-config` },
      );
    }
  });
});

test('the operator is a release from its repository, of the chart version that Chart.yaml has', () => {
  const plan = (chart: string) =>
    knative.plan({}, contextFor('gke', { name: 'knative', version: version('1.22', { chart }) }));
  for (const chart of ['1.22.3', 'v1.22.3']) {
    const { manifest } = stepNamed(plan(chart), 'gke-knative-operator');
    expect(at(manifest.spec, 'forProvider')).toMatchObject({
      chart: {
        repository: 'https://knative.github.io/operator',
        name: 'knative-operator',
        version: '1.22.3',
      },
      namespace: 'knative-operator',
    });
    const name = manifest.metadata.annotations?.['crossplane.io/external-name'] ?? '';
    expect(name).toMatch(new RegExp(`-${HASH}-knative-operator$`));
    expect(name.length).toBeLessThanOrEqual(53);
  }
});

test('a mirror of the chart, and its digest, come from the catalog', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const mirrored = version('1.22', {
    chart: '1.22.3',
    repository: 'oci://mirror.acme.example/charts',
    chartName: 'knative',
    digest,
  });
  const [operator] = knative.plan({}, contextFor('gke', { name: 'knative', version: mirrored }));
  expect(at(operator?.manifest.spec, 'forProvider', 'chart')).toEqual({
    repository: 'oci://mirror.acme.example/charts',
    name: 'knative',
    version: '1.22.3',
    digest,
  });
});

test('serving waits for the operator and its namespace, and all for the cluster and its provider config', () => {
  const steps = knative.plan({}, { ...context('gke'), after: ['gke-tool-istio'] });
  expect(Object.fromEntries(steps.map((s) => [s.name, s.needs]))).toEqual({
    'gke-knative-operator': ['gke-cluster', 'gke-helm-config', 'gke-tool-istio'],
    'gke-knative-namespace': ['gke-cluster', 'gke-kubernetes-config', 'gke-tool-istio'],
    'gke-knative-serving': [
      'gke-cluster',
      'gke-kubernetes-config',
      'gke-tool-istio',
      'gke-knative-operator',
      'gke-knative-namespace',
    ],
  });
});

test('on GKE serving is gone before the operator, and everything before its provider config', () => {
  const steps = knative.plan({}, context('gke'));
  expect(Object.fromEntries(steps.map((s) => [s.name, s.protects]))).toEqual({
    'gke-knative-operator': ['gke-helm-config'],
    'gke-knative-namespace': ['gke-kubernetes-config'],
    'gke-knative-serving': ['gke-kubernetes-config', 'gke-knative-operator'],
  });
  for (const step of steps) expect(step.manifest.spec.managementPolicies).toEqual(['*']);
});

test('in a vcluster nothing is protected or uninstalled: it dies with the cluster', () => {
  for (const step of knative.plan({}, context('vcluster'))) {
    expect(step.protects).toEqual([]);
    expect(step.manifest.spec.managementPolicies).not.toContain('Delete');
    expect(step.manifest.spec.managementPolicies).not.toContain('*');
  }
});

test.each([
  ['gke', {}, 'LoadBalancer', undefined],
  ['gke', { domain: 'dev.acme.example' }, 'LoadBalancer', { 'dev.acme.example': '' }],
  ['vcluster', {}, 'ClusterIP', undefined],
  ['vcluster', { domain: 'dev.acme.example' }, 'LoadBalancer', { 'dev.acme.example': '' }],
] as const)('in %s with %o Kourier is a %s', (home, block, type, domain) => {
  expect(serving(home, block)).toEqual({
    apiVersion: 'operator.knative.dev/v1beta1',
    kind: 'KnativeServing',
    metadata: { name: 'knative-serving', namespace: 'knative-serving' },
    spec: {
      version: '1.22',
      ingress: { kourier: { enabled: true, 'service-type': type } },
      config: {
        network: { 'ingress-class': 'kourier.ingress.networking.knative.dev' },
        ...(domain === undefined ? {} : { domain }),
      },
    },
  });
});

test('serving is ready when its own condition Ready is True', () => {
  const step = stepNamed(knative.plan({}, context('gke')), 'gke-knative-serving');
  expect(step.manifest.spec.readiness).toEqual({ policy: 'DeriveFromObject' });
  const status = (ready: string, inside: string) => ({
    conditions: [{ type: 'Ready', status: ready }],
    atProvider: {
      manifest: { status: { conditions: [{ type: 'DependenciesInstalled', status: inside }] } },
    },
  });
  expect(step.notReady({ resource: { status: status('True', 'True') } })).toBeUndefined();
  expect(step.notReady({ resource: { status: status('False', 'False') } })).toEqual({
    reason: 'Creating',
    message: 'DependenciesInstalled is False',
  });
});

test('what runs is the version of serving, and before it is there the chart of the operator', () => {
  const steps = knative.plan({}, context('gke'));
  expect(knative.observedVersion(observedOf(steps), 'gke')).toBe('1.22');
  expect(knative.observedVersion(observedOf(steps.slice(0, 2)), 'gke')).toBe('1.22.3');
  expect(knative.observedVersion(observedOf(steps), 'vcluster')).toBeUndefined();
  expect(knative.observedVersion(new Map(), 'gke')).toBeUndefined();
});

test('a dedicated Knative has no problems', () => {
  expect(knative.problems({ mode: 'dedicated', domain: 'dev.acme.example' }, 'gke')).toEqual([]);
});
