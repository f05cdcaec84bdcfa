// A developer's kubeconfig of their own for a virtual cluster: a service account with less than cluster-admin.

import type { ClusterContext, ProviderConfigRef } from '../context.ts';
import { at, isObject, own, text } from '../json.ts';
import { connectionSecretRef } from '../manifests/common.ts';
import { object } from '../manifests/kubernetes.ts';
import { conditionReady } from '../readiness.ts';
import type { JsonObject, ObservedResource, Readiness, Step } from '../step.ts';
import { identified, metaOf } from './configs.ts';
import { keptSentence } from './observed.ts';

export const DEVELOPER = 'developer';

export interface Developer {
  /** `exportKubeConfig.additionalSecrets` of the chart; never changed, for a binding's role cannot be. */
  readonly secrets: readonly JsonObject[];
  /** On the host, in the namespace of the virtual cluster. */
  readonly secret: string;
}

const EXPORT = ['spec', 'forProvider', 'values', 'exportKubeConfig', 'additionalSecrets'] as const;

/** @param found the Release, if it is composed: who got the administrator's kubeconfig keeps it */
export function developerOf(
  { catalog, environment, part }: ClusterContext,
  found: ObservedResource | undefined,
  release: string,
  server: string | undefined,
): { developer: Developer | undefined; kept: readonly string[] } {
  if (part !== 'cluster') return { developer: undefined, kept: [] };
  const purpose = own(catalog.purposes, environment.purpose);
  const wanted = purpose?.developers ?? 'cluster-admin';
  if (found !== undefined) {
    const living = at(found.resource, ...EXPORT);
    const secrets = Array.isArray(living) ? living.filter(isObject) : [];
    const [first] = secrets;
    const runs = text(first, 'serviceAccount', 'clusterRole') ?? 'cluster-admin';
    const kept =
      environment.access === 'gitops' || purpose === undefined
        ? []
        : keptSentence('role of developers', runs, wanted, 'take the kubeconfig from who uses it');
    const secret = text(first, 'name');
    if (secret === undefined) return { developer: undefined, kept };
    return { developer: { secrets: secrets.map((one) => reached(one, server)), secret }, kept };
  }
  if (wanted === 'cluster-admin' || environment.access === 'gitops')
    return { developer: undefined, kept: [] };
  const secret = `vc-${release}-developer`;
  const serviceAccount = { name: DEVELOPER, namespace: 'default', clusterRole: wanted };
  const exported = reached({ name: secret, context: release, serviceAccount }, server);
  return { developer: { secrets: [exported], secret }, kept: [] };
}

/** A load balancer's address is not known at first. */
function reached(secret: JsonObject, server: string | undefined): JsonObject {
  return secret.server !== undefined || server === undefined ? secret : { ...secret, server };
}

/** The kubeconfig that developers get: never the administrator's where they have one of their own. */
export function handedOut(
  anchor: ObservedResource | undefined,
  developer: ObservedResource | undefined,
): Uint8Array | undefined {
  const living = at(anchor?.resource, ...EXPORT);
  const restricted = Array.isArray(living) && living.length > 0;
  return restricted ? developer?.kubeconfig : anchor?.kubeconfig;
}

interface Place {
  readonly namespace: string;
  readonly config: ProviderConfigRef;
  /** Composition resource name of the Release. */
  readonly needed: string;
  /** Where the kubeconfig is written. */
  readonly connection: string;
}

/** Looks at the namespace, not at the Secret: what is looked at lies open in the Object's status. */
export function developerStep(context: ClusterContext, { secret }: Developer, place: Place): Step {
  const { namespace, config, needed, connection } = place;
  const looking = object(context, metaOf(context, DEVELOPER), {
    providerConfig: config,
    manifest: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    deletable: 'observed',
    ready: 'exists',
  });
  return {
    ...identified(context, DEVELOPER, 'kubeconfig of developers'),
    needs: [needed],
    protects: [],
    manifest: {
      ...looking,
      spec: {
        ...looking.spec,
        connectionDetails: [
          {
            apiVersion: 'v1',
            kind: 'Secret',
            name: secret,
            namespace,
            fieldPath: 'data.config',
            toConnectionSecretKey: 'kubeconfig',
          },
        ],
        writeConnectionSecretToRef: connectionSecretRef(context, connection),
      },
    },
    notReady: published,
  };
}

const published: Readiness = (found) => {
  const why = conditionReady(found);
  if (why !== undefined) return why;
  return found.kubeconfig === undefined || found.kubeconfig.length === 0
    ? { reason: 'Creating', message: 'it is not there yet' }
    : undefined;
};
