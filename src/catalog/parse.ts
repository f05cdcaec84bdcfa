// unknown → Catalog: the schema, then every reference, rule, template and date. All problems at once.
import type { ZodError } from 'zod';
import { canonical, isObject, own } from '../json.ts';
import { type Problem, Refused } from '../problem.ts';
import { issuesOf, PARSE } from '../schema.ts';
import type { JsonObject } from '../step.ts';
import { checkClusters, checkPlacement, checkPurposes } from './check-references.ts';
import { checkComponents, checkTools, checkWaivers } from './check-versions.ts';
import { momentsIn } from './dates.ts';
import { configuredTypes, type Found } from './found.ts';
import { type CompiledRule, compileRule } from './rules.ts';
import { CATALOG_API_VERSION, type CatalogDocument, catalogSchema, type Rule } from './schema.ts';
import { mended, VARIANTS } from './stand-ins.ts';
import { type CompiledTemplate, compileTemplate } from './template.ts';

/** A valid catalog, compiled. */
export interface Catalog extends CatalogDocument {
  readonly compiled: {
    readonly rules: readonly { readonly rule: Rule; readonly compiled: CompiledRule }[];
    /** Values of the catalog's own tools. */
    readonly templates: ReadonlyMap<string, CompiledTemplate>;
    /** Moments at which it may mean something else, sorted. */
    readonly moments: readonly number[];
  };
}

/** Catalogs by content; a control plane has a few (one a Composition, and a canary). */
const cache = new Map<string, Catalog | Refused>();
const CACHED = 16;
const lookUps = { hits: 0, misses: 0 };

/** How often a catalog was known already, since the process began: for the metrics. */
export function catalogLookUps(): { readonly hits: number; readonly misses: number } {
  return lookUps;
}

/** The same object again need not be compared: the server hands over one for each content. */
const seen = new WeakMap<object, Catalog | Refused>();

/**
 * The catalog that the pipeline step's input holds.
 * @throws Refused with reason InvalidCatalog and every problem
 */
export function catalogOf(input: unknown): Catalog {
  const before = isObject(input) ? seen.get(input) : undefined;
  const known = before ?? byContent(input);
  if (before !== undefined) lookUps.hits++;
  else if (isObject(input)) seen.set(input, known);
  if (known instanceof Refused) throw known;
  return known;
}

function byContent(input: unknown): Catalog | Refused {
  const key = canonical(input);
  const cached = cache.get(key);
  lookUps[cached === undefined ? 'misses' : 'hits']++;
  const known = cached ?? parse(input);
  cache.delete(key);
  cache.set(key, known);
  for (const oldest of cache.keys()) {
    if (cache.size <= CACHED) break;
    cache.delete(oldest);
  }
  return known;
}

function parse(input: unknown): Catalog | Refused {
  if (!isObject(input) || Object.keys(input).length === 0) {
    return invalid([
      {
        path: 'input',
        message: `the pipeline step has no catalog; write one: apiVersion: ${CATALOG_API_VERSION}, kind: Catalog`,
      },
    ]);
  }
  const result = catalogSchema.safeParse(input, PARSE);
  if (!result.success)
    return invalid([...issuesOf(result.error), ...foundBeside(input, result.error)]);
  const { found, catalog } = checked(result.data);
  return found.length > 0 ? invalid(found) : catalog;
}

/** What is wrong beside what the schema refuses: every problem at once. */
function foundBeside(input: JsonObject, error: ZodError): Found[] {
  const [one, other] = VARIANTS.map((variant) => {
    const whole = mended(input, error, variant);
    if (whole === undefined) return [];
    const isOurs = ({ path, message }: Found) =>
      whole.standIns.some(
        // A size that nobody wrote has no price.
        (ours) =>
          path.startsWith(ours) || (ours.startsWith('sizes') && message.includes('hourlyCost')),
      );
    return checked(whole.document).found.filter((found) => !isOurs(found));
  });
  const key = ({ path, message }: Found) => `${path}: ${message}`;
  const both = new Set(other?.map(key));
  return (one ?? []).filter((found) => both.has(key(found)));
}

function checked(catalog: CatalogDocument): { found: Found[]; catalog: Catalog } {
  const found: Found[] = [];
  const compiled = {
    rules: compileRules(catalog, found),
    templates: compileTemplates(catalog, found),
    moments: momentsIn(catalog),
  };
  checkPurposes(catalog, found);
  checkPlacement(catalog, found);
  checkClusters(catalog, found);
  checkComponents(catalog, found);
  checkTools(catalog, found);
  checkWaivers(catalog, found);
  return { found, catalog: { ...catalog, compiled } };
}

function invalid(found: readonly Found[]): Refused {
  return new Refused(found.map((f): Problem => ({ reason: 'InvalidCatalog', ...f })));
}

function compileRules(catalog: CatalogDocument, found: Found[]): Catalog['compiled']['rules'] {
  const sizes = Object.entries(catalog.sizes);
  return (catalog.placement?.rules ?? []).flatMap((rule, i) => {
    const path = `placement.rules[${i}].when`;
    const result = compileRule(rule.when);
    if (!result.ok) {
      found.push({ path, message: result.message });
      return [];
    }
    const unpriced = sizes
      .filter(([, size]) =>
        configuredTypes(catalog).some((t) => own(size.hourlyCost, t) === undefined),
      )
      .map(([name]) => name)
      .sort();
    if (result.rule.usesCost && unpriced.length > 0) {
      found.push({
        path,
        message: `uses cost, so every size needs hourlyCost for ${configuredTypes(catalog).join(' and ')}; missing in sizes: ${unpriced.join(', ')}`,
      });
    }
    return [{ rule, compiled: result.rule }];
  });
}

function compileTemplates(
  catalog: CatalogDocument,
  found: Found[],
): ReadonlyMap<string, CompiledTemplate> {
  const templates = new Map<string, CompiledTemplate>();
  for (const [name, tool] of Object.entries(catalog.tools ?? {})) {
    const result = compileTemplate(tool.values ?? {});
    if (result.ok) {
      templates.set(name, result.template);
      continue;
    }
    for (const problem of result.problems) {
      found.push({ path: joined(`tools.${name}.values`, problem.path), message: problem.message });
    }
  }
  return templates;
}

function joined(left: string, right: string): string {
  if (right === '') return left;
  return right.startsWith('[') ? left + right : `${left}.${right}`;
}
