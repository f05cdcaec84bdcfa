// Argo CD on the platform's tools cluster applies a repository to the environment's GKE cluster.
import type { Tool, ToolContext } from '../../context.ts';
import { at, isObject, text } from '../../json.ts';
import type { JsonObject, Step } from '../../step.ts';
import { objectStep, secretStep, stepName } from '../install.ts';
import { APPLIED, applicationManifest, applicationReady, argocd } from './argocd.ts';
import { CLUSTER, hubUsage, type Registration, registrationOf } from './hub.ts';
import { credentialsOf, type GitopsBlock, naming, type Repository } from './repository.ts';

export const argocdHub: Tool<GitopsBlock> = {
  component: argocd.component,
  unversioned: true,
  problems: argocd.problems,
  plan(block, context) {
    const registration = registrationOf(context, CLUSTER.argocd);
    const { namespace, name } = registration;
    const cluster = {
      ...clusterStep(context, registration),
      usage: hubUsage(block.repository, registration),
    };
    const { repository } = block;
    if (repository === undefined) return [cluster];
    const secret = credentialsOf(block, context);
    const credentials =
      secret === undefined ? [] : [credentialsStep(context, registration, repository, secret)];
    const application = objectStep(context, {
      suffix: 'gitops-application',
      title: 'gitops-application',
      manifest: applicationManifest(repository, { namespace, name }, { name }),
      ready: { when: APPLIED },
      notReady: naming(repository, applicationReady),
      needs: [cluster.name, ...credentials.map((step) => step.name)],
    });
    return [cluster, ...credentials, application];
  },
  observedVersion: () => undefined,
};

/**
 * The one kind of cluster Secret that holds no credential: Argo CD logs in as its own service
 * account of Google.
 */
function clusterStep(context: ToolContext, { namespace, name, own }: Registration): Step {
  return objectStep(context, {
    suffix: CLUSTER.argocd,
    title: 'gitops-cluster',
    manifest: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
      stringData: loginOf(context, name),
    },
    ready: 'exists',
    needs: own.needs,
  });
}

/** Address and authority are no secrets. Where the cluster does not show them, what is registered stays. */
function loginOf({ observed, target }: ToolContext, name: string): JsonObject {
  const seen = at(observed.get('gke-cluster')?.resource, 'status', 'atProvider');
  const address = text(seen, 'endpoint');
  const registered = at(
    observed.get(stepName(target.home, CLUSTER.argocd))?.resource,
    ...['spec', 'forProvider', 'manifest', 'stringData'],
  );
  if (address === undefined && isObject(registered)) return registered;
  const config = {
    execProviderConfig: {
      command: 'argocd-k8s-auth',
      args: ['gcp'],
      apiVersion: 'client.authentication.k8s.io/v1beta1',
    },
    tlsClientConfig: {
      insecure: false,
      caData: text(seen, 'masterAuth', 'clusterCaCertificate') ?? '',
    },
  };
  return { name, server: `https://${address ?? ''}`, config: JSON.stringify(config) };
}

function credentialsStep(
  context: ToolContext,
  { namespace, name }: Registration,
  { url }: Repository,
  from: string,
): Step {
  const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
  return secretStep(context, {
    suffix: 'gitops-repository',
    title: 'gitops-repository',
    from: { namespace: context.environment.namespace, name: from },
    to: { namespace, name: `${name}-git`, labels, beside: { type: 'git', url } },
  });
}
