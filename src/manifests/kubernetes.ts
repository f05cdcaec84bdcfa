// provider-kubernetes: Object and ProviderConfig.
import type { Context, ProviderConfigRef } from '../context.ts';
import { compact } from '../json.ts';
import type { JsonObject, Manifest } from '../step.ts';
import { KEEP_ON_DELETE, type Meta, metadata, OBSERVE_ONLY, providerConfigRef } from './common.ts';
import { type Login, loginSpec } from './helm.ts';

/**
 * When an Object is ready. `exists`: when created. `Ready`: when the object's own condition Ready is
 * True. `when`: a CEL expression over `object`; what it reads must be guarded with has().
 */
export type Ready = 'exists' | 'Ready' | { readonly when: string };

export interface ObjectSpec {
  readonly providerConfig: ProviderConfigRef;
  readonly manifest: JsonObject;
  /** False: deleted never, dies with its cluster. `observed`: somebody else's, only looked at. */
  readonly deletable: boolean | 'observed';
  readonly ready: Ready;
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
      managementPolicies: policiesOf(spec.deletable),
      providerConfigRef: providerConfigRef(context.flavour, spec.providerConfig),
      readiness: readinessOf(spec.ready),
      forProvider: { manifest: spec.manifest },
      references: spec.references,
    }) as JsonObject,
  };
}

function policiesOf(deletable: ObjectSpec['deletable']): string[] {
  if (deletable === 'observed') return [...OBSERVE_ONLY];
  return deletable ? ['*'] : [...KEEP_ON_DELETE];
}

function readinessOf(ready: Ready): JsonObject {
  if (ready === 'exists') return { policy: 'SuccessfulCreate' };
  if (ready === 'Ready') return { policy: 'DeriveFromObject' };
  return { policy: 'DeriveFromCelQuery', celQuery: ready.when };
}

export interface CopyTarget {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Keys that the copy has besides; no credentials. */
  readonly beside?: { readonly type: string; readonly url: string };
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
    readonly to: CopyTarget;
    readonly keys?: { readonly from: string; readonly to: string };
  },
): Manifest {
  const { from, to, keys, ...rest } = spec;
  return object(context, meta, {
    ...rest,
    ready: 'exists',
    manifest: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: compact({ name: to.name, namespace: to.namespace, labels: to.labels }),
      ...(to.beside === undefined ? {} : { stringData: to.beside }),
    },
    references: [
      {
        patchesFrom: {
          apiVersion: 'v1',
          kind: 'Secret',
          namespace: from.namespace,
          name: from.name,
          fieldPath: keys === undefined ? 'data' : `data.${keys.from}`,
        },
        toFieldPath: keys === undefined ? 'data' : `data.${keys.to}`,
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
