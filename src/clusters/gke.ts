// A GKE cluster of the environment's own, with its node pools.
import { compareVersions } from '../catalog/compare.ts';
import type { GkeCatalog } from '../catalog/schema.ts';
import type { ClusterContext, ClusterKind, ClusterPlan, Home, Target } from '../context.ts';
import { compact, own } from '../json.ts';
import { connectionSecretRef, metadata, providerConfigRef } from '../manifests/common.ts';
import { labelValue } from '../manifests/names.ts';
import { clusterReady, gkeReady } from '../readiness.ts';
import type { JsonObject, Manifest, Observed, Step } from '../step.ts';
import { type Connection, configsOf, connectionOf, identified, metaOf } from './configs.ts';
import { ANCHOR, clusterName, type GkeFacts, gkeFacts, providerText } from './gke-facts.ts';
import { ciNodes, containerApi, nodePool } from './node-pools.ts';
import { observedOutsideName, observedText } from './observed.ts';
import { teamAccess } from './team-access.ts';

export const gke: ClusterKind = {
  type: 'gke',
  anchor: ANCHOR,
  plan,
  observedVersions(observed, home) {
    const found = observed.get(clusterName(home));
    const kubernetes =
      observedText(found, 'status', 'atProvider', 'masterVersion') ??
      observedText(found, 'spec', 'forProvider', 'minMasterVersion');
    return compact({ kubernetes });
  },
  observedPlacement(observed, home) {
    // Without the cluster its node pools still say where it was.
    const pools = [...observed].filter(([name]) => name.startsWith(`${home}-nodes-`));
    const places = [observed.get(clusterName(home)), ...pools.map(([, pool]) => pool)];
    const location = places.map((found) => providerText(found, 'location')).find(Boolean);
    return compact({ location });
  },
  observedName: (observed, home) => observedOutsideName(observed.get(clusterName(home))),
};

function plan(context: ClusterContext): ClusterPlan | undefined {
  const catalog = context.catalog.clusters.gke;
  const size = context.size?.gke;
  if (catalog === undefined || size === undefined) return undefined;
  const facts = gkeFacts(context, catalog);
  if (facts === undefined) return undefined;
  const connection = connectionOf(context, context.observed.get(clusterName(context.home)));
  const cluster = clusterStep(connection, catalog, facts);
  const inCluster = {
    ...facts,
    step: cluster.name,
    resource: cluster.manifest.metadata.name,
    zones: own(catalog.zones, facts.location),
  };
  const pool = nodePool(context, size, inCluster);
  const ciSize = context.ciNodes?.gke;
  const ciPool =
    ciSize === undefined ? undefined : nodePool({ ...context, part: 'ci' }, ciSize, inCluster);
  const steps = ciPool === undefined ? [cluster, pool] : [cluster, pool, ciPool];
  const all = steps.map((step) => step.name);
  const configs = configsOf({
    connection,
    identity: identityOf(catalog),
    // A CI pool that does not come up must not hold up the applications' tools.
    needs: [cluster.name, pool.name],
    protects: all,
  });
  const { name, location } = facts;
  const target: Target = {
    home: context.home,
    helm: configs.helm,
    kubernetes: configs.kubernetes,
    configs: configs.steps,
    needs: [cluster.name, pool.name],
    diesWithCluster: false,
    cluster: { type: 'gke', name, location, host: '', version: context.kubernetes.version },
  };
  const team = teamAccess(context, target);
  return compact({
    steps,
    access: team.steps,
    target,
    ciTarget: ciPool === undefined ? undefined : { ...target, needs: all, nodes: ciNodes },
    status: compact({ type: 'gke' as const, name, location, endpoint: endpointOf(context) }),
    secretName: connection.secret,
    command: commandOf(context, facts),
    kept: [...facts.kept, ...connection.kept, ...team.kept],
    unresizable: [],
  });
}

function clusterStep({ context, secret }: Connection, catalog: GkeCatalog, facts: GkeFacts): Step {
  const manifest: Manifest = {
    apiVersion: containerApi(context.flavour),
    kind: 'Cluster',
    metadata: metadata(context, { ...metaOf(context, ANCHOR), externalName: facts.name }),
    spec: {
      managementPolicies: ['*'],
      providerConfigRef: providerConfigRef(context.flavour, facts.providerConfig),
      writeConnectionSecretToRef: connectionSecretRef(context, secret),
      forProvider: compact({
        project: facts.project,
        location: facts.location,
        nodeLocations: own(catalog.zones, facts.location),
        network: facts.network,
        subnetwork: facts.subnetwork,
        networkingMode: 'VPC_NATIVE',
        ipAllocationPolicy: {},
        // The default is true, and then deleting fails for ever.
        deletionProtection: false,
        // GKE cannot make a cluster without nodes: one is made and thrown away, the pools are ours.
        removeDefaultNodePool: true,
        initialNodeCount: 1,
        releaseChannel: { channel: catalog.releaseChannel ?? 'REGULAR' },
        minMasterVersion: floorOf(context),
        workloadIdentityConfig: { workloadPool: `${facts.project}.svc.id.goog` },
        // Without it GKE knows no groups.
        authenticatorGroupsConfig:
          catalog.securityGroup === undefined
            ? undefined
            : { securityGroup: catalog.securityGroup },
        resourceLabels: resourceLabels(context),
      }) satisfies JsonObject,
    },
  };
  return {
    ...identified(context, ANCHOR, 'GKE cluster'),
    needs: [],
    protects: [],
    manifest,
    notReady: clusterReady(gkeReady),
  };
}

/** GKE upgrades above it by itself; a lower one would say that an older cluster is fine. */
function floorOf({ observed, home, kubernetes }: ClusterContext): string {
  const runs = providerText(observed.get(clusterName(home)), 'minMasterVersion');
  if (runs === undefined || compareVersions(kubernetes.version, runs) >= 0)
    return kubernetes.version;
  return runs;
}

/** Google takes lower-case letters, digits, - and _ only, and refuses the whole cluster otherwise. */
function resourceLabels({ environment, catalog }: ClusterContext): JsonObject {
  const { name, team, purpose } = environment;
  const all = { environment: name, team, purpose, organization: catalog.organization };
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [
      key,
      labelValue(value)
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, '-'),
    ]),
  );
}

/** The kubeconfig that GKE's provider writes does not authenticate by itself. */
function identityOf({ identity }: GkeCatalog): JsonObject {
  const type = 'GoogleApplicationCredentials';
  if (identity?.source !== 'Secret' || identity.secretRef === undefined) {
    return { type, source: 'InjectedIdentity' };
  }
  return { type, source: 'Secret', secretRef: { ...identity.secretRef } };
}

function endpointOf({ observed, home }: { observed: Observed; home: Home }): string | undefined {
  const address = observedText(observed.get(clusterName(home)), 'status', 'atProvider', 'endpoint');
  return address === undefined ? undefined : `https://${address}`;
}

function commandOf({ environment }: ClusterContext, facts: GkeFacts): string | undefined {
  if (environment.access !== 'direct') return undefined;
  return `gcloud container clusters get-credentials ${facts.name} --location ${facts.location} --project ${facts.project}`;
}
