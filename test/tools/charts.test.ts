// The catalog's own tools: chart, values, order, and values that fail.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the catalog's syntax
import { describe, expect, test } from 'vitest';
import type { CatalogTool } from '../../src/catalog/schema.ts';
import { compileTemplate } from '../../src/catalog/template.ts';
import { at } from '../../src/json.ts';
import { Refused } from '../../src/problem.ts';
import type { Json, JsonObject } from '../../src/step.ts';
import { chartTool } from '../../src/tools/charts.ts';
import { contextFor, HASH, observedOf, version } from './fixture.ts';

const declaration: CatalogTool = {
  chart: { repository: 'oci://quay.io/jetstack/charts', name: 'cert-manager' },
  namespace: 'cert-manager',
  versions: [],
};

function toolWith(values: { [key: string]: Json }, name = 'cert-manager') {
  const compiled = compileTemplate(values);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return chartTool(declaration, compiled.template, name);
}

function planOf(
  values: { [key: string]: Json },
  more: Partial<Parameters<typeof contextFor>[1]> = {},
) {
  const context = contextFor('gke', { name: 'cert-manager', version: version('1.18.2'), ...more });
  const [step, ...rest] = toolWith(values).plan({ name: 'cert-manager' }, context);
  if (step === undefined || rest.length > 0) throw new Error('not one step');
  return step;
}

test('a tool is one release, called after the tool', () => {
  const step = planOf({}, { after: ['gke-knative-serving'] });
  expect(step).toMatchObject({
    name: 'gke-tool-cert-manager',
    title: 'cert-manager',
    part: 'cert-manager',
    needs: ['gke-cluster', 'gke-helm-config', 'gke-knative-serving'],
    protects: ['gke-helm-config'],
  });
  expect(step.manifest.metadata.name).toMatch(new RegExp(`-${HASH}-tool-cert-manager$`));
  expect(at(step.manifest.spec, 'forProvider')).toMatchObject({
    chart: { repository: 'oci://quay.io/jetstack/charts', name: 'cert-manager', version: '1.18.2' },
    namespace: 'cert-manager',
    values: {},
  });
});

test('its version may have a chart version and a digest of its own', () => {
  const digest = `sha256:${'c'.repeat(64)}`;
  const step = planOf({}, { version: version('1.18', { chart: '1.18.4', digest }) });
  expect(at(step.manifest.spec, 'forProvider', 'chart')).toMatchObject({
    version: '1.18.4',
    digest,
  });
});

test('values see the environment, its cluster and the tool', () => {
  const step = planOf({
    host: '${environment.name}.${environment.namespace}.acme.example',
    team: '${environment.team}',
    on: '${environment.purpose == "development" && environment.size == "small"}',
    tier: '${environment.labels.tier}',
    direct: '${environment.access == "direct"}',
    serving: '${has(environment.tools.knative)}',
    cluster: '${cluster.type}/${cluster.location}/${cluster.version}',
    namespaces: ['${tool.namespace}'],
    tool: '${tool.name}-${tool.version}',
    literal: '$${HOME}',
  });
  expect(at(step.manifest.spec, 'forProvider', 'values')).toEqual({
    host: 'checkout.team-payments.acme.example',
    team: 'payments',
    on: true,
    tier: 'gold',
    direct: true,
    serving: true,
    cluster: 'gke/europe-west1/1.35',
    namespaces: ['cert-manager'],
    tool: 'cert-manager-1.18.2',
    literal: '${HOME}',
  });
});

test('values that fail for an environment are the catalog’s fault, with their path', () => {
  try {
    planOf({ ingress: { hosts: ['${environment.labels.nope}'] } });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).problems).toEqual([
      {
        reason: 'InvalidCatalog',
        path: 'tools.cert-manager.values.ingress.hosts[0]',
        message: 'fails for this environment: no such key: nope',
      },
    ]);
  }
});

describe('more than a chart', () => {
  const ready = {
    object: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'webhook',
      namespace: 'cert-manager',
    },
    when: 'has(object.status.readyReplicas) && object.status.readyReplicas > 0',
  };
  const valuesFrom = [
    { secretKeyRef: { name: 'more', key: 'values' } },
    { configMapKeyRef: { name: 'shared', optional: true } },
  ];
  const namespaceLabels = { 'pod-security.kubernetes.io/enforce': 'restricted' };

  function stepsOf(
    more: Partial<CatalogTool>,
    home: 'gke' | 'vcluster' = 'gke',
    options: Partial<Parameters<typeof contextFor>[1]> = {},
  ) {
    const compiled = compileTemplate({});
    if (!compiled.ok) throw new Error('does not compile');
    const tool = chartTool({ ...declaration, ...more }, compiled.template, 'cert-manager');
    const given = { name: 'cert-manager', version: version('1.18.2'), ...options };
    return tool.plan({ name: 'cert-manager' }, contextFor(home, given));
  }

  test('labels make the namespace a step of its own, before the release and after it', () => {
    const [space, release, ...rest] = stepsOf({ namespaceLabels });
    expect(rest).toEqual([]);
    expect(space).toMatchObject({ name: 'gke-namespace-cert-manager', part: 'cert-manager' });
    expect(at(space?.manifest.spec, 'forProvider', 'manifest')).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'cert-manager', labels: namespaceLabels },
    });
    expect(release?.needs).toContain('gke-namespace-cert-manager');
    expect(release?.protects).toContain('gke-namespace-cert-manager');
    expect(at(release?.manifest.spec, 'forProvider', 'skipCreateNamespace')).toBe(true);
  });

  test('more values are read where the provider is: in the namespace of the environment', () => {
    const from = (flavour: 'claims' | 'namespaced') =>
      at(
        stepsOf({ valuesFrom }, 'gke', { flavour })[0]?.manifest.spec,
        'forProvider',
        'valuesFrom',
      );
    expect(from('namespaced')).toEqual(valuesFrom);
    expect(from('claims')).toEqual([
      { secretKeyRef: { name: 'more', key: 'values', namespace: 'team-payments' } },
      { configMapKeyRef: { name: 'shared', optional: true, namespace: 'team-payments' } },
    ]);
    expect(() => stepsOf({ valuesFrom }, 'gke', { namespace: '' })).toThrow(
      /a composite without a claim has none/,
    );
  });

  test.each(['gke', 'vcluster'] as const)(
    'what says whether it is ready is only looked at, in %s',
    (home) => {
      const [release, look] = stepsOf({ ready }, home);
      expect(look).toMatchObject({
        name: `${home}-ready-cert-manager`,
        title: 'Deployment webhook',
        needs: expect.arrayContaining([release?.name]),
      });
      expect(look?.manifest.spec).toMatchObject({
        managementPolicies: ['Observe'],
        readiness: { policy: 'DeriveFromCelQuery', celQuery: ready.when },
        forProvider: { manifest: { apiVersion: 'apps/v1', kind: 'Deployment' } },
      });
    },
  );

  test('what is not there yet is not called a failure', () => {
    const look = stepsOf({ ready }).at(-1);
    const status = (type: string) => ({
      conditions: [{ type, status: 'False', reason: 'ReconcileError', message: 'not found' }],
    });
    for (const type of ['Synced', 'Ready'])
      expect(look?.notReady({ resource: { status: status(type) } })).toEqual({
        reason: 'Creating',
        message: 'is not there, or not yet as the catalog wants it (ready.when)',
      });
    const is = { conditions: [{ type: 'Ready', status: 'True' }] };
    expect(look?.notReady({ resource: { status: is } })).toBeUndefined();
  });
});

describe('what would orphan the release never follows the catalog', () => {
  test('its names, provider config and namespace stay as observed, and its values see that namespace', () => {
    const observed = observedOf([planOf({})], (resource) => ({
      ...resource,
      metadata: {
        name: 'old-name',
        annotations: { 'crossplane.io/external-name': 'old-release' },
      },
      spec: {
        providerConfigRef: { kind: 'ClusterProviderConfig', name: 'old-config' },
        forProvider: { namespace: 'old-namespace', chart: { version: '1.17.0' } } as JsonObject,
      },
    }));
    const step = planOf({ here: '${tool.namespace}' }, { observed, flavour: 'namespaced' });
    expect(step.manifest.metadata.name).toBe('old-name');
    expect(step.manifest.metadata.annotations?.['crossplane.io/external-name']).toBe('old-release');
    expect(step.manifest.spec.providerConfigRef).toEqual({
      kind: 'ClusterProviderConfig',
      name: 'old-config',
    });
    expect(at(step.manifest.spec, 'forProvider')).toMatchObject({
      namespace: 'old-namespace',
      values: { here: 'old-namespace' },
    });
    expect(toolWith({}).observedVersion(observed, 'gke')).toBe('1.17.0');
  });

  test('an observed resource that lacks everything changes nothing', () => {
    const observed = new Map([['gke-tool-cert-manager', { resource: {} }]]);
    expect(planOf({}, { observed }).manifest).toEqual(planOf({}).manifest);
    expect(toolWith({}).observedVersion(observed, 'gke')).toBeUndefined();
  });
});

test('names of tools with long names fit, differ and are stable', () => {
  const long = 'a'.repeat(62);
  const names = [`${long}b`, `${long}c`, `${long}b`].map((name) => {
    const context = contextFor('gke', { name, version: version('1.0.0') });
    const [step] = toolWith({}, name).plan({ name }, context);
    expect(step?.name).toBe(`gke-tool-${name}`);
    expect(step?.manifest.metadata.labels?.['platform.xenvironment.dev/tool']).toBe(name);
    expect(step?.manifest.metadata.name.length).toBeLessThanOrEqual(63);
    return step?.manifest.metadata.annotations?.['crossplane.io/external-name'] ?? '';
  });
  expect(names.every((name) => /^[a-z][-a-z0-9]{0,51}[a-z0-9]$/.test(name))).toBe(true);
  expect(names[0]).not.toBe(names[1]);
  expect(names[0]).toBe(names[2]);
});
