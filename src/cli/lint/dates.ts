// Days on which versions change their state soon.
import type { VersionEntry } from '../../catalog/schema.ts';
import { versionedIn } from './components.ts';
import type { LintInput, Warning } from './warning.ts';

const DAY = 86_400_000;
const SAID = {
  supported: 'becomes supported',
  deprecated: 'becomes deprecated',
  expires: 'expires',
} as const;

export function lintDates({ catalog, now, days }: LintInput): Warning[] {
  return versionedIn(catalog).flatMap(({ name, path, versions }) =>
    versions.flatMap((entry, i) => datesSoon(name, entry, `${path}[${i}]`, now, days)),
  );
}

function datesSoon(
  name: string,
  entry: VersionEntry,
  path: string,
  now: Date,
  days: number,
): Warning[] {
  return (['supported', 'deprecated', 'expires'] as const).flatMap((key) => {
    const date = entry[key];
    const left = date === undefined ? undefined : daysUntil(date, now);
    if (left === undefined || left <= 0 || left > days) return [];
    return [
      {
        path: `${path}.${key}`,
        message: `${name} ${entry.version} ${SAID[key]} in ${inDays(left)}, on ${date}`,
      },
    ];
  });
}

/** Begun days. */
export function daysUntil(date: string, now: Date): number {
  return Math.ceil((Date.parse(date) - now.getTime()) / DAY);
}

export function inDays(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
