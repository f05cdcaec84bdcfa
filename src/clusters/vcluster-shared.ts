// Shared Knative: what a virtual cluster syncs to the Knative of its host. Needs a license, and is decided at creation.

import type { ClusterContext } from '../context.ts';
import { at, isObject } from '../json.ts';
import { labelsOf } from '../manifests/common.ts';
import type { JsonObject, Observed, ObservedResource } from '../step.ts';

const SYNC = ['spec', 'forProvider', 'values', 'sync', 'toHost'] as const;
const SERVICES = 'services.serving.knative.dev';
/** With the other three a developer sees what Knative makes of a Service. */
const RESOURCES = [
  SERVICES,
  'configurations.serving.knative.dev',
  'revisions.serving.knative.dev',
  'routes.serving.knative.dev',
];
/** vcluster refuses more before the `*` (loft-sh/vcluster, pkg/util/namespaces/validation.go). */
const LONGEST_PREFIX = 32;

export interface SharedSync {
  /** False: Knative was taken away, and the namespaces stay as they are. */
  readonly knative: boolean;
  /** `sync.toHost.namespaces`, never changed: vcluster would refuse to start. */
  readonly namespaces: JsonObject;
  /** Where the license is, for `platform.apiKey`. */
  readonly license: JsonObject;
}

/** Whether the vcluster of an environment was made for shared Knative; undefined: there is none yet. */
export function isMadeForSharing(observed: Observed): boolean | undefined {
  const release = observed.get('vcluster-release');
  return release === undefined ? undefined : namespacesOf(release) !== undefined;
}

/** Whether the vcluster of an environment shares the Knative of its host now. */
export function sharesKnative(observed: Observed): boolean {
  const synced = at(observed.get('vcluster-release')?.resource, ...SYNC, 'customResources');
  return at(synced, SERVICES, 'enabled') === true;
}

function namespacesOf(release: ObservedResource): JsonObject | undefined {
  const found = at(release.resource, ...SYNC, 'namespaces');
  return isObject(found) && found.enabled === true ? found : undefined;
}

/** @param found the Release, if it is composed */
export function sharedSync(
  context: ClusterContext,
  found: ObservedResource | undefined,
  license: JsonObject,
): SharedSync | undefined {
  const knative = context.sharesKnative === true;
  if (found === undefined) {
    return knative ? { knative, namespaces: namespacesFor(context), license } : undefined;
  }
  const namespaces = namespacesOf(found);
  if (namespaces === undefined) return undefined;
  const key = at(found.resource, 'spec', 'forProvider', 'values', 'platform', 'apiKey');
  return { knative, namespaces, license: isObject(key) ? key : license };
}

/**
 * Names on the host are those inside with a prefix: a Knative Service keeps its name, which its
 * address and its revisions are made of. Labelled, so that other environments keep them out.
 */
function namespacesFor({ home, names, environment }: ClusterContext): JsonObject {
  const prefix = `${names.outside(home, '', LONGEST_PREFIX - 1)}-`;
  return {
    enabled: true,
    mappings: { byName: { '*': `${prefix}*` } },
    extraLabels: labelsOf(environment),
  };
}

/** Parts of the chart's values. */
export function sharedValues({ knative, namespaces, license }: SharedSync) {
  return {
    toHost: {
      ...(knative
        ? {
            customResources: Object.fromEntries(RESOURCES.map((name) => [name, { enabled: true }])),
            // Knative's pods are made on the host: what only they use is not seen as used inside.
            secrets: { enabled: true, all: true },
            configMaps: { enabled: true, all: true },
            serviceAccounts: { enabled: true },
          }
        : {}),
      namespaces,
    },
    platform: { apiKey: license },
  };
}
