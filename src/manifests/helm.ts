// provider-helm: Release and ProviderConfig. Shapes: its CRDs at v1.3 and v1.4, the same in both flavours but for the envelope.
import type { CatalogTool } from '../catalog/schema.ts';
import type { Context, ProviderConfigRef } from '../context.ts';
import { compact } from '../json.ts';
import type { JsonObject, Manifest } from '../step.ts';
import {
  connectionSecretRef,
  KEEP_ON_DELETE,
  type Meta,
  metadata,
  providerConfigRef,
  secretsNamespace,
} from './common.ts';

export interface Chart {
  readonly repository: string;
  readonly name: string;
  /** As Chart.yaml has it: provider-helm compares the text, and with another spelling upgrades for ever. */
  readonly version: string;
  /** `sha256:…`, OCI only. */
  readonly digest?: string;
}

export interface ReleaseSpec {
  readonly providerConfig: ProviderConfigRef;
  readonly chart: Chart;
  readonly namespace: string;
  readonly values: JsonObject;
  /** In the environment's namespace on the control plane, where provider-helm reads them. */
  readonly valuesFrom?: CatalogTool['valuesFrom'];
  /** False: uninstalled never, dies with its cluster. */
  readonly deletable: boolean;
  /** True where the namespace is composed: provider-helm creates namespaces, and never deletes them. */
  readonly skipCreateNamespace?: boolean;
  /** Copies a Secret's key of the target cluster to the connection Secret, as `kubeconfig`. */
  readonly kubeconfigFrom?: {
    readonly secret: string;
    readonly namespace: string;
    readonly key: string;
  };
  readonly connectionSecret?: string;
}

export function release(context: Context, meta: Meta, spec: ReleaseSpec): Manifest {
  return {
    apiVersion:
      context.flavour === 'namespaced'
        ? 'helm.m.crossplane.io/v1beta1'
        : 'helm.crossplane.io/v1beta1',
    kind: 'Release',
    metadata: metadata(context, meta),
    spec: compact({
      managementPolicies: spec.deletable ? ['*'] : [...KEEP_ON_DELETE],
      providerConfigRef: providerConfigRef(context.flavour, spec.providerConfig),
      // Without a limit a first install that failed stays failed, even when its cause is gone.
      rollbackLimit: 3,
      forProvider: compact({
        chart: compact({ ...spec.chart }) as JsonObject,
        // Always written: with an empty one the namespaced provider cannot create the namespace.
        namespace: spec.namespace,
        skipCreateNamespace: spec.skipCreateNamespace,
        wait: true,
        waitTimeout: '10m0s',
        values: spec.values,
        valuesFrom: spec.valuesFrom?.map((from) => sourceOf(context, from)),
      }),
      connectionDetails:
        spec.kubeconfigFrom === undefined
          ? undefined
          : [
              {
                apiVersion: 'v1',
                kind: 'Secret',
                name: spec.kubeconfigFrom.secret,
                namespace: spec.kubeconfigFrom.namespace,
                fieldPath: `data.${spec.kubeconfigFrom.key}`,
                toConnectionSecretKey: 'kubeconfig',
                // vcluster's syncer makes that Secret, so it does not carry Helm's annotations.
                skipPartOfReleaseCheck: true,
              },
            ],
      writeConnectionSecretToRef:
        spec.connectionSecret === undefined
          ? undefined
          : connectionSecretRef(context, spec.connectionSecret),
    }) as JsonObject,
  };
}

type ValueSource = NonNullable<CatalogTool['valuesFrom']>[number];

/** A namespaced Release reads in its own namespace and takes no other. */
function sourceOf({ flavour, environment }: Context, from: ValueSource): JsonObject {
  const place = flavour === 'namespaced' ? {} : { namespace: environment.namespace };
  return Object.fromEntries(
    Object.entries(from).map(([kind, ref]) => [kind, compact({ ...ref, ...place })]),
  );
}

/** Provider configs of provider-helm and provider-kubernetes have one shape. */
export function helmConfig(context: Context, meta: Meta, login: Login): Manifest {
  return {
    apiVersion:
      context.flavour === 'namespaced'
        ? 'helm.m.crossplane.io/v1beta1'
        : 'helm.crossplane.io/v1beta1',
    kind: 'ProviderConfig',
    metadata: metadata(context, meta),
    spec: loginSpec(context, login),
  };
}

export interface Login {
  /** Secret with key `kubeconfig`, where the cluster writes its connection details. */
  readonly secret: string;
  /** GKE's kubeconfig does not authenticate by itself. */
  readonly identity?: JsonObject;
}

export function loginSpec(context: Context, login: Login): JsonObject {
  return {
    credentials: {
      source: 'Secret',
      secretRef: { namespace: secretsNamespace(context), name: login.secret, key: 'kubeconfig' },
    },
    ...(login.identity === undefined ? {} : { identity: login.identity }),
  };
}
