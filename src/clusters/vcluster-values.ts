// Values of the vcluster chart (0.35 and 0.36). Nothing needs a license but what is shared with the host.
import type { Size, VclusterCatalog } from '../catalog/schema.ts';
import { compact } from '../json.ts';
import { LABELS } from '../manifests/common.ts';
import { METADATA_SERVERS, PRIVATE_NETWORKS } from '../manifests/networks.ts';
import type { JsonObject } from '../step.ts';
import type { Endpoint } from './vcluster-endpoint.ts';
import { controlPlaneResources, etcdResources, limitRangeOf, quotaOf } from './vcluster-quota.ts';
import { type SharedSync, sharedValues } from './vcluster-shared.ts';
import type { Store } from './vcluster-store.ts';

export interface ValuesInput {
  /** Name of the Helm release, and so of the Service. */
  readonly release: string;
  /** On the host. */
  readonly namespace: string;
  readonly endpoint: Pick<Endpoint, 'server' | 'values' | 'names' | 'loadBalancer'>;
  /** Image tag of Kubernetes, such as `v1.35.0`. */
  readonly image: string;
  readonly edition: NonNullable<VclusterCatalog['edition']>;
  readonly size: NonNullable<Size['vcluster']>;
  readonly store: Store;
  readonly shared: SharedSync | undefined;
  /** `exportKubeConfig.additionalSecrets`. */
  readonly developers: readonly JsonObject[];
}

export function vclusterValues(input: ValuesInput): JsonObject {
  const { release, size, store } = input;
  const shared = input.shared === undefined ? undefined : sharedValues(input.shared);
  return {
    // The default server is localhost, which is nobody's cluster for a provider's pod.
    exportKubeConfig: compact({
      context: release,
      server: input.endpoint.server,
      additionalSecrets: input.developers.length === 0 ? undefined : input.developers,
    }),
    controlPlane: controlPlane(input),
    policies: {
      podSecurityStandard: 'baseline',
      resourceQuota: { enabled: true, quota: quotaOf(size, store, input.endpoint.loadBalancer) },
      limitRange: { enabled: true, ...limitRangeOf(size) },
      networkPolicy: { enabled: true, workload: network },
    },
    sync: {
      toHost: { ingresses: { enabled: true }, ...shared?.toHost },
      fromHost: { ingressClasses: { enabled: true } },
    },
    telemetry: { enabled: false },
    ...(shared === undefined ? {} : { platform: shared.platform }),
  };
}

function controlPlane({
  release,
  namespace,
  image,
  edition,
  size,
  store,
  endpoint,
}: ValuesInput): JsonObject {
  const service = `${release}.${namespace}.svc`;
  return {
    // Not among the certificate's own names: TLS to the address that we export would fail.
    proxy: { extraSANs: [service, `${service}.cluster.local`, ...endpoint.names] },
    ...endpoint.values,
    distro: { k8s: { enabled: true, image: { tag: image } } },
    ...(store.kind === 'etcd' ? { backingStore: deployedEtcd(store) } : {}),
    statefulSet: {
      // The chart's default image is the licensed product, also without a license.
      image: { repository: edition === 'oss' ? 'loft-sh/vcluster-oss' : 'loft-sh/vcluster-pro' },
      highAvailability: { replicas: store.replicas },
      resources: controlPlaneResources(size, store),
      // The default keeps the volume: a namesake would wake up with the data of the dead one.
      persistence: { volumeClaim: { size: store.volume, retentionPolicy: 'Delete' } },
    },
  };
}

function deployedEtcd(store: Store): JsonObject {
  return {
    etcd: {
      deploy: {
        enabled: true,
        statefulSet: {
          highAvailability: { replicas: store.members },
          resources: etcdResources,
          // Its volumes have a policy of their own, which keeps them too.
          persistence: { volumeClaim: { size: store.volume, retentionPolicy: 'Delete' } },
        },
      },
    },
  };
}

const network = {
  // The chart's own list is replaced by ours as a whole.
  publicEgress: {
    enabled: true,
    cidr: '0.0.0.0/0',
    except: [...PRIVATE_NETWORKS, ...METADATA_SERVERS],
  },
  // The chart lets nobody in, not even the host's ingress controller. Other environments stay out.
  ingress: [
    {
      from: [
        {
          namespaceSelector: {
            matchExpressions: [{ key: LABELS.environment, operator: 'DoesNotExist' }],
          },
        },
        { ipBlock: { cidr: '0.0.0.0/0', except: PRIVATE_NETWORKS } },
      ],
    },
  ],
} satisfies JsonObject;
