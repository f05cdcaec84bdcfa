// What both cluster kinds share about logging in: the connection Secret and the two provider configs.
import type { ClusterContext, ProviderConfigRef } from '../context.ts';
import { LABELS, secretsNamespace } from '../manifests/common.ts';
import { helmConfig, type Login } from '../manifests/helm.ts';
import { kubernetesConfig } from '../manifests/kubernetes.ts';
import { exists } from '../readiness.ts';
import type { JsonObject, Manifest, ObservedResource, Step } from '../step.ts';
import { keptSentence, observedResourceName, observedText } from './observed.ts';

/** Where the cluster writes its kubeconfig. */
export interface Connection {
  /** Name of the Secret. */
  readonly secret: string;
  /** The context whose `secretsNamespace` is the one that is in use. */
  readonly context: ClusterContext;
  readonly kept: readonly string[];
}

/** @param cluster the cluster's own composed resource */
export function connectionOf(
  context: ClusterContext,
  cluster: ObservedResource | undefined,
): Connection {
  const runs = observedText(cluster, 'spec', 'writeConnectionSecretToRef', 'name');
  const orphaning = 'leave the old Secret behind';
  if (context.flavour === 'namespaced') {
    const secret = developersChoice(context) ?? runs ?? standardName(context);
    // Under access direct a name that was once written in spec stays, and that is nobody's news.
    const wanted = context.environment.access === 'gitops' ? standardName(context) : undefined;
    const kept = keptSentence('connection Secret', runs, wanted, orphaning);
    return { secret, context, kept };
  }
  const namespace = observedText(cluster, 'spec', 'writeConnectionSecretToRef', 'namespace');
  const today = secretsNamespace(context);
  return {
    secret: runs ?? standardName(context),
    context: {
      ...context,
      catalog: { ...context.catalog, secretsNamespace: namespace ?? today },
    },
    kept: keptSentence('namespace of the connection Secret', namespace, today, orphaning),
  };
}

/** The one fact that the developer may change on a living cluster: the Secret is written again. */
function developersChoice({ part, environment }: ClusterContext): string | undefined {
  return part === 'cluster' && environment.access === 'direct'
    ? environment.connectionSecret
    : undefined;
}

function standardName({ flavour, part, home, environment, names }: ClusterContext): string {
  if (part === 'ci') return names.outside(home, '-connection');
  if (flavour === 'claims') return names.outside(home, '-kubeconfig');
  // People write this name into their scripts, so it is never cut.
  if (environment.access === 'direct') return `${environment.name}-kubeconfig`;
  return names.outside(home, '-connection');
}

/** Where a kubeconfig of the developers' own is written. */
export function developerSecret(context: ClusterContext): string {
  const { flavour, home, names, observed, environment } = context;
  const runs = observedText(
    observed.get(`${home}-developer`),
    'spec',
    'writeConnectionSecretToRef',
    'name',
  );
  if (flavour === 'claims') return runs ?? names.outside(home, '-developer');
  return developersChoice(context) ?? runs ?? `${environment.name}-kubeconfig`;
}

/** The environment's own provider configs for a cluster, planned only when something goes through them. */
export interface Configs {
  readonly steps: { readonly helm: Step; readonly kubernetes: Step };
  readonly helm: ProviderConfigRef;
  readonly kubernetes: ProviderConfigRef;
}

export interface ConfigsInput {
  readonly connection: Connection;
  readonly identity?: JsonObject;
  readonly needs: readonly string[];
  readonly protects: readonly string[];
}

export function configsOf(input: ConfigsInput): Configs {
  const { secret } = input.connection;
  const login = input.identity === undefined ? { secret } : { secret, identity: input.identity };
  const helm = configStep(input, 'helm-config', 'Helm provider config', helmConfig, login);
  const kubernetes = configStep(
    input,
    'kubernetes-config',
    'Kubernetes provider config',
    kubernetesConfig,
    login,
  );
  return { steps: { helm, kubernetes }, helm: refTo(helm), kubernetes: refTo(kubernetes) };
}

function configStep(
  { connection: { context }, needs, protects }: ConfigsInput,
  suffix: string,
  title: string,
  build: typeof helmConfig,
  login: Login,
): Step {
  return {
    ...identified(context, suffix, title),
    needs,
    protects,
    manifest: build(context, metaOf(context, suffix), login),
    notReady: exists,
  };
}

/** A namespaced XR cannot compose a ClusterProviderConfig; in the claims flavour there is only this kind. */
function refTo({ manifest }: { manifest: Manifest }): ProviderConfigRef {
  return { kind: 'ProviderConfig', name: manifest.metadata.name };
}

/** Name, title and part of a step of the cluster at this home. */
export function identified({ home, part }: ClusterContext, suffix: string, title: string) {
  return {
    name: `${home}-${suffix}`,
    title: part === 'ci' ? `CI ${title}` : title,
    part,
  };
}

/** metadata.name and labels of that step; the name stays as it is composed. */
export function metaOf({ observed, names, home, part }: ClusterContext, suffix: string) {
  return {
    name: observedResourceName(observed, `${home}-${suffix}`) ?? names.outside(home, `-${suffix}`),
    labels: part === 'ci' ? { [LABELS.tool]: 'ci' } : {},
  };
}
