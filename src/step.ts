// The shared types of one call. No logic.

/** A JSON value, as it comes out of a google.protobuf.Struct. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/**
 * How the platform team installed us. `claims`: cluster-scoped XEnvironment behind a claim.
 * `namespaced`: a v2 XR in the developer's namespace; everything composed lives there too.
 */
export type Flavour = 'claims' | 'namespaced';

/** A Kubernetes object that we want to exist. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: JsonObject;
}

/** A composed resource as Crossplane saw it: anything can be missing or of the wrong shape. */
export interface ObservedResource {
  readonly resource: JsonObject;
  /** The connection detail `kubeconfig`, if the resource has published one. */
  readonly kubeconfig?: Uint8Array;
}

/** What exists, by composition resource name. */
export type Observed = ReadonlyMap<string, ObservedResource>;

/** Why something is not ready: a CamelCase reason and one sentence. */
export interface NotReady {
  readonly reason: 'Creating' | 'Upgrading' | 'Failed' | 'Waiting';
  readonly message: string;
}

/** Says why an observed resource is not ready, or undefined if it is. */
export type Readiness = (observed: ObservedResource) => NotReady | undefined;

/** One composed resource of the plan. */
export interface Step {
  /** The composition resource name, such as `gke-cluster`: never changes once shipped. */
  readonly name: string;
  /** What people call it in messages, such as `knative-serving`. */
  readonly title: string;
  /** `cluster`, or the tool (`knative`, `ci`, `gitops`, or a catalog tool's name) that this belongs to. */
  readonly part: string;
  /**
   * Names of the steps that must be ready before this one is created, and that stay while it is
   * going. A step that is not in the plan is not waited for.
   */
  readonly needs: readonly string[];
  /**
   * Those of `needs` (and others) that a Usage keeps from being deleted while this exists. Empty
   * inside a vcluster, where everything dies with the cluster.
   */
  readonly protects: readonly string[];
  readonly manifest: Manifest;
  readonly notReady: Readiness;
  /** Taken away for a while, in the middle of a replacement: not composed, and what exists of it goes. */
  readonly withdrawn?: true;
  /** What a developer writes to use it, such as `runs-on: <name>`; for status.tools. */
  readonly usage?: string;
}

/** How far one step is. */
export type Progress =
  | { readonly state: 'ready'; readonly step: Step }
  | {
      readonly state: 'progressing';
      readonly step: Step;
      readonly why: NotReady;
      /** False: this call is the first to desire it. */
      readonly exists: boolean;
    }
  | { readonly state: 'waiting'; readonly step: Step; readonly why: NotReady };

export type ConditionType = 'Accepted' | 'ClusterReady' | 'ToolsReady' | 'VersionsBlessed';

/** A condition as the function returns it; Crossplane adds the transition time. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/** An event for the composite and its claim. */
export interface Result {
  readonly severity: 'Normal' | 'Warning' | 'Fatal';
  readonly reason: string;
  readonly message: string;
}
