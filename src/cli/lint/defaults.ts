// Defaults that nobody gets, and versions that nobody can have.
import { plain, satisfies } from '../../catalog/compare.ts';
import { entriesFor, stateOf } from '../../catalog/lifecycle.ts';
import type { Catalog } from '../../catalog/parse.ts';
import type { VersionEntry } from '../../catalog/schema.ts';
import { own } from '../../json.ts';
import type { ClusterType } from '../../spec.ts';
import { typesOf, type Versioned, versionedIn } from './components.ts';
import type { LintInput, Warning } from './warning.ts';

export function lintDefaults(input: LintInput): Warning[] {
  return versionedIn(input.catalog).flatMap((component) => [
    ...lintComponent(component, input),
    ...component.versions.flatMap((entry, i) => lintEntry(entry, `${component.path}[${i}]`, input)),
  ]);
}

function lintComponent({ name, path, versions }: Versioned, { now }: LintInput): Warning[] {
  if (versions.some((entry) => stateOf(entry, now).state === 'supported')) return [];
  return [{ path, message: `no version of ${name} is supported now: nobody new gets it` }];
}

function lintEntry(entry: VersionEntry, path: string, input: LintInput): Warning[] {
  return [...lintDefault(entry, path, input), ...lintReach(entry, path, input)];
}

function lintDefault(entry: VersionEntry, path: string, { catalog, now }: LintInput): Warning[] {
  if (entry.default !== true) return [];
  const { state, why } = stateOf(entry, now);
  if (state !== 'supported') {
    return [
      {
        path: `${path}.default`,
        message: `the default, ${entry.version}, is ${why}: new environments get another version`,
      },
    ];
  }
  const range = own(entry.requires, 'kubernetes');
  const types = (entry.clusters ?? typesOf(catalog)).filter((type) => {
    const kubernetes = defaultKubernetes(catalog, type, now);
    return range !== undefined && kubernetes !== undefined && !satisfies(kubernetes, range);
  });
  return types.map((type) => ({
    path: `${path}.requires.kubernetes`,
    message: `the default, ${entry.version}, does not go with ${defaultKubernetes(catalog, type, now)}, the default Kubernetes on ${type}`,
  }));
}

function defaultKubernetes(catalog: Catalog, type: ClusterType, now: Date): string | undefined {
  const entries = entriesFor(catalog.components.kubernetes, type);
  return entries.find((e) => e.default === true && stateOf(e, now).state === 'supported')?.version;
}

function lintReach(entry: VersionEntry, path: string, { catalog }: LintInput): Warning[] {
  const warnings: Warning[] = [];
  if (entry.blocked !== undefined) return warnings;
  const types = typesOf(catalog);
  const nowhere = entry.clusters?.every((type) => !types.includes(type)) === true;
  if (nowhere) {
    warnings.push({
      path: `${path}.clusters`,
      message: `nobody can reach ${entry.version}: the catalog has no clusters.${entry.clusters?.join(' or ')}`,
    });
  }
  const { supported = '', deprecated, expires } = entry;
  const end = deprecated ?? expires;
  if (end !== undefined && Date.parse(supported) === Date.parse(end)) {
    warnings.push({
      path: `${path}.supported`,
      message: `nobody can reach ${entry.version}: it is never supported, because it ends on the same day`,
    });
  }
  for (const [name, range] of Object.entries(entry.requires ?? {})) {
    const there = versionsOf(catalog, name);
    if (there.length === 0 || there.some((version) => satisfies(version, range))) continue;
    warnings.push({
      path: `${path}.requires.${name}`,
      message: `nobody can reach ${entry.version}: no ${name} in the catalog is ${range}; there ${there.length === 1 ? 'is' : 'are'} ${there.join(', ')}`,
    });
  }
  return warnings;
}

/** Versions that something may be given; none: the catalog does not tell. */
function versionsOf(catalog: Catalog, name: string): string[] {
  if (name === 'host') {
    const hosts = catalog.clusters.vcluster?.hosts ?? [];
    const known = hosts.flatMap(({ kubernetes }) => (kubernetes === undefined ? [] : [kubernetes]));
    return known.length < hosts.length ? [] : [...new Set(known)].sort();
  }
  const component = own(catalog.components, name) ?? own(catalog.tools, name);
  return (component?.versions ?? [])
    .filter((entry) => entry.blocked === undefined)
    .map((entry) => plain(entry.version));
}
