// What would replace or orphan a virtual cluster: read from the one that lives, from the catalog for a new one.
import type { Host, Size, VclusterCatalog } from '../catalog/schema.ts';
import type { ClusterContext, Home, ProviderConfigRef } from '../context.ts';
import { MAX } from '../manifests/names.ts';
import type { JsonObject, Observed } from '../step.ts';
import {
  keptProviderConfig,
  keptSentence,
  observedOutsideName,
  observedProviderConfig,
  observedText,
} from './observed.ts';
import { type Endpoint, endpointOf } from './vcluster-endpoint.ts';
import { type SharedSync, sharedSync } from './vcluster-shared.ts';
import { type Store, storeOf } from './vcluster-store.ts';

export const ANCHOR = 'release';
export const NAMESPACE = 'namespace';
export const PROVIDER = ['spec', 'forProvider'] as const;

/** Where a vCluster Platform on the host itself keeps it. */
const LICENSE = { name: 'vcluster-platform-api-key', namespace: 'vcluster-platform' } as const;

/** The Release and the namespace, if they are composed. */
export function seen(observed: Observed, home: Home) {
  return { found: observed.get(`${home}-${ANCHOR}`), space: observed.get(`${home}-${NAMESPACE}`) };
}

/** An environment that exists names its host, or, once the catalog lost that, its provider config. */
export function hostOf(
  { placement }: ClusterContext,
  { hosts }: VclusterCatalog,
): Host | undefined {
  return (
    hosts.find((host) => host.name === placement.host) ??
    hosts.find((host) => (host.providerConfig?.name ?? host.name) === placement.host)
  );
}

/** What would replace or orphan the virtual cluster. */
export interface VclusterFacts {
  /** Name of the Helm release. */
  readonly release: string;
  /** On the host. */
  readonly namespace: string;
  /** What the two steps go through. */
  readonly configs: { readonly namespace: ProviderConfigRef; readonly release: ProviderConfigRef };
  readonly endpoint: Endpoint;
  readonly store: Store;
  /** Undefined: nothing is shared with the host. */
  readonly shared: SharedSync | undefined;
  readonly edition: NonNullable<VclusterCatalog['edition']>;
  readonly kept: readonly string[];
}

export function vclusterFacts(
  context: ClusterContext,
  size: NonNullable<Size['vcluster']>,
  host: Host | undefined,
  edition: NonNullable<VclusterCatalog['edition']>,
): VclusterFacts | undefined {
  const { found, space } = seen(context.observed, context.home);
  const wanted = configOf(host);
  const runs = observedProviderConfig(found) ?? observedProviderConfig(space);
  const config = runs ?? wanted;
  if (config === undefined) return undefined;
  const name =
    observedOutsideName(found) ?? context.names.outside(context.home, '', MAX.helmRelease);
  const namespace =
    observedText(found, ...PROVIDER, 'namespace') ??
    observedText(space, ...PROVIDER, 'manifest', 'metadata', 'name') ??
    context.names.outside(context.home);
  const endpoint = endpointOf(context, host, found, { release: name, namespace });
  const store = storeOf(size, found);
  const shared = sharedSync(context, found, licenseOf(host));
  return {
    release: name,
    namespace,
    configs: { namespace: observedProviderConfig(space) ?? config, release: config },
    endpoint,
    store,
    shared,
    edition: shared === undefined ? edition : 'pro',
    kept: [
      ...keptProviderConfig(context.flavour, runs, wanted),
      ...endpoint.kept,
      ...store.kept,
      ...keptSentence(
        'edition',
        shared === undefined ? undefined : 'pro',
        edition,
        'stop shared Knative without a word',
      ),
    ],
  };
}

function licenseOf(host: Host | undefined): JsonObject {
  const { name, namespace } = host?.knative?.licenseSecret ?? LICENSE;
  return { secretName: name, namespace };
}

function configOf(host: Host | undefined): ProviderConfigRef | undefined {
  if (host === undefined) return undefined;
  return {
    kind: host.providerConfig?.kind ?? 'ClusterProviderConfig',
    name: host.providerConfig?.name ?? host.name,
  };
}
