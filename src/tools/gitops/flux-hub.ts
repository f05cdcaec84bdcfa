// Flux on the platform's tools cluster applies a repository to the environment's cluster.
import type { Tool, ToolContext } from '../../context.ts';
import { text } from '../../json.ts';
import { objectReady } from '../../readiness.ts';
import type { JsonObject, Step } from '../../step.ts';
import { objectStep, secretStep, stepName } from '../install.ts';
import { flux, sourceManifest, syncManifest } from './flux.ts';
import { CLUSTER, googleName, hubUsage, type Registration, registrationOf } from './hub.ts';
import { credentialsOf, type GitopsBlock, naming, type Repository } from './repository.ts';

const CREDENTIALS = 'gitops-credentials';
const SOURCE = 'gitops-source';
const SYNC = 'gitops-sync';

export const fluxHub: Tool<GitopsBlock> = {
  component: flux.component,
  unversioned: true,
  problems: flux.problems,
  plan(block, context) {
    const registration = registrationOf(context, CLUSTER.flux);
    const cluster = clusterStep(context, registration);
    const { repository } = block;
    const registered = { ...cluster, usage: hubUsage(repository, registration) };
    if (repository === undefined) return [registered];
    const secret = credentialsOf(block, context);
    const credentials =
      secret === undefined ? [] : [credentialsStep(context, registration, secret)];
    return [
      registered,
      ...credentials,
      ...syncSteps(context, registration, repository, credentials),
    ];
  },
  observedVersion: () => undefined,
};

/**
 * How Flux reaches the cluster. A vcluster's kubeconfig is copied by the provider and never comes
 * here. GKE's would not log anybody in: Flux asks Google itself, as whom its own service account is.
 */
function clusterStep(context: ToolContext, registration: Registration): Step {
  const { namespace, name, own } = registration;
  const common = { suffix: CLUSTER.flux, title: 'gitops-kubeconfig', needs: own.needs };
  if (own.home !== 'gke') {
    return secretStep(context, {
      ...common,
      from: connectionOf(own),
      to: { namespace, name },
      keys: { from: 'kubeconfig', to: 'value' },
    });
  }
  const data = { provider: 'gcp', cluster: googleName(context, own) };
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
  return objectStep(context, { ...common, manifest, ready: 'exists' });
}

/** The Secret that the environment's own provider config reads. */
function connectionOf({ configs }: Registration['own']): { namespace: string; name: string } {
  const path = ['credentials', 'secretRef'] as const;
  const spec = configs.kubernetes?.manifest.spec;
  return {
    namespace: text(spec, ...path, 'namespace') ?? '',
    name: text(spec, ...path, 'name') ?? '',
  };
}

function credentialsStep(context: ToolContext, { namespace, name }: Registration, from: string) {
  return secretStep(context, {
    suffix: CREDENTIALS,
    title: 'gitops-credentials',
    from: { namespace: context.environment.namespace, name: from },
    to: { namespace, name: `${name}-git` },
  });
}

function syncSteps(
  context: ToolContext,
  { namespace, name, own }: Registration,
  repository: Repository,
  credentials: readonly Step[],
): Step[] {
  const { home } = context.target;
  const secret = credentials.length === 0 ? undefined : `${name}-git`;
  const source = objectStep(context, {
    suffix: SOURCE,
    title: SOURCE,
    manifest: sourceManifest(repository, { namespace, name }, secret),
    ready: 'Ready',
    notReady: naming(repository, objectReady),
    needs: credentials.map((step) => step.name),
  });
  const reference = own.home === 'gke' ? 'configMapRef' : 'secretRef';
  const kubeConfig: JsonObject = { [reference]: { name } };
  const sync = objectStep(context, {
    suffix: SYNC,
    title: SYNC,
    manifest: syncManifest(repository, { namespace, name }, { kubeConfig }),
    ready: 'Ready',
    notReady: naming(repository, objectReady),
    needs: [stepName(home, CLUSTER.flux), source.name],
  });
  return [source, sync];
}
