// All warnings of a catalog that the function accepts, in the order of the file's parts.
import { lintAccess } from './access.ts';
import { lintDates } from './dates.ts';
import { lintDefaults } from './defaults.ts';
import { lintPlaces } from './places.ts';
import { lintPurposes } from './purposes.ts';
import { lintRoutes } from './routes.ts';
import { lintRules } from './rules.ts';
import { lintSizes } from './sizes.ts';
import { lintWaivers } from './waivers.ts';
import type { LintInput, Warning } from './warning.ts';

export function lint(input: LintInput): Warning[] {
  return [
    ...lintPurposes(input),
    ...lintAccess(input),
    ...lintSizes(input),
    ...lintRules(input),
    ...lintPlaces(input),
    ...lintDefaults(input),
    ...lintRoutes(input),
    ...lintDates(input),
    ...lintWaivers(input),
  ];
}
