// Contexts to plan clusters with: one environment, one catalog, and what a plan looks like once it is observed.
import type { CatalogDocument } from '../../src/catalog/schema.ts';
import type { ClusterContext, ClusterPlan, Environment } from '../../src/context.ts';
import { namesOf } from '../../src/manifests/names.ts';
import type { Flavour, JsonObject, Observed, ObservedResource, Step } from '../../src/step.ts';

export const FLAVOURS: readonly Flavour[] = ['claims', 'namespaced'];

export const environment: Environment = {
  name: 'checkout',
  namespace: 'team-payments',
  team: 'team-payments',
  purpose: 'development',
  size: 'small',
  access: 'direct',
  labels: {},
  tools: {},
};

export const small = {
  vcluster: { cpu: '4', memory: '8Gi', storage: '20Gi', replicas: 1 },
  gke: { machineType: 'e2-standard-2', nodes: { minimum: 1, maximum: 3 }, diskGb: 50, spot: true },
};

export const gkeCatalog = {
  project: 'acme-environments',
  locations: ['europe-west1', 'us-east1'],
  zones: { 'europe-west1': ['europe-west1-b', 'europe-west1-c'] },
  releaseChannel: 'REGULAR',
  network: { name: 'shared', subnetwork: 'environments' },
  providerConfig: { name: 'gcp' },
} satisfies CatalogDocument['clusters']['gke'];

export const vclusterCatalog = {
  edition: 'oss',
  hosts: [{ name: 'dev-1' }, { name: 'dev-2', providerConfig: { name: 'second' } }],
} satisfies CatalogDocument['clusters']['vcluster'];

export const catalog: CatalogDocument = {
  apiVersion: 'xenvironment.fn.crossplane.io/v1alpha1',
  kind: 'Catalog',
  organization: 'acme',
  purposes: { development: { size: 'small' } },
  sizes: { small },
  clusters: { gke: gkeCatalog, vcluster: vclusterCatalog },
  components: {},
};

/** The catalog with other clusters. */
export function withClusters(clusters: CatalogDocument['clusters']): CatalogDocument {
  return { ...catalog, clusters: { ...catalog.clusters, ...clusters } };
}

type Changes = Partial<Omit<ClusterContext, 'environment'>> & {
  readonly environment?: Partial<Environment>;
};

function contextOf(base: Partial<ClusterContext>, changes: Changes): ClusterContext {
  const who = { ...environment, ...changes.environment };
  const identity = { organization: 'acme', controlPlane: '', ...who };
  return {
    flavour: 'namespaced',
    catalog,
    names: namesOf(identity, () => undefined),
    observed: new Map(),
    home: 'gke',
    part: 'cluster',
    size: small,
    placement: { type: 'gke' },
    kubernetes: { version: '1.35', chart: '', image: 'v1.35.0' },
    ...base,
    ...changes,
    environment: who,
  };
}

export function gkeContext(changes: Changes = {}): ClusterContext {
  return contextOf({ placement: { type: 'gke', location: 'europe-west1' } }, changes);
}

export function vclusterContext(changes: Changes = {}): ClusterContext {
  const vcluster = { version: '0.36.1', chart: '0.36.1', image: '' };
  const placement = { type: 'vcluster', host: 'dev-1' } as const;
  return contextOf({ home: 'vcluster', placement, vcluster }, changes);
}

/** What Crossplane would show once the steps are applied. */
export function observe(steps: readonly Step[], patches: Patches = {}): Observed {
  return new Map(
    steps.map((step) => [step.name, observed({ ...step.manifest, ...patches[step.name] })]),
  );
}
type Patches = Readonly<Record<string, JsonObject>>;

export function observed(resource: object): ObservedResource {
  return { resource: JSON.parse(JSON.stringify(resource)) };
}

/** A plan that has to be there. */
export function planned(plan: ClusterPlan | undefined): ClusterPlan {
  if (plan === undefined) throw new Error('nothing was planned');
  return plan;
}

/** All steps, the provider configs too. */
export function everyStep(plan: ClusterPlan): Step[] {
  const { helm, kubernetes } = plan.target.configs;
  return [...plan.steps, helm, kubernetes].filter((step) => step !== undefined);
}

export function stepOf(plan: ClusterPlan, name: string | RegExp): Step {
  const steps = everyStep(plan);
  const found = steps.find((step) =>
    typeof name === 'string' ? step.name === name : name.test(step.name),
  );
  if (found === undefined)
    throw new Error(`no ${name} in ${steps.map((step) => step.name).join(', ')}`);
  return found;
}
