// What is wrong with somebody's input: the reasons in the order of the contract, and the one error class.

/** Reasons of `Accepted=False`, gravest first: of several problems the first in this order is reported. */
export const REASONS = [
  'InvalidCatalog',
  'InvalidSpec',
  'NotImplemented',
  'ClusterTypeNotAllowed',
  'ToolNotAllowed',
  'ToolRequired',
  'VersionNotBlessed',
  'IncompatibleVersions',
  'MoveNotConfirmed',
  'ChangeNotPossible',
  'LifetimeTooLong',
] as const;
export type RefusalReason = (typeof REASONS)[number];

export interface Problem {
  readonly reason: RefusalReason;
  /** The field, from the document's root or from spec: `placement.rules[1].use`, `spec.tools.ci.agent`. */
  readonly path: string;
  /** What is wrong and what would be right. */
  readonly message: string;
  /**
   * Paths below spec whose change by the developer makes this a refusal for an environment that
   * exists already; left out: `path` alone. `spec.purpose` always counts.
   */
  readonly blame?: readonly string[];
  /** Refused whoever changed what: nothing sensible can be done. */
  readonly always?: true;
}

/** Input that cannot be accepted. Holds every problem found, not only the first. */
export class Refused extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(messageOf(problems));
    this.name = 'Refused';
    this.problems = problems;
  }
  get reason(): RefusalReason {
    return REASONS.find((r) => this.problems.some((p) => p.reason === r)) ?? 'InvalidSpec';
  }
}

/** One stable sentence a problem, gravest first, then by path. */
export function messageOf(problems: readonly Problem[]): string {
  const rank = (p: Problem) => REASONS.indexOf(p.reason);
  const sorted = [...problems].sort(
    (a, b) => rank(a) - rank(b) || compare(a.path, b.path) || compare(a.message, b.message),
  );
  return [
    ...new Set(sorted.map((p) => (p.path === '' ? p.message : `${p.path}: ${p.message}`))),
  ].join('; ');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `; did you mean "gke"? known: gke, vcluster` — the nearest known name first, then all, sorted. */
export function suggest(wrong: string, known: readonly string[]): string {
  const sorted = [...known].sort();
  const near = sorted
    .map((name) => ({ name, distance: distance(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance || compare(a.name, b.name))[0];
  const list = sorted.length === 0 ? 'none' : sorted.join(', ');
  return near === undefined ? `known: ${list}` : `did you mean "${near.name}"? known: ${list}`;
}

/** Levenshtein distance over at most 64 characters, so that a huge name costs nothing. */
function distance(left: string, right: string): number {
  const a = left.slice(0, 64);
  const b = right.slice(0, 64);
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      current.push(
        Math.min(
          (previous[j] ?? 0) + 1,
          (current[j - 1] ?? 0) + 1,
          (previous[j - 1] ?? 0) + change,
        ),
      );
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
