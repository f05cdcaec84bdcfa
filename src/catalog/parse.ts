// unknown → Catalog: the schema, then every reference, rule, template and date. All problems at once.
import type { ZodError } from 'zod';
import { at, canonical, isObject, own } from '../json.ts';
import { type Problem, Refused } from '../problem.ts';
import { issuesOf, PARSE } from '../schema.ts';
import type { JsonObject } from '../step.ts';
import { checkClusters, checkPlacement, checkPurposes } from './check-references.ts';
import { checkComponents, checkTools, checkWaivers } from './check-versions.ts';
import { momentsIn } from './dates.ts';
import { configuredTypes, type Found } from './found.ts';
import { type CompiledRule, compileRule } from './rules.ts';
import { CATALOG_API_VERSION, type CatalogDocument, catalogSchema, type Rule } from './schema.ts';
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
  if (result.success) return checked(result.data, []);
  // What the schema refuses is cut out, so that the rest is checked too: every problem at once.
  const rest = catalogSchema.safeParse(without(input, result.error));
  const found = issuesOf(result.error);
  return rest.success ? checked(rest.data, found) : invalid(found);
}

/** @param found what the schema said already */
function checked(catalog: CatalogDocument, found: Found[]): Catalog | Refused {
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
  return found.length > 0 ? invalid(found) : { ...catalog, compiled };
}

/** A copy without the keys that zod complains about. Elements of lists stay: paths must not shift. */
function without(input: JsonObject, error: ZodError): unknown {
  const copy: unknown = structuredClone(input);
  for (const issue of error.issues) {
    const path = issue.code === 'unrecognized_keys' ? issue.path : issue.path.slice(0, -1);
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : issue.path.slice(-1);
    const place = at(copy, ...path.map((key) => (typeof key === 'number' ? key : String(key))));
    if (!isObject(place)) continue;
    for (const key of keys) Reflect.deleteProperty(place, key);
  }
  return copy;
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
