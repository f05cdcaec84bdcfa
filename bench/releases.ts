// Work that every function can do, to compare servers with: twelve Releases out of a composite's fields, and a status
// out of what is observed of them.
import { at } from '../src/json.ts';
import type { Json, JsonObject } from '../src/step.ts';

const CHARTS: Readonly<Record<string, string>> = {
  'cert-manager': '1.19.1',
  'cluster-autoscaler': '9.50.1',
  'external-dns': '1.19.0',
  'external-secrets': '0.20.1',
  grafana: '10.0.0',
  ingress: '4.13.3',
  knative: '1.19.0',
  loki: '6.40.0',
  prometheus: '77.5.0',
  tempo: '1.23.3',
  vault: '0.30.1',
  velero: '11.0.0',
};

export function compositeOf(number: number): JsonObject {
  const name = `bench-${String(number).padStart(3, '0')}`;
  return {
    apiVersion: 'platform.example.org/v1alpha1',
    kind: 'XEnvironment',
    metadata: {
      name,
      uid: `9b1f0d2c-0000-4000-8000-${String(number).padStart(12, '0')}`,
      resourceVersion: String(1000 + number),
      generation: 2,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'crossplane.io/composite': name },
    },
    spec: {
      team: ['payments', 'search', 'mobile', 'data'][number % 4] ?? '',
      region: 'europe-west1',
      domain: 'dev.example.org',
      replicas: 1 + (number % 3),
      memory: ['128Mi', '512Mi', '2Gi'][number % 3] ?? '',
      repository: 'https://charts.example.org',
    },
  };
}

/** @param observed the observed Release of a tool */
export function composed(
  composite: JsonObject,
  observed: (tool: string) => Json | undefined,
): { readonly releases: Readonly<Record<string, JsonObject>>; readonly status: JsonObject } {
  const releases: Record<string, JsonObject> = {};
  const tools: Record<string, JsonObject> = {};
  for (const [tool, version] of Object.entries(CHARTS)) {
    releases[tool] = release(composite, tool, version);
    const state = at(observed(tool), 'status', 'atProvider', 'state');
    if (state !== undefined) tools[tool] = { state };
  }
  return { releases, status: { tools } };
}

function release(composite: JsonObject, tool: string, version: string): JsonObject {
  const spec = (key: string) => at(composite, 'spec', key) ?? '';
  const name = String(at(composite, 'metadata', 'name'));
  return {
    apiVersion: 'helm.crossplane.io/v1beta1',
    kind: 'Release',
    metadata: {
      name: `${name}-${tool}`,
      annotations: { 'crossplane.io/external-name': tool },
      labels: { team: spec('team') },
    },
    spec: {
      forProvider: {
        namespace: `${name}-tools`,
        wait: true,
        chart: { name: tool, repository: `${spec('repository')}/${tool}`, version },
        values: {
          fullnameOverride: tool,
          replicaCount: spec('replicas'),
          environment: name,
          region: spec('region'),
          team: spec('team'),
          host: `${tool}.${name}.${spec('domain')}`,
          resources: { requests: { cpu: '100m', memory: spec('memory') } },
          metrics: { enabled: true },
        },
      },
      providerConfigRef: { name },
    },
  };
}

/** What the API server and the provider add. */
export function asObserved(resource: JsonObject, number: number): JsonObject {
  return {
    ...resource,
    metadata: {
      ...(resource.metadata as JsonObject),
      uid: `c0ffee00-0000-4000-8000-${String(number).padStart(12, '0')}`,
      resourceVersion: String(5000 + number),
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    status: {
      atProvider: { state: 'deployed', revision: 1 + (number % 5) },
      conditions: ['Ready', 'Synced'].map((type) => ({
        type,
        status: 'True',
        reason: 'Available',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
    },
  };
}
