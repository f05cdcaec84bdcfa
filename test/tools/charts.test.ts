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
