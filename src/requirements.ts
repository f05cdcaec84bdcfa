// What one version requires of the others, and whether it is met. The same for what runs and for every hop on a route.
import { means, satisfies } from './catalog/compare.ts';
import type { ClusterName, Decided, Inputs, Surroundings } from './decided.ts';

export interface Requirement {
  readonly dependent: Decided;
  readonly component: string;
  readonly range: string;
  /** Undefined: it is not there (or not chosen yet). */
  readonly found: string | undefined;
  readonly provider: Decided | undefined;
  readonly met: boolean;
}

export function requirementsOf(
  dependent: Decided,
  all: readonly Decided[],
  surroundings: Surroundings,
): Requirement[] {
  return Object.entries(dependent.entry?.requires ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([component, range]) => {
      const { cluster } = dependent.need;
      const provider =
        all.find((d) => d.need.component === component && d.need.cluster === cluster) ??
        (component === 'kubernetes' ? undefined : all.find((d) => d.need.component === component));
      const found =
        provider === undefined
          ? surroundingOf(component, cluster, surroundings)
          : foundIn(provider);
      return {
        dependent,
        component,
        range,
        found,
        provider,
        met: found !== undefined && satisfies(found, range),
      };
    });
}

/** Exact where it is known: a range may ask for a patch. */
function foundIn({ need, version }: Decided): string {
  return need.running !== undefined && means(version, need.running) ? need.running : version;
}

function surroundingOf(
  component: string,
  cluster: ClusterName,
  surroundings: Surroundings,
): string | undefined {
  if (component === 'host') return surroundings.hosts[cluster];
  if (component === 'knative' && cluster === 'environment') return surroundings.knative;
  return component === 'kubernetes' && cluster === 'tools' ? surroundings.tools : undefined;
}

/** All that is not met of what the dependents require, but for what cannot be known. */
export function unmetOf(
  all: readonly Decided[],
  surroundings: Surroundings,
  dependents: readonly Decided[] = all,
): Requirement[] {
  return dependents.flatMap((dependent) =>
    requirementsOf(dependent, all, surroundings).filter(
      (r) => !r.met && !isUnknowable(r, surroundings),
    ),
  );
}

/** A host or tools cluster whose version nobody wrote down cannot be checked. */
function isUnknowable(
  { component, found, dependent }: Requirement,
  surroundings: Surroundings,
): boolean {
  if (found !== undefined) return false;
  const { cluster } = dependent.need;
  if (component === 'host') return surroundings.hosts[cluster] === undefined;
  return component === 'kubernetes' && cluster === 'tools';
}

/** `knative 1.23 needs kubernetes >=1.34, and kubernetes is 1.33` */
export function sentenceOf({ dependent, component, range, found }: Requirement): string {
  const needs = `${dependent.need.component} ${dependent.version} needs ${component === 'host' ? 'a host with kubernetes' : component} ${range}`;
  const is = found === undefined ? `${component} is not there` : `${component} is ${found}`;
  return `${needs}, and ${is}`;
}

/** What was unmet before a hop is not the hop's fault. */
export function unmetKeys(
  decided: readonly Decided[],
  { surroundings }: Inputs,
): ReadonlySet<string> {
  return new Set(unmetOf(decided, surroundings).map(keyOf));
}

export function keyOf(r: { dependent: Decided; component: string }): string {
  return `${r.dependent.need.cluster}/${r.dependent.need.component} needs ${r.component}`;
}
