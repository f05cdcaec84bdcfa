// provider-kubernetes: Object and ProviderConfig.
import type { Context, ProviderConfigRef } from '../context.ts';
import { compact } from '../json.ts';
import type { JsonObject, Manifest } from '../step.ts';
import { KEEP_ON_DELETE, type Meta, metadata, providerConfigRef } from './common.ts';
import { type Login, loginSpec } from './helm.ts';

export interface ObjectSpec {
  readonly providerConfig: ProviderConfigRef;
  readonly manifest: JsonObject;
  /** False: deleted never, dies with its cluster. */
  readonly deletable: boolean;
  /** `exists`: ready when created. `Ready`: when the object's own condition Ready is True. */
  readonly ready: 'exists' | 'Ready';
  readonly references?: readonly JsonObject[];
}

export function object(context: Context, meta: Meta, spec: ObjectSpec): Manifest {
  return {
    apiVersion:
      context.flavour === 'namespaced'
        ? 'kubernetes.m.crossplane.io/v1alpha1'
        : 'kubernetes.crossplane.io/v1alpha2',
    kind: 'Object',
    metadata: metadata(context, meta),
    spec: compact({
      managementPolicies: spec.deletable ? ['*'] : [...KEEP_ON_DELETE],
      providerConfigRef: providerConfigRef(context.flavour, spec.providerConfig),
      readiness: { policy: spec.ready === 'Ready' ? 'DeriveFromObject' : 'SuccessfulCreate' },
      forProvider: { manifest: spec.manifest },
      references: spec.references,
    }) as JsonObject,
  };
}

/**
 * A Secret copied from the environment's namespace by the provider, so that its content never
 * passes through the function. `patchesFrom` reads on the control plane.
 */
export function copiedSecret(
  context: Context,
  meta: Meta,
  spec: Omit<ObjectSpec, 'manifest' | 'references' | 'ready'> & {
    readonly from: { readonly namespace: string; readonly name: string };
    readonly to: { readonly namespace: string; readonly name: string };
  },
): Manifest {
  const { from, to, ...rest } = spec;
  return object(context, meta, {
    ...rest,
    ready: 'exists',
    manifest: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: to.name, namespace: to.namespace },
    },
    references: [
      {
        patchesFrom: {
          apiVersion: 'v1',
          kind: 'Secret',
          namespace: from.namespace,
          name: from.name,
          fieldPath: 'data',
        },
        toFieldPath: 'data',
      },
    ],
  });
}

export function kubernetesConfig(context: Context, meta: Meta, login: Login): Manifest {
  return {
    apiVersion:
      context.flavour === 'namespaced'
        ? 'kubernetes.m.crossplane.io/v1alpha1'
        : 'kubernetes.crossplane.io/v1alpha1',
    kind: 'ProviderConfig',
    metadata: metadata(context, meta),
    spec: loginSpec(context, login),
  };
}
