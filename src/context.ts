// What cluster kinds and tools are given to plan with. Read-only; no logic.
import type { CatalogDocument, CatalogTool, Size, VersionEntry } from './catalog/schema.ts';
import type { ClusterType } from './spec.ts';
import type { Flavour, JsonObject, Observed, Step } from './step.ts';
import type { Moves } from './upgrade/moves.ts';

/** Where something is installed, and what it becomes part of the name of. */
export type Home = 'gke' | 'vcluster' | 'ci' | 'tools';

/** The environment with every default filled in. */
export interface Environment {
  readonly name: string;
  /** Empty for a composite made without a claim. */
  readonly namespace: string;
  readonly team: string;
  readonly purpose: string;
  readonly size: string;
  readonly access: 'direct' | 'gitops';
  /** Labels of the composite, for rules. */
  readonly labels: Readonly<Record<string, string>>;
  /** `spec.writeConnectionSecretToRef.name`. */
  readonly connectionSecret?: string;
  /** tools as resolved, for rules and `${…}`. */
  readonly tools: JsonObject;
}

/** The version of one component, decided. */
export interface ChosenVersion {
  /** As the catalog writes it, without a leading v; what runs, if the catalog has no such entry. */
  readonly version: string;
  /** Chart version to install. */
  readonly chart: string;
  /** Kubernetes: image tag of a virtual cluster, such as `v1.35.0`. */
  readonly image: string;
  /** Digest of an OCI chart. */
  readonly digest?: string;
  /** Overrides of the chart's place from the catalog's component. */
  readonly repository?: string;
  readonly chartName?: string;
  /** In the middle of a replacement: what depends on the rest of the tool is not there. */
  readonly away?: true;
}

/** Outside names: `<namespace>-<name>-<hash>` plus a suffix, cut before the hash to fit. */
export interface Names {
  /**
   * @param home part of the hash, so that two homes of one environment never share a name
   * @param suffix starts with `-`, or is empty
   * @param max GKE 40, Helm release 53, GitHub runner scale set 45, everything else 63
   */
  outside(home: Home, suffix?: string, max?: number): string;
}

/** What both cluster kinds and tools know. */
export interface Context {
  readonly flavour: Flavour;
  readonly environment: Environment;
  readonly catalog: CatalogDocument;
  readonly names: Names;
  readonly observed: Observed;
}

/** A provider config that is not the environment's own (a host's, the cloud's). */
export interface ProviderConfigRef {
  readonly kind: 'ProviderConfig' | 'ClusterProviderConfig';
  readonly name: string;
}

/** Kubernetes quantities. */
export interface Bounds {
  readonly cpu: string;
  readonly memory: string;
  readonly storage: string;
}

/** A cluster that tools are installed into. */
export interface Target {
  readonly home: Home;
  readonly helm: ProviderConfigRef;
  readonly kubernetes: ProviderConfigRef;
  /**
   * The environment's own provider configs for this cluster: planned only when something goes
   * through them. Empty for a cluster that is not the environment's (home `tools`).
   */
  readonly configs: { readonly helm?: Step; readonly kubernetes?: Step };
  /** What must be ready before anything is installed: cluster with kubeconfig, node pool. */
  readonly needs: readonly string[];
  /** True in a vcluster: what is inside dies with it, so it is composed without Delete and Usages. */
  readonly diesWithCluster: boolean;
  /** For `${cluster.…}` in values. */
  readonly cluster: {
    readonly type: string;
    readonly name: string;
    readonly location: string;
    readonly host: string;
    readonly version: string;
  };
  /** On a cluster that others use too: what a tool's namespace may use. */
  readonly bounds?: Bounds;
  /** GKE node pool for CI: every CI pod must tolerate and select it. */
  readonly nodes?: {
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly tolerations: readonly JsonObject[];
  };
}

/** What a cluster kind is given. `part` names whose cluster it is: the environment's or the CI agents'. */
export interface ClusterContext extends Context {
  readonly home: Home;
  readonly part: 'cluster' | 'ci';
  /** Undefined when the catalog lost it under an existing environment: then nothing can be planned anew. */
  readonly size: Size | undefined;
  /** vcluster: the host's name. gke: the location. */
  readonly placement: {
    readonly type: ClusterType;
    readonly host?: string;
    readonly location?: string;
  };
  readonly kubernetes: ChosenVersion;
  /** vcluster: the chart. */
  readonly vcluster?: ChosenVersion;
  /** vcluster: the tools share the Knative of the host. */
  readonly sharesKnative?: boolean;
  /** gke: also plan a tainted node pool for CI agents. */
  readonly ciNodes?: Size;
}

/** What a cluster kind answers. */
export interface ClusterPlan {
  readonly steps: readonly Step[];
  readonly target: Target;
  /** With `ciNodes`: the same cluster, as CI pods see it. */
  readonly ciTarget?: Target;
  /** What people may do inside; goes through the target's provider config. */
  readonly access: readonly Step[];
  /** For status.cluster. */
  readonly status: {
    readonly type: ClusterType;
    readonly name: string;
    readonly location?: string;
    readonly host?: string;
    readonly endpoint?: string;
  };
  /** Name of the Secret in the environment's namespace that holds the kubeconfig (namespaced flavour). */
  readonly secretName: string;
  /** How a person gets in. */
  readonly command?: string;
  /** What the catalog now says otherwise but was kept as it runs: one sentence each. */
  readonly kept: readonly string[];
  /** What the size asks for and the living cluster cannot become: a developer's change is refused. */
  readonly unresizable: readonly string[];
}

export interface ClusterKind {
  readonly type: ClusterType;
  /** Composition resource name of the cluster itself, without the home: `cluster`, `release`. */
  readonly anchor: string;
  /** Undefined: the catalog no longer says enough; what exists is kept as it is. */
  plan(context: ClusterContext): ClusterPlan | undefined;
  /** What runs, read from what is composed: undefined where nothing does. */
  observedVersions(observed: Observed, home: Home): { kubernetes?: string; vcluster?: string };
  /** Where the cluster lives, from what is composed: provider config name of the host, or location. */
  observedPlacement(observed: Observed, home: Home): { host?: string; location?: string };
  /** The outside name from what is composed. */
  observedName(observed: Observed, home: Home): string | undefined;
}

/** What a tool is given: its block of the resolved spec comes beside it. */
export interface ToolContext extends Context {
  readonly target: Target;
  readonly version: ChosenVersion;
  /** Key in status.tools: `knative`, `ci`, `gitops` or a catalog tool's name. */
  readonly name: string;
  /** A catalog tool's declaration. */
  readonly declaration?: CatalogTool;
  /** The environment's own cluster, for tools that are elsewhere; undefined: it cannot be planned. */
  readonly environmentCluster?: Target;
  /** Names of steps of other tools that come before this tool. */
  readonly after?: readonly string[];
}

/** A tool, or one agent or engine of a tool. `block` has passed the schema and `problems`. */
export interface Tool<Block> {
  /** Key of catalog.components. */
  readonly component: string;
  /** What is missing from the block or does not apply to this tool, or to where it goes: refused, not ignored. */
  problems(
    block: Block,
    home: Home,
  ): readonly {
    readonly path: string;
    readonly message: string;
    /** Default: InvalidSpec. */
    readonly reason?: 'NotImplemented' | 'ToolNotAllowed';
  }[];
  plan(block: Block, context: ToolContext): readonly Step[];
  /** It is the platform's own: no version of it is chosen. */
  readonly unversioned?: true;
  /** The catalog no longer declares it: never planned, what is installed stays as it is. */
  readonly lost?: true;
  /**
   * The chart for a version that the catalog does not list but a waiver allows, from the listed
   * ones; left out: only an exact version names its chart.
   */
  chartFor?(version: string, entries: readonly VersionEntry[]): string | undefined;
  /** What runs, as installed (a chart's or the product's version); undefined where nothing does. */
  observedVersion(observed: Observed, home: Home): string | undefined;
  /** How it goes from one version to another. Default: straight there. */
  readonly moves?: Moves;
  /** Where the chart installs several versions and goes ahead of them: the chart that is installed. */
  observedChart?(observed: Observed, home: Home): string | undefined;
  /** With `replacement` as its moves: whether what is taken away for it is not there. */
  isAway?(observed: Observed, home: Home): boolean;
}
