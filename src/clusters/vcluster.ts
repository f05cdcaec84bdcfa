// A virtual cluster in a namespace of a host cluster, made by the vcluster chart.
import type { Size } from '../catalog/schema.ts';
import type {
  ChosenVersion,
  ClusterContext,
  ClusterKind,
  ClusterPlan,
  Target,
} from '../context.ts';
import { compact } from '../json.ts';
import { labelsOf } from '../manifests/common.ts';
import { type Chart, release } from '../manifests/helm.ts';
import { object } from '../manifests/kubernetes.ts';
import { clusterReady, helmDeployed, objectReady } from '../readiness.ts';
import type { JsonObject, Step } from '../step.ts';
import {
  type Connection,
  configsOf,
  connectionOf,
  developerSecret,
  identified,
  metaOf,
} from './configs.ts';
import { observedOutsideName, observedProviderConfig, observedText } from './observed.ts';
import { teamAccess } from './team-access.ts';
import { developerOf, developerStep } from './vcluster-developer.ts';
import {
  ADDRESS,
  addressReady,
  HAS_ADDRESS,
  reachable,
  serviceManifest,
} from './vcluster-endpoint.ts';
import {
  ANCHOR,
  hostOf,
  NAMESPACE,
  PROVIDER,
  seen,
  type VclusterFacts,
  vclusterFacts,
} from './vcluster-facts.ts';
import { vclusterValues } from './vcluster-values.ts';

export const vcluster: ClusterKind = {
  type: 'vcluster',
  anchor: ANCHOR,
  plan,
  observedVersions(observed, home) {
    const { found } = seen(observed, home);
    return compact({
      kubernetes: observedText(
        found,
        ...PROVIDER,
        ...['values', 'controlPlane', 'distro', 'k8s', 'image', 'tag'],
      ),
      vcluster: observedText(found, ...PROVIDER, 'chart', 'version'),
    });
  },
  observedPlacement(observed, home) {
    const { found, space } = seen(observed, home);
    const config = observedProviderConfig(found) ?? observedProviderConfig(space);
    return compact({ host: config?.name });
  },
  observedName: (observed, home) => observedOutsideName(seen(observed, home).found),
};

function plan(context: ClusterContext): ClusterPlan | undefined {
  const catalog = context.catalog.clusters.vcluster;
  const size = context.size?.vcluster;
  const chart = context.vcluster;
  if (catalog === undefined || size === undefined || chart === undefined) return undefined;
  const host = hostOf(context, catalog);
  const facts = vclusterFacts(context, size, host, catalog.edition ?? 'oss');
  if (facts === undefined) return undefined;
  const { found } = seen(context.observed, context.home);
  const { developer, kept } = developerOf(context, found, facts.release, facts.endpoint.server);
  // What developers do not get is called as where nobody gets one.
  const connection = connectionOf(
    developer === undefined ? context : withoutKubeconfig(context),
    found,
  );
  const space = namespaceStep(context, facts);
  const cluster = releaseStep(connection, facts, {
    needs: [space.name],
    chart: chartOf(chart),
    size,
    developers: developer?.secrets ?? [],
  });
  const needs = [cluster.name];
  const configs = configsOf({ connection, needs, protects: [] });
  const status = {
    type: 'vcluster' as const,
    name: facts.release,
    host: host?.name ?? context.placement.host ?? facts.configs.release.name,
  };
  const target: Target = {
    home: context.home,
    helm: configs.helm,
    kubernetes: configs.kubernetes,
    configs: configs.steps,
    needs,
    diesWithCluster: true,
    cluster: { ...status, location: '', version: context.kubernetes.version },
  };
  const team = teamAccess(context, target);
  const handed = developer === undefined ? connection.secret : developerSecret(context);
  const developers =
    developer === undefined || context.environment.access === 'gitops'
      ? []
      : [
          developerStep(connection.context, developer, {
            namespace: facts.namespace,
            config: facts.configs.namespace,
            needed: cluster.name,
            connection: handed,
          }),
        ];
  return compact({
    steps: [space, cluster, ...addressStep(context, facts, space.name), ...developers],
    access: team.steps,
    target,
    status: compact({ ...status, endpoint: facts.endpoint.server }),
    secretName: handed,
    command: commandOf(context, handed),
    kept: [...facts.kept, ...connection.kept, ...kept, ...team.kept],
    unresizable: facts.store.unresizable,
  });
}

/** Composed, because provider-helm makes namespaces and never deletes them. */
function namespaceStep(context: ClusterContext, facts: VclusterFacts): Step {
  return {
    ...identified(context, NAMESPACE, 'vcluster namespace'),
    needs: [],
    protects: [],
    manifest: object(context, metaOf(context, NAMESPACE), {
      // provider-kubernetes has a config of the same name as provider-helm.
      providerConfig: facts.configs.namespace,
      manifest: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: facts.namespace, labels: labelsOf(context.environment) },
      },
      deletable: true,
      ready: 'exists',
    }),
    notReady: objectReady,
  };
}

/** A load balancer without a name has the address that the host gives it. */
function addressStep(context: ClusterContext, facts: VclusterFacts, needed: string): Step[] {
  if (!facts.endpoint.looksUp) return [];
  return [
    {
      ...identified(context, ADDRESS, 'address of the vcluster'),
      needs: [needed],
      protects: [],
      manifest: object(context, metaOf(context, ADDRESS), {
        providerConfig: facts.configs.namespace,
        manifest: serviceManifest(facts),
        deletable: 'observed',
        ready: { when: HAS_ADDRESS },
      }),
      notReady: addressReady,
    },
  ];
}

function withoutKubeconfig(context: ClusterContext): ClusterContext {
  return { ...context, environment: { ...context.environment, access: 'gitops' } };
}

interface ReleaseInput {
  /** Kubeconfigs besides the administrator's. */
  readonly developers: readonly JsonObject[];
  readonly needs: readonly string[];
  readonly chart: Chart;
  readonly size: NonNullable<Size['vcluster']>;
}

function releaseStep(
  { context, secret }: Connection,
  facts: VclusterFacts,
  input: ReleaseInput,
): Step {
  const meta = { ...metaOf(context, ANCHOR), externalName: facts.release };
  return {
    ...identified(context, ANCHOR, 'vcluster'),
    needs: input.needs,
    protects: [],
    manifest: release(context, meta, {
      providerConfig: facts.configs.release,
      chart: input.chart,
      namespace: facts.namespace,
      skipCreateNamespace: true,
      values: vclusterValues({ ...facts, ...input, image: context.kubernetes.image }),
      deletable: true,
      kubeconfigFrom: { secret: `vc-${facts.release}`, namespace: facts.namespace, key: 'config' },
      connectionSecret: secret,
    }),
    notReady: facts.endpoint.looksUp
      ? reachable(facts.endpoint.server, clusterReady(helmDeployed))
      : clusterReady(helmDeployed),
  };
}

function chartOf({ chart, repository, chartName, digest }: ChosenVersion): Chart {
  return compact({
    repository: repository ?? 'https://charts.loft.sh',
    name: chartName ?? 'vcluster',
    version: chart,
    digest,
  });
}

/** With a claim the kubeconfig is in the claim's own connection Secret. */
function commandOf({ flavour, part, environment }: ClusterContext, secret: string) {
  if (flavour === 'claims' || part === 'ci' || environment.access !== 'direct') return undefined;
  return `kubectl get secret ${secret} -n ${environment.namespace} -o jsonpath='{.data.kubeconfig}' | base64 -d > kubeconfig`;
}
