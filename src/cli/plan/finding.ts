// What a catalog means for an environment: kinds of findings, and which of them is the gravest.

/** Gravest first. */
export const KINDS = [
  'refused',
  'expires',
  'deprecated',
  'waits',
  'moves',
  'cost',
  'upgrades',
] as const;
export type Kind = (typeof KINDS)[number];
export const VERDICTS = [...KINDS, 'unchanged'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Finding {
  readonly kind: Kind;
  readonly component?: string;
  /** Whose cluster, where it is not the environment's own. */
  readonly cluster?: string;
  readonly from?: string;
  readonly to?: string;
  /** upgrades: every version on the way, both ends included. */
  readonly route?: readonly string[];
  /** Day by which something must be done, or on which it happens. */
  readonly by?: string;
  /** waits: it runs on a version that is expired, blocked or not in the catalog meanwhile. */
  readonly unblessed?: true;
  /** false: it is true of the old catalog as well. */
  readonly new: boolean;
  readonly message: string;
}

/** The effect of a catalog change on one environment. */
export interface Effect {
  readonly namespace: string;
  readonly name: string;
  readonly purpose: string;
  readonly cluster: string;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly cost?: {
    readonly from: number | null;
    readonly to: number | null;
    readonly currency: string;
  };
  /** Where each component stands under the new catalog. */
  readonly versions: readonly ComponentState[];
}

export interface ComponentState {
  /** `knative`, or `kubernetes (ci)`. */
  readonly component: string;
  readonly version: string;
  readonly state: string;
  readonly next?: string;
}

export function verdictOf(findings: readonly Finding[]): Verdict {
  return KINDS.find((kind) => findings.some((finding) => finding.kind === kind)) ?? 'unchanged';
}

/** Whether somebody is worse off than before: what exit code 1 means. */
export function isWorse({ findings }: Effect): boolean {
  return findings.some(
    ({ kind, new: isNew, unblessed }) =>
      isNew && (kind === 'refused' || kind === 'expires' || unblessed === true),
  );
}
