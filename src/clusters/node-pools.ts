// GKE node pools: one for the applications, and a tainted one for CI agents.
import type { Size } from '../catalog/schema.ts';
import type { ClusterContext, ProviderConfigRef } from '../context.ts';
import { compact } from '../json.ts';
import { metadata, PREFIX, providerConfigRef } from '../manifests/common.ts';
import { hash, MAX } from '../manifests/names.ts';
import { conditionReady } from '../readiness.ts';
import type { Flavour, JsonObject, Step } from '../step.ts';
import { identified, metaOf } from './configs.ts';
import { observedOutsideName } from './observed.ts';

/** Label and taint of the nodes for CI agents. */
const CI_NODES = `${PREFIX}/ci`;

/** How CI pods get onto their nodes. */
export const ciNodes = {
  nodeSelector: { [CI_NODES]: 'true' },
  tolerations: [{ key: CI_NODES, operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
} as const;

/** What a pool takes over from its cluster. */
export interface PoolCluster {
  /** Step name of the cluster. */
  readonly step: string;
  /** metadata.name of the cluster. */
  readonly resource: string;
  readonly project: string;
  readonly location: string;
  readonly zones: readonly string[] | undefined;
  readonly providerConfig: ProviderConfigRef;
}

/** container.gcp.upbound.io/v1beta1 does not exist any more in provider-gcp v3; its v1beta2 has the namespaced kinds' shape. */
export function containerApi(flavour: Flavour): string {
  return flavour === 'namespaced'
    ? 'container.gcp.m.upbound.io/v1beta1'
    : 'container.gcp.upbound.io/v1beta2';
}

/** @param context `part` says whose pool it is */
export function nodePool(
  context: ClusterContext,
  size: NonNullable<Size['gke']>,
  cluster: PoolCluster,
): Step {
  const node = {
    machineType: size.machineType,
    diskSizeGb: size.diskGb ?? 100,
    diskType: size.diskType ?? 'pd-balanced',
    spot: size.spot ?? false,
  };
  // A change of any of these would replace the pool under running pods: it makes another pool instead.
  const immutable = hash(
    ...(context.part === 'ci' ? ['ci'] : []),
    node.machineType,
    String(node.diskSizeGb),
    node.diskType,
    String(node.spot),
  );
  const suffix = context.part === 'ci' ? `ci-nodes-${immutable}` : `nodes-${immutable}`;
  const meta = metaOf(context, suffix);
  const externalName =
    observedOutsideName(context.observed.get(`${context.home}-${suffix}`)) ??
    context.names.outside(context.home, `-${immutable}`, MAX.gke);
  return {
    ...identified(context, suffix, 'node pool'),
    needs: [cluster.step],
    protects: [],
    manifest: {
      apiVersion: containerApi(context.flavour),
      kind: 'NodePool',
      metadata: metadata(context, { ...meta, externalName }),
      spec: {
        managementPolicies: ['*'],
        providerConfigRef: providerConfigRef(context.flavour, cluster.providerConfig),
        forProvider: compact({
          clusterRef: { name: cluster.resource },
          project: cluster.project,
          location: cluster.location,
          nodeLocations: cluster.zones,
          // Read at creation only, per zone; a later change would replace the pool.
          initialNodeCount: 1,
          // Totals: minNodeCount and maxNodeCount would count for each zone.
          autoscaling: {
            totalMinNodeCount: size.nodes.minimum,
            totalMaxNodeCount: size.nodes.maximum,
            // Spot capacity lacks in one zone or the other: BALANCED would wait for it.
            locationPolicy: node.spot ? 'ANY' : 'BALANCED',
          },
          // A release channel demands both.
          management: { autoRepair: true, autoUpgrade: true },
          nodeConfig: { ...node, ...access, ...(context.part === 'ci' ? reserved : {}) },
        }),
      },
    },
    notReady: conditionReady,
  };
}

const access = {
  // Without it nodes cannot even pull from Artifact Registry; what they may do is IAM's to say.
  oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
  // Pods would otherwise get the nodes' own credentials from the metadata server.
  workloadMetadataConfig: { mode: 'GKE_METADATA' },
} satisfies JsonObject;

const reserved = {
  labels: { [CI_NODES]: 'true' },
  taint: [{ key: CI_NODES, value: 'true', effect: 'NO_SCHEDULE' }],
} satisfies JsonObject;
