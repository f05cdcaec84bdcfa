// How a virtual cluster is reached: inside its host only, by a load balancer, or by a name of the host's ingress.
import type { Host } from '../catalog/schema.ts';
import type { ClusterContext } from '../context.ts';
import { at, compact, isObject, text } from '../json.ts';
import type { JsonObject, NotReady, ObservedResource, Readiness } from '../step.ts';
import { keptSentence, observedText } from './observed.ts';

export const ADDRESS = 'address';

export interface Endpoint {
  /** In the exported kubeconfig; undefined: the load balancer has no address yet. */
  readonly server: string | undefined;
  /** Of the chart's `controlPlane`. */
  readonly values: JsonObject;
  /** Names of the certificate besides those inside the host. */
  readonly names: readonly string[];
  /** The control plane has a load balancer, which counts in the quota of its namespace. */
  readonly loadBalancer: boolean;
  /** The address is known only from the Service on the host. */
  readonly looksUp: boolean;
  readonly kept: readonly string[];
}

/** Address of a virtual cluster inside its host. */
export function serverOf(release: string, namespace: string): string {
  return `https://${release}.${namespace}.svc:443`;
}

interface Place {
  readonly release: string;
  readonly namespace: string;
}

/** @param found the Release, if it is composed: what lives is reached as it was made */
export function endpointOf(
  context: ClusterContext,
  host: Host | undefined,
  found: ObservedResource | undefined,
  place: Place,
): Endpoint {
  const wanted = wantedEndpoint(host, place);
  if (found === undefined) return { ...wanted, ...addressed(context, wanted), kept: [] };
  const living = livingEndpoint(found, place);
  return {
    ...living,
    ...addressed(context, living),
    kept: host === undefined ? [] : keptEndpoint(living, wanted, host),
  };
}

type Planned = Omit<Endpoint, 'kept'>;

const INSIDE = { values: {}, names: [], loadBalancer: false, looksUp: false } as const;

function wantedEndpoint(host: Host | undefined, { release, namespace }: Place): Planned {
  const { type = 'InCluster', domain, annotations, ingressClass } = host?.endpoint ?? {};
  const name = domain === undefined ? undefined : `${release}.${domain}`;
  if (type === 'InCluster') return { ...INSIDE, server: serverOf(release, namespace) };
  const names = name === undefined ? [] : [name];
  const server = name === undefined ? undefined : `https://${name}`;
  if (type === 'Ingress') {
    const ingress = compact({
      enabled: true,
      host: name ?? '',
      annotations: annotations ?? PASSTHROUGH,
      spec: ingressClass === undefined ? undefined : { ingressClassName: ingressClass },
    });
    return { ...INSIDE, values: { ingress }, names, server };
  }
  // With a name external-dns makes it lead to the address, which then need not be known.
  const dns = name === undefined ? {} : { [EXTERNAL_DNS]: name };
  const all = { ...annotations, ...dns };
  const service = compact({
    annotations: Object.keys(all).length === 0 ? undefined : all,
    spec: { type: 'LoadBalancer' },
  });
  const looksUp = name === undefined;
  return { values: { service }, names, loadBalancer: true, looksUp, server };
}

/** TLS is the virtual cluster's own: clients show it their certificates. */
const PASSTHROUGH = {
  'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS',
  'nginx.ingress.kubernetes.io/ssl-passthrough': 'true',
  'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
} as const;
const EXTERNAL_DNS = 'external-dns.alpha.kubernetes.io/hostname';

const VALUES = ['spec', 'forProvider', 'values'] as const;

function livingEndpoint(found: ObservedResource, { release, namespace }: Place): Planned {
  const server = observedText(found, ...VALUES, 'exportKubeConfig', 'server');
  const ingress = at(found.resource, ...VALUES, 'controlPlane', 'ingress');
  const service = at(found.resource, ...VALUES, 'controlPlane', 'service');
  const loadBalancer = text(service, 'spec', 'type') === 'LoadBalancer';
  const ingressed = at(ingress, 'enabled') === true;
  const values = compact({
    ingress: ingressed && isObject(ingress) ? ingress : undefined,
    service: loadBalancer && isObject(service) ? service : undefined,
  });
  const name = text(ingress, 'host') ?? text(service, 'annotations', EXTERNAL_DNS);
  return {
    values,
    names: (ingressed || loadBalancer) && name !== undefined ? [name] : [],
    loadBalancer,
    looksUp: loadBalancer && name === undefined,
    server: server ?? (loadBalancer ? undefined : serverOf(release, namespace)),
  };
}

/** The load balancer's, once the host has given it one. */
function addressed({ observed, home }: ClusterContext, planned: Planned): Partial<Planned> {
  if (!planned.looksUp || planned.server !== undefined) return {};
  const address = addressOn(observed.get(`${home}-${ADDRESS}`));
  return address === undefined ? {} : { server: `https://${address}` };
}

function addressOn(found: ObservedResource | undefined): string | undefined {
  const service = at(found?.resource, 'status', 'atProvider', 'manifest');
  const first = at(service, 'status', 'loadBalancer', 'ingress', 0);
  return text(first, 'hostname') ?? text(first, 'ip');
}

function keptEndpoint(living: Planned, wanted: Planned, host: Host): string[] {
  const same =
    living.looksUp === wanted.looksUp &&
    living.loadBalancer === wanted.loadBalancer &&
    living.names.join() === wanted.names.join();
  if (same) return [];
  const says = [host.endpoint?.type ?? 'InCluster', ...wanted.names].join(' ');
  return keptSentence('endpoint', living.server, says, 'cut off who uses it');
}

/** For the provider, which looks again every half minute until it is so. */
export const HAS_ADDRESS =
  'has(object.status) && has(object.status.loadBalancer) && has(object.status.loadBalancer.ingress) && size(object.status.loadBalancer.ingress) > 0';

/** The Service of a load balancer on the host, only looked at. */
export function serviceManifest({ release, namespace }: Place): JsonObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: release, namespace } };
}

/** Before the Service is there the provider says that it cannot find it, which is nobody's failure. */
export const addressReady: Readiness = (found) => {
  if (addressOn(found) !== undefined) return undefined;
  return UNKNOWN;
};

const UNKNOWN: NotReady = {
  reason: 'Creating',
  message: 'the host has not given its load balancer an address yet',
};

/** Usable when the kubeconfig that was published has the address in it. */
export function reachable(server: string | undefined, ready: Readiness): Readiness {
  return (found) => {
    const why = ready(found);
    if (why !== undefined) return why;
    if (server === undefined) return UNKNOWN;
    if (Buffer.from(found.kubeconfig ?? []).includes(server)) return undefined;
    return { reason: 'Creating', message: 'its kubeconfig does not have its address yet' };
  };
}
