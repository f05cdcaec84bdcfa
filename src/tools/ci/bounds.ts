// What CI agents may use and reach on a cluster that others use too: quota, limits and a network policy.
import type { Bounds } from '../../context.ts';
import { METADATA_SERVERS, PRIVATE_NETWORKS } from '../../manifests/networks.ts';
import { smaller, times } from '../../quantity.ts';
import type { JsonObject } from '../../step.ts';

/** Limits over requests: processor time can be shared, memory less so. */
const OVERCOMMIT = { cpu: 4, memory: 2 } as const;

/** Of a container that says nothing: a build needs more than a service. */
const DEFAULTS = {
  limits: { cpu: '2', memory: '4Gi' },
  requests: { cpu: '250m', memory: '512Mi' },
} as const;

/** @param pods most pods at once */
export function quotaManifest(
  namespace: string,
  { bounds, pods }: { readonly bounds?: Bounds | undefined; readonly pods?: number },
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'ci', namespace },
    spec: {
      hard: {
        ...(bounds === undefined ? {} : boundsOf(bounds)),
        ...(pods === undefined ? {} : { pods: String(pods) }),
      },
    },
  };
}

function boundsOf({ cpu, memory, storage }: Bounds): JsonObject {
  return {
    'requests.cpu': cpu,
    'requests.memory': memory,
    'requests.storage': storage,
    'limits.cpu': times(cpu, OVERCOMMIT.cpu),
    'limits.memory': times(memory, OVERCOMMIT.memory),
    'services.loadbalancers': '0',
    'services.nodeports': '0',
  };
}

export function limitsManifest(namespace: string, { cpu, memory }: Bounds): JsonObject {
  // A default above the maximum makes a LimitRange invalid.
  const within = (each: { readonly cpu: string; readonly memory: string }) => ({
    cpu: smaller(each.cpu, cpu),
    memory: smaller(each.memory, memory),
  });
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'ci', namespace },
    spec: {
      limits: [
        {
          type: 'Container',
          default: within(DEFAULTS.limits),
          defaultRequest: within(DEFAULTS.requests),
          max: { cpu, memory },
        },
      ],
    },
  };
}

/** Denies everything but names, the internet, and TLS to the cluster's own API and to forges in private networks. */
export function networkManifest(namespace: string): JsonObject {
  const anywhere = (...except: readonly string[]) => [{ ipBlock: { cidr: '0.0.0.0/0', except } }];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'ci', namespace },
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      // Nobody comes in: agents ask for their work.
      ingress: [],
      egress: [
        {
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        { to: anywhere(...PRIVATE_NETWORKS, ...METADATA_SERVERS) },
        {
          to: anywhere(...METADATA_SERVERS),
          ports: [
            { protocol: 'TCP', port: 443 },
            { protocol: 'TCP', port: 6443 },
          ],
        },
      ],
    },
  };
}
