// Argo CD, installed into the environment and pointed at a repository.
import type { Tool, ToolContext } from '../../context.ts';
import { at, text } from '../../json.ts';
import { objectReady } from '../../readiness.ts';
import type { JsonObject, NotReady, Readiness, Step } from '../../step.ts';
import {
  chartOf,
  chartVersion,
  objectStep,
  releaseNamespace,
  releaseStep,
  secretStep,
  stepName,
} from '../install.ts';
import {
  credentialsOf,
  folderOf,
  type GitopsBlock,
  naming,
  type Repository,
  repositoryProblems,
  usageOf,
} from './repository.ts';

const RELEASE = 'argocd';
const CREDENTIALS = 'argocd-credentials';
const APPLICATION = 'argocd-application';

export const argocd: Tool<GitopsBlock> = {
  component: 'argocd',
  problems: repositoryProblems,
  plan(block, context) {
    const { home } = context.target;
    const namespace = releaseNamespace(context, RELEASE, 'argocd');
    const release = releaseStep(context, {
      suffix: RELEASE,
      title: 'argocd',
      chart: chartOf(context.version, {
        repository: 'https://argoproj.github.io/argo-helm',
        name: 'argo-cd',
      }),
      namespace,
      values,
    });
    const { repository } = block;
    if (repository === undefined) return [{ ...release, usage: usageOf(repository) }];
    const secret = credentialsOf(block, context);
    const credentials =
      secret === undefined ? [] : [credentialsStep(context, secret, repository, namespace)];
    const application = objectStep(context, {
      suffix: APPLICATION,
      title: 'argocd-application',
      manifest: applicationManifest(
        repository,
        { name: 'environment', namespace },
        { server: 'https://kubernetes.default.svc' },
      ),
      ready: { when: APPLIED },
      notReady: naming(repository, applicationReady),
      needs: [stepName(home, RELEASE), ...credentials.map((step) => step.name)],
    });
    return [release, ...credentials, { ...application, usage: usageOf(repository) }];
  },
  observedVersion: (observed, home) => chartVersion(observed, home, RELEASE),
};

/** One environment needs no sign-on server and nobody to tell; what is written is in the chart's values.yaml. */
const values = {
  // The default since chart 10; with an older one everybody in the cluster reaches the repository server.
  global: { networkPolicy: { create: true } },
  dex: { enabled: false },
  notifications: { enabled: false },
} satisfies JsonObject;

function credentialsStep(
  context: ToolContext,
  from: string,
  { url }: Repository,
  namespace: string,
): Step {
  return secretStep(context, {
    suffix: CREDENTIALS,
    title: 'argocd-credentials',
    from,
    to: {
      namespace,
      name: 'environment-repository',
      labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      beside: { type: 'git', url },
    },
    // The release makes the namespace.
    needs: [stepName(context.target.home, RELEASE)],
  });
}

/**
 * Without a finalizer: what was deployed stays when Argo CD goes, and no deletion hangs on it.
 * Shape: Argo CD's CRD, `argoproj.io/v1alpha1`.
 */
export function applicationManifest(
  repository: Repository,
  metadata: { readonly name: string; readonly namespace: string },
  destination: JsonObject,
): JsonObject {
  const folder = folderOf(repository);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata,
    spec: {
      project: 'default',
      source: {
        repoURL: repository.url,
        path: folder === '' ? '.' : folder,
        targetRevision: repository.revision ?? 'HEAD',
      },
      destination: { ...destination, namespace: 'default' },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['CreateNamespace=true', 'ServerSideApply=true'],
      },
    },
  };
}

/**
 * What git says was applied. Whether it is healthy is not asked: applications fail for reasons of
 * their own. Fields that a webhook changes leave an Application OutOfSync after a good sync.
 */
export const APPLIED = [
  'has(object.status) && has(object.status.sync) && has(object.status.sync.status)',
  '(object.status.sync.status == "Synced" || (object.status.sync.status == "OutOfSync" && has(object.status.operationState) && object.status.operationState.phase == "Succeeded"))',
].join(' && ');

/** An Application has no condition Ready: what it has are errors, and how its last sync went. */
export const applicationReady: Readiness = (observed) => {
  const why = objectReady(observed);
  if (why?.reason !== 'Creating') return why;
  const status = at(observed.resource, 'status', 'atProvider', 'manifest', 'status');
  return failure(status) ?? { ...why, message: waiting(status) ?? why.message };
};

function failure(status: unknown): NotReady | undefined {
  const conditions = at(status, 'conditions');
  const errors = (Array.isArray(conditions) ? conditions : [])
    .map((condition) => text(condition, 'type') ?? '')
    .filter((type) => type.endsWith('Error'))
    .sort();
  if (errors[0] !== undefined) return { reason: 'Failed', message: errors[0] };
  const phase = text(status, 'operationState', 'phase');
  if (phase !== 'Failed' && phase !== 'Error') return undefined;
  return { reason: 'Failed', message: `the last sync is ${phase}` };
}

function waiting(status: unknown): string | undefined {
  const sync = text(status, 'sync', 'status');
  return sync === undefined ? undefined : `sync is ${sync}`;
}
