/** Kubernetes kinds and objects by name, and where an API server has them. */
import { text } from '../../../src/json.ts';
import type { KubernetesObject } from '../documents.ts';
import type { Flavour } from '../examples.ts';

export interface Type {
  readonly apiVersion: string;
  readonly kind: string;
  /** Left out: all namespaces, or a kind that has none. */
  readonly namespace?: string;
}

export interface Ref extends Type {
  readonly name: string;
}

/** Every kind here has a plural that only adds an s. */
export function urlOf(type: Type & { readonly name?: string }): string {
  const base = type.apiVersion.includes('/') ? `/apis/${type.apiVersion}` : '/api/v1';
  const space = type.namespace === undefined ? '' : `/namespaces/${type.namespace}`;
  const name = type.name === undefined ? '' : `/${type.name}`;
  return `${base}${space}/${type.kind.toLowerCase()}s${name}`;
}

export function refOf(object: KubernetesObject): Ref {
  const { apiVersion = '', kind = '', metadata = {} } = object;
  const { name = '', namespace } = metadata;
  return namespace === undefined
    ? { apiVersion, kind, name }
    : { apiVersion, kind, namespace, name };
}

/** `Release/checkout-tool`: enough to tell one environment's resources apart. */
export function labelOf(object: KubernetesObject): string {
  return `${object.kind}/${object.metadata?.name}`;
}

export function uidOf(object: KubernetesObject): string {
  return text(object, 'metadata', 'uid') ?? '';
}

export const kinds = {
  secret: { apiVersion: 'v1', kind: 'Secret' },
  namespace: { apiVersion: 'v1', kind: 'Namespace' },
  configMap: { apiVersion: 'v1', kind: 'ConfigMap' },
  statefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  crd: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  serving: { apiVersion: 'operator.knative.dev/v1beta1', kind: 'KnativeServing' },
} as const satisfies Record<string, Type>;

/** What the function composes, by flavour; the order is that of a deletion. */
export const composedKinds: Readonly<Record<Flavour, Readonly<Record<ComposedKind, Type>>>> = {
  namespaced: {
    release: { apiVersion: 'helm.m.crossplane.io/v1beta1', kind: 'Release' },
    object: { apiVersion: 'kubernetes.m.crossplane.io/v1alpha1', kind: 'Object' },
    helmConfig: { apiVersion: 'helm.m.crossplane.io/v1beta1', kind: 'ProviderConfig' },
    kubernetesConfig: {
      apiVersion: 'kubernetes.m.crossplane.io/v1alpha1',
      kind: 'ProviderConfig',
    },
    nodePool: { apiVersion: 'container.gcp.m.upbound.io/v1beta1', kind: 'NodePool' },
    cluster: { apiVersion: 'container.gcp.m.upbound.io/v1beta1', kind: 'Cluster' },
    usage: { apiVersion: 'protection.crossplane.io/v1beta1', kind: 'Usage' },
  },
  claims: {
    release: { apiVersion: 'helm.crossplane.io/v1beta1', kind: 'Release' },
    object: { apiVersion: 'kubernetes.crossplane.io/v1alpha2', kind: 'Object' },
    helmConfig: { apiVersion: 'helm.crossplane.io/v1beta1', kind: 'ProviderConfig' },
    kubernetesConfig: { apiVersion: 'kubernetes.crossplane.io/v1alpha1', kind: 'ProviderConfig' },
    nodePool: { apiVersion: 'container.gcp.upbound.io/v1beta2', kind: 'NodePool' },
    cluster: { apiVersion: 'container.gcp.upbound.io/v1beta2', kind: 'Cluster' },
    usage: { apiVersion: 'protection.crossplane.io/v1beta1', kind: 'ClusterUsage' },
  },
};

export type ComposedKind =
  | 'release'
  | 'object'
  | 'helmConfig'
  | 'kubernetesConfig'
  | 'nodePool'
  | 'cluster'
  | 'usage';
