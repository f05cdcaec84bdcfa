// Waivers that waive nothing, or nothing any more, or soon nothing.
import { plain } from '../../catalog/compare.ts';
import { stateOf } from '../../catalog/lifecycle.ts';
import { versionedIn } from './components.ts';
import { daysUntil, inDays } from './dates.ts';
import type { LintInput, Warning } from './warning.ts';

export function lintWaivers({ catalog, now, days }: LintInput): Warning[] {
  const components = new Map(versionedIn(catalog).map((component) => [component.name, component]));
  return (catalog.waivers ?? []).flatMap(({ component, version, expires }, i): Warning[] => {
    const left = daysUntil(expires, now);
    const path = `waivers[${i}]`;
    if (left <= 0) {
      return [{ path: `${path}.expires`, message: `is over since ${expires}: take it out` }];
    }
    const entries = (components.get(component)?.versions ?? []).filter(
      (entry) => plain(entry.version) === plain(version),
    );
    const ending: Warning[] =
      left > days
        ? []
        : [{ path: `${path}.expires`, message: `ends in ${inDays(left)}, on ${expires}` }];
    if (entries.length === 0) {
      const message = `${component} has no version ${version}: only what runs it already is waived`;
      return [{ path: `${path}.version`, message }, ...ending];
    }
    const isNeeded = entries.some(
      (entry) =>
        stateOf(entry, now).state !== 'supported' ||
        stateOf(entry, new Date(Date.parse(expires) - 1)).state !== 'supported',
    );
    if (isNeeded) return ending;
    const message = `waives nothing: ${component} ${version} is supported as long as the waiver lasts`;
    return [{ path: `${path}.version`, message }, ...ending];
  });
}
