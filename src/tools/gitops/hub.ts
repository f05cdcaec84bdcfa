// What both hubs share: where on the tools cluster an environment is registered, and how its own cluster is known.
import type { Target, ToolContext } from '../../context.ts';
import { text } from '../../json.ts';
import { Refused } from '../../problem.ts';
import { outsideName, textOf } from '../install.ts';
import type { Repository } from './repository.ts';
import { described } from './repository.ts';

/** Steps that say which engine an environment is registered with. */
export const CLUSTER = { argocd: 'gitops-cluster', flux: 'gitops-kubeconfig' } as const;

export interface Registration {
  /** On the tools cluster. */
  readonly namespace: string;
  /** Of everything that is made there: other environments have theirs beside it. */
  readonly name: string;
  readonly own: Target;
}

/** @throws Refused when the catalog no longer says where, or what the environment lives in */
export function registrationOf(context: ToolContext, suffix: string): Registration {
  const { catalog, environmentCluster: own, observed, target } = context;
  const manifest = ['spec', 'forProvider', 'manifest', 'metadata'] as const;
  const living = (field: string) => textOf(observed, target.home, suffix, ...manifest, field);
  const namespace = living('namespace') ?? catalog.clusters.tools?.gitops?.namespace;
  if (namespace !== undefined && own !== undefined) {
    return { namespace, name: living('name') ?? outsideName(context, 'gitops'), own };
  }
  const message =
    'the catalog no longer says where environments are registered (clusters.tools.gitops)';
  throw new Refused([{ reason: 'InvalidCatalog', path: 'clusters.tools.gitops', message }]);
}

export function hubUsage(repository: Repository | undefined, { namespace, name }: Registration) {
  if (repository === undefined) return `registered with the hub as ${name} in ${namespace}`;
  return `push to ${described(repository)}`;
}

/** A GKE cluster as Google names it; its project is what the living one says. */
export function googleName({ observed, catalog }: ToolContext, { cluster }: Target): string {
  const living = text(observed.get('gke-cluster')?.resource, 'spec', 'forProvider', 'project');
  const project = living ?? catalog.clusters.gke?.project ?? '';
  return `projects/${project}/locations/${cluster.location}/clusters/${cluster.name}`;
}
