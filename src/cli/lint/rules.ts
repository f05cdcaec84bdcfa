// Placement rules that can never decide, and those that send people where they may not go.
import type { Catalog } from '../../catalog/parse.ts';
import { own } from '../../json.ts';
import { suggest } from '../../problem.ts';
import type { JsonObject } from '../../step.ts';
import { typesOf } from './components.ts';
import { type Reading, readingOf } from './expression.ts';
import type { LintInput, Warning } from './warning.ts';

export function lintRules({ catalog }: LintInput): Warning[] {
  const readings = catalog.compiled.rules.map(({ rule }) => readingOf(rule.when));
  return [...unknownNames(catalog, readings), ...reach(catalog, readings)];
}

function unknownNames(catalog: Catalog, readings: readonly Reading[]): Warning[] {
  const known: Readonly<Record<string, readonly string[]>> = {
    purpose: Object.keys(catalog.purposes),
    size: Object.keys(catalog.sizes),
  };
  return readings.flatMap(({ literals }, i) =>
    literals.flatMap(({ field, text }): Warning[] => {
      const names = own(known, field);
      if (names === undefined || names.includes(text)) return [];
      return [
        {
          path: `placement.rules[${i}].when`,
          message: `no ${field} ${JSON.stringify(text)}; ${suggest(text, names)}`,
        },
      ];
    }),
  );
}

/** What a rule may be asked about, as far as purposes and sizes go. */
interface Case {
  readonly purpose: string;
  readonly size: string;
}

/** Rules that read nothing but purpose and size are tried on all there are of both. */
function reach(catalog: Catalog, readings: readonly Reading[]): Warning[] {
  const cases = Object.keys(catalog.purposes).flatMap((purpose) =>
    Object.keys(catalog.sizes).map((size): Case => ({ purpose, size })),
  );
  const warnings: Warning[] = [];
  /** By case: the rule that decides it for certain. */
  const taken = new Map<Case, string>();
  catalog.compiled.rules.forEach(({ rule, compiled }, i) => {
    const fields = readings[i]?.fields ?? new Set('*');
    if ([...fields].some((field) => field !== 'purpose' && field !== 'size')) {
      // It can match, but nothing is left for it.
      if (taken.size === cases.length) warnings.push(never(i, taken));
      return;
    }
    const matched = cases.filter((each) => {
      const result = compiled.matches(inputOf(each, catalog));
      return result.ok && result.matched;
    });
    if (matched.length === 0) {
      const message = 'can never match: it is false for every purpose and size of the catalog';
      warnings.push({ path: `placement.rules[${i}].when`, message });
    } else if (matched.every((each) => taken.has(each))) {
      warnings.push(never(i, new Map(matched.map((each) => [each, taken.get(each) ?? '']))));
    } else {
      const open = matched.filter((each) => !taken.has(each));
      warnings.push(...forbidden(open, rule.use, `placement.rules[${i}].use`, catalog));
    }
    for (const each of matched) if (!taken.has(each)) taken.set(each, rule.name);
  });
  const { default: standard } = catalog.placement ?? {};
  if (standard !== undefined && taken.size === cases.length) {
    const message = 'is never used: the rules decide for every purpose and size';
    warnings.push({ path: 'placement.default', message });
  }
  return warnings;
}

function inputOf({ purpose, size }: Case, catalog: Catalog) {
  return {
    environment: { purpose, size },
    sizes: catalog.sizes as JsonObject,
    cost: own(catalog.sizes, size)?.hourlyCost ?? {},
  };
}

function never(index: number, taken: ReadonlyMap<Case, string>): Warning {
  const rules = [...new Set(taken.values())].sort();
  return {
    path: `placement.rules[${index}].when`,
    message: `can never decide: ${rules.join(' and ')} before it ${rules.length === 1 ? 'matches' : 'match'} all that it could`,
  };
}

/** Purposes that a rule sends to a cluster type that they do not allow. */
function forbidden(cases: readonly Case[], use: string, path: string, catalog: Catalog): Warning[] {
  const purposes = [...new Set(cases.map(({ purpose }) => purpose))].filter((purpose) => {
    const allowed: readonly string[] = own(catalog.purposes, purpose)?.clusters ?? typesOf(catalog);
    return !allowed.includes(use);
  });
  if (purposes.length === 0) return [];
  return [
    {
      path,
      message: `${use} is not among the clusters of purpose ${purposes.sort().join(', ')}: whoever says nothing else is refused`,
    },
  ];
}
