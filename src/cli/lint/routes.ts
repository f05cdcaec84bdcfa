// Gaps that an upgrade cannot cross: these components go one minor version at a time.
import semver from 'semver';
import { minorOf } from '../../catalog/compare.ts';
import { entriesFor } from '../../catalog/lifecycle.ts';
import { typesOf } from './components.ts';
import type { LintInput, Warning } from './warning.ts';

const BY_MINOR = ['kubernetes', 'vcluster', 'knative'] as const;

export function lintRoutes({ catalog }: LintInput): Warning[] {
  return BY_MINOR.flatMap((name) => {
    const component = catalog.components[name];
    if (component === undefined) return [];
    const found = typesOf(catalog).flatMap((type) => {
      const entries = entriesFor(component, type).filter((entry) => entry.blocked === undefined);
      const minors = [...new Set(entries.map((entry) => minorOf(entry.version)))].sort((a, b) =>
        semver.compare(`${a}.0`, `${b}.0`),
      );
      return gapsIn(minors).map(({ from, to, missing }) => {
        const index = component.versions.findIndex(
          (entry) => entries.includes(entry) && minorOf(entry.version) === to,
        );
        return {
          path: `components.${name}.versions[${index}].version`,
          message: `nothing leads from ${name} ${from} to ${to}: it goes one minor version at a time, and ${missing} is missing or blocked`,
        };
      });
    });
    return distinct(found);
  });
}

function gapsIn(minors: readonly string[]): { from: string; to: string; missing: string }[] {
  return minors.slice(1).flatMap((to, i) => {
    const from = minors[i] ?? to;
    const [major, minor] = from.split('.').map(Number);
    const [nextMajor, nextMinor] = to.split('.').map(Number);
    if (major !== nextMajor || (nextMinor ?? 0) - (minor ?? 0) < 2) return [];
    const first = `${major}.${(minor ?? 0) + 1}`;
    const last = `${major}.${(nextMinor ?? 0) - 1}`;
    return [{ from, to, missing: first === last ? first : `${first} to ${last}` }];
  });
}

/** Both cluster types have the same gap in most catalogs. */
function distinct(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map((w) => [`${w.path} ${w.message}`, w])).values()];
}
