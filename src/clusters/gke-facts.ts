// What would replace or orphan a GKE cluster: read from the one that lives, from the catalog for a new one.
import type { GkeCatalog } from '../catalog/schema.ts';
import type { ClusterContext, Home, ProviderConfigRef } from '../context.ts';
import { MAX } from '../manifests/names.ts';
import type { ObservedResource } from '../step.ts';
import {
  keptProviderConfig,
  keptSentence,
  observedOutsideName,
  observedProviderConfig,
  observedText,
} from './observed.ts';

/** The cluster's composition resource name, without the home. */
export const ANCHOR = 'cluster';

export function clusterName(home: Home): string {
  return `${home}-${ANCHOR}`;
}

export function providerText(
  found: ObservedResource | undefined,
  field: string,
): string | undefined {
  return observedText(found, 'spec', 'forProvider', field);
}

/** What would replace or orphan the cluster. */
export interface GkeFacts {
  /** In Google Cloud. */
  readonly name: string;
  readonly project: string;
  readonly location: string;
  readonly network: string | undefined;
  readonly subnetwork: string | undefined;
  readonly providerConfig: ProviderConfigRef;
  readonly kept: readonly string[];
}

export function gkeFacts(context: ClusterContext, catalog: GkeCatalog): GkeFacts | undefined {
  const found = context.observed.get(clusterName(context.home));
  const replacing = 'replace the cluster';
  const runs = {
    project: providerText(found, 'project'),
    location: providerText(found, 'location'),
    network: providerText(found, 'network'),
    subnetwork: providerText(found, 'subnetwork'),
    providerConfig: observedProviderConfig(found),
  };
  const wanted = {
    kind: catalog.providerConfig?.kind ?? 'ClusterProviderConfig',
    name: catalog.providerConfig?.name ?? 'default',
  };
  const location = runs.location ?? context.placement.location ?? catalog.locations[0];
  if (location === undefined) return undefined;
  const living = found !== undefined;
  return {
    name: observedOutsideName(found) ?? context.names.outside(context.home, '', MAX.gke),
    project: runs.project ?? catalog.project,
    location,
    network: living ? runs.network : catalog.network?.name,
    subnetwork: living ? runs.subnetwork : catalog.network?.subnetwork,
    providerConfig: runs.providerConfig ?? wanted,
    kept: [
      ...keptSentence('project', runs.project, catalog.project, replacing),
      ...keptSentence('location', runs.location, context.placement.location, replacing),
      ...keptNetwork('network', living, runs.network, catalog.network?.name),
      ...keptNetwork('subnetwork', living, runs.subnetwork, catalog.network?.subnetwork),
      ...keptProviderConfig(context.flavour, runs.providerConfig, wanted),
    ],
  };
}

/**
 * The provider writes networks back as `projects/p/global/networks/name`, and a cluster that was
 * made without one is in `default`.
 */
function keptNetwork(
  what: string,
  living: boolean,
  runs: string | undefined,
  wanted: string | undefined,
): string[] {
  const short = (name: string | undefined) => name?.split('/').at(-1);
  if (!living || short(runs ?? 'default') === short(wanted)) return [];
  return keptSentence(what, runs ?? 'default', wanted, 'replace the cluster');
}
