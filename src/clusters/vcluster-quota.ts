// What a size allows inside a virtual cluster, as quota and limits of its namespace on the host.
import type { Size } from '../catalog/schema.ts';
import { amount, smaller, times } from '../quantity.ts';
import type { JsonObject } from '../step.ts';
import type { Store } from './vcluster-store.ts';

/**
 * Limits over requests. Processor time can be shared: Knative with Kourier alone asks for limits of
 * about 6.5 CPU, the control plane and its DNS for 3, and a size of 4 CPU must hold them.
 */
const OVERCOMMIT = { cpu: 4, memory: 2 } as const;

/** Of a container that says nothing. */
const DEFAULTS = {
  limits: { cpu: '500m', memory: '512Mi', ephemeralMi: 2048 },
  requests: { cpu: '50m', memory: '128Mi', ephemeralMi: 256 },
} as const;

/** A pod of Knative has two. */
const CONTAINERS_PER_POD = 2;
const CONTROL_PLANE_EPHEMERAL_GI = { limit: 10, request: 1 } as const;

type VclusterSize = NonNullable<Size['vcluster']>;

/**
 * The chart's own numbers do not depend on the size, so every number that it would fill in is written.
 *
 * @param loadBalancer the control plane has one of its own
 */
export function quotaOf(size: VclusterSize, store: Store, loadBalancer: boolean): JsonObject {
  const pods = podsOf(size);
  return {
    'requests.cpu': size.cpu,
    'requests.memory': size.memory,
    'requests.storage': size.storage,
    'limits.cpu': times(size.cpu, OVERCOMMIT.cpu),
    'limits.memory': times(size.memory, OVERCOMMIT.memory),
    // The chart's 3Gi a container use its own quota up after eighteen pods, whatever count/pods says.
    'requests.ephemeral-storage': ephemeral(pods, store, 'requests'),
    'limits.ephemeral-storage': ephemeral(pods, store, 'limits'),
    'services.loadbalancers': loadBalancer ? '2' : '1',
    // Each port of a LoadBalancer service takes one: the chart's 0 refuses them all.
    'services.nodeports': '10',
    'count/pods': String(pods),
    'count/services': String(pods),
    'count/endpoints': String(2 * pods),
    'count/persistentvolumeclaims': String(pods),
    // Every virtual namespace brings some, and Helm keeps one for each revision of the vcluster.
    'count/configmaps': String(10 * pods),
    'count/secrets': String(10 * pods),
  };
}

/** Ten for each core, so that a small vcluster holds Knative and something to serve. */
function podsOf(size: VclusterSize): number {
  return Math.min(400, Math.max(40, Math.floor(10 * amount(size.cpu))));
}

function ephemeral(pods: number, store: Store, which: 'requests' | 'limits'): string {
  const each = DEFAULTS[which].ephemeralMi;
  const controlPlane = 1024 * CONTROL_PLANE_EPHEMERAL_GI[which === 'limits' ? 'limit' : 'request'];
  // One more than its replicas: a rolling update starts the new one first.
  const own = controlPlane * (store.replicas + 1) + each * store.members;
  return `${pods * CONTAINERS_PER_POD * each + own}Mi`;
}

export function limitRangeOf(size: VclusterSize): JsonObject {
  const max = {
    cpu: times(size.cpu, OVERCOMMIT.cpu),
    memory: times(size.memory, OVERCOMMIT.memory),
  };
  const { limits, requests } = DEFAULTS;
  return {
    // A default above the maximum makes the LimitRange invalid, and so the whole release.
    default: {
      cpu: smaller(limits.cpu, max.cpu),
      memory: smaller(limits.memory, max.memory),
      'ephemeral-storage': `${limits.ephemeralMi}Mi`,
    },
    defaultRequest: {
      cpu: smaller(requests.cpu, max.cpu),
      memory: smaller(requests.memory, max.memory),
      'ephemeral-storage': `${requests.ephemeralMi}Mi`,
    },
    max,
  };
}

/**
 * The limit range counts for the control plane too, and the chart gives it no CPU limit: it would
 * get the default of the tenants' containers. At most half of what the size asks for, by replica,
 * so that something is left for them.
 */
export function controlPlaneResources(size: VclusterSize, store: Store): JsonObject {
  const share = (quantity: string) => amount(quantity) / 2 / store.replicas;
  return {
    requests: {
      cpu: '200m',
      memory: '256Mi',
      'ephemeral-storage': `${CONTROL_PLANE_EPHEMERAL_GI.request}Gi`,
    },
    limits: {
      cpu: `${between(1000, share(size.cpu) * 1000, 2000)}m`,
      memory: `${between(1024, share(size.memory) / 2 ** 20, 4096)}Mi`,
      'ephemeral-storage': `${CONTROL_PLANE_EPHEMERAL_GI.limit}Gi`,
    },
  };
}

/** The chart sets requests only: with the tenants' default limits etcd would be throttled and killed. */
export const etcdResources = {
  requests: { cpu: '20m', memory: '150Mi' },
  limits: { cpu: '500m', memory: '1Gi' },
} satisfies JsonObject;

function between(least: number, wanted: number, most: number): number {
  return Math.min(most, Math.max(least, Math.floor(wanted)));
}
