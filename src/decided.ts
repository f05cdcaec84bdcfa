// A component, what is known of it, and its version: the types that choosing and upgrading share. No logic.
import type { State } from './catalog/lifecycle.ts';
import type { Catalog } from './catalog/parse.ts';
import type { VersionEntry, Waiver } from './catalog/schema.ts';
import type { ChosenVersion, Tool } from './context.ts';
import type { ClusterType } from './spec.ts';
import type { Moves } from './upgrade/moves.ts';

/** Whose cluster a component runs in. */
export type ClusterName = 'environment' | 'ci' | 'tools' | 'host';

/** A component that needs a version. */
export interface Need {
  readonly cluster: ClusterName;
  readonly component: string;
  /** Field below spec that asks for it, such as `tools.knative`; a change of it is the developer's. */
  readonly path: string;
  readonly asked: string | undefined;
  /** The developer's own spec names `asked`; else the purpose's bundle does. */
  readonly pinned: boolean;
  /** What runs, as installed. */
  readonly running: string | undefined;
  /** The chart that is installed for it, or the image tag of a virtual cluster's Kubernetes. */
  readonly installed?: string | undefined;
  /** Whose steps carry it: `cluster`, or the tool. */
  readonly part: string;
  /** How it goes from one version to another. */
  readonly moves: Moves;
  /** Something of it goes ahead: the chart installs several versions. */
  readonly ahead?: boolean | undefined;
  /** What depends on it has been taken away: in the middle of a replacement. */
  readonly away?: boolean | undefined;
  /** What was accepted for something that is not installed yet. */
  readonly accepted: string | undefined;
  readonly changed: boolean;
  /** See Tool.chartFor. */
  readonly chartFor?: Tool<never>['chartFor'];
  /** For entries that hold for one cluster type only. */
  readonly type: ClusterType | undefined;
}

/** A component with its version. */
export interface Decided {
  readonly need: Need;
  /** As the catalog writes it; what runs, if the catalog has no such entry. */
  readonly version: string;
  readonly entry: VersionEntry | undefined;
  readonly state: State;
  readonly waiver: Waiver | undefined;
  /** The next hop, or what is due or waiting; never older than what runs. */
  readonly next: string | undefined;
  /** Where it is to end up, and the versions on the way, the present one first. */
  readonly target?: string;
  readonly route?: readonly string[];
  /** Why it does not get to where it should. */
  readonly halted?: string;
  /** Undefined: the catalog lost it and what runs does not tell enough to plan it anew. */
  readonly chosen: ChosenVersion | undefined;
}

/** What `requires` looks at besides the chosen versions: the Kubernetes of clusters that are not ours. */
export interface Surroundings {
  /** Kubernetes of the vcluster host, by cluster. */
  readonly hosts: Readonly<Partial<Record<ClusterName, string | undefined>>>;
  /** Kubernetes of the tools cluster. */
  readonly tools: string | undefined;
  /** Knative of the host, where the environment shares it. */
  readonly knative?: string | undefined;
}

export interface Inputs {
  readonly catalog: Catalog;
  /** `namespace/name`, as waivers name an environment. */
  readonly identity: string;
  readonly now: Date;
  readonly surroundings: Surroundings;
  readonly upgrades: 'automatic' | 'manual';
}
