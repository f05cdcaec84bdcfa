// What a tool is given, for tests: an environment, and the three kinds of target in both flavours.
import type { CatalogDocument } from '../../src/catalog/schema.ts';
import type { ChosenVersion, Home, Target, ToolContext } from '../../src/context.ts';
import { helmConfig } from '../../src/manifests/helm.ts';
import { kubernetesConfig } from '../../src/manifests/kubernetes.ts';
import { namesOf } from '../../src/manifests/names.ts';
import { exists } from '../../src/readiness.ts';
import type { Flavour, JsonObject, ObservedResource, Step } from '../../src/step.ts';

export const FLAVOURS = ['claims', 'namespaced'] as const;
export const HASH = '[0-9a-f]{8}';

const identity = {
  organization: 'acme',
  controlPlane: 'prod-eu',
  namespace: 'team-payments',
  name: 'checkout',
};

/** What agents may use of the tools cluster. */
export const BOUNDS = { cpu: '4', memory: '8Gi', storage: '20Gi' } as const;

/** How CI pods get onto their nodes. */
export const NODES = {
  nodeSelector: { 'platform.xenvironment.dev/ci': 'true' },
  tolerations: [
    {
      key: 'platform.xenvironment.dev/ci',
      operator: 'Equal',
      value: 'true',
      effect: 'NoSchedule',
    },
  ],
} as const;

const catalog = {
  apiVersion: 'xenvironment.fn.crossplane.io/v1alpha1',
  kind: 'Catalog',
  organization: 'acme',
  purposes: {},
  sizes: {},
  clusters: {},
  components: {},
} satisfies CatalogDocument;

export function version(number: string, more: Partial<ChosenVersion> = {}): ChosenVersion {
  return { version: number, chart: number, image: '', ...more };
}

interface Options {
  readonly flavour?: Flavour;
  readonly name: string;
  readonly version: ChosenVersion;
  readonly observed?: ReadonlyMap<string, ObservedResource>;
  readonly nodes?: Target['nodes'];
  readonly bounds?: Target['bounds'];
  readonly after?: readonly string[];
  readonly namespace?: string;
  readonly environment?: string;
  readonly organization?: string;
}

export function contextFor(home: Home, options: Options): ToolContext {
  const { flavour = 'claims', observed = new Map(), namespace = identity.namespace } = options;
  const name = options.environment ?? identity.name;
  const context = {
    flavour,
    environment: {
      name,
      namespace,
      team: 'payments',
      purpose: 'development',
      size: 'small',
      access: 'direct' as const,
      labels: { tier: 'gold' },
      tools: { knative: { mode: 'dedicated' } },
    },
    catalog,
    names: namesOf(
      { ...identity, namespace, name, organization: options.organization ?? identity.organization },
      () => undefined,
    ),
    observed,
  };
  const { name: tool, version, after } = options;
  const target = targetOf(home, context, options.nodes, options.bounds);
  return { ...context, target, version, name: tool, ...(after === undefined ? {} : { after }) };
}

/** A fresh plan's target: `tools` is the platform's own cluster, with no provider config of ours. */
function targetOf(
  home: Home,
  context: Omit<ToolContext, 'target' | 'version' | 'name'>,
  nodes: Target['nodes'],
  bounds: Target['bounds'],
): Target {
  const config = { kind: 'ProviderConfig' as const, name: `${home}-config` };
  const login = { secret: `${home}-kubeconfig` };
  const step = (kind: 'helm' | 'kubernetes'): Step => ({
    name: `${home}-${kind}-config`,
    title: `${kind}-config`,
    part: 'cluster',
    needs: [`${home}-cluster`],
    protects: [`${home}-cluster`],
    manifest: (kind === 'helm' ? helmConfig : kubernetesConfig)(context, config, login),
    notReady: exists,
  });
  return {
    home,
    helm: config,
    kubernetes: config,
    configs: home === 'tools' ? {} : { helm: step('helm'), kubernetes: step('kubernetes') },
    needs: home === 'tools' ? [] : [`${home}-cluster`],
    diesWithCluster: home === 'vcluster' || home === 'ci',
    cluster: {
      type: home === 'gke' || home === 'tools' ? home : 'vcluster',
      name: context.names.outside(home),
      location: home === 'gke' ? 'europe-west1' : '',
      host: home === 'gke' ? '' : 'dev-1',
      version: '1.35',
    },
    ...(bounds === undefined ? {} : { bounds }),
    ...(nodes === undefined ? {} : { nodes }),
  };
}

/** The steps as Crossplane would show them in the next call, changed by `edit`. */
export function observedOf(
  steps: readonly Step[],
  edit: (resource: JsonObject, step: Step) => JsonObject = (resource) => resource,
): ReadonlyMap<string, ObservedResource> {
  return new Map(
    steps.map((step) => [
      step.name,
      { resource: edit(structuredClone(step.manifest) as unknown as JsonObject, step) },
    ]),
  );
}

/** The step called `name`. */
export function stepNamed(steps: readonly Step[], name: string): Step {
  const step = steps.find((s) => s.name === name);
  if (step === undefined) throw new Error(`no ${name} in ${steps.map((s) => s.name).join(', ')}`);
  return step;
}
