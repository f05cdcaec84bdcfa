// unknown → Catalog: the schema, then every reference, rule, template and date. All problems at once.
import { canonical, isObject, own } from '../json.ts';
import { type Problem, Refused } from '../problem.ts';
import { issuesOf, PARSE } from '../schema.ts';
import { checkClusters, checkPlacement, checkPurposes } from './check-references.ts';
import { checkComponents, checkTools, checkWaivers } from './check-versions.ts';
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
  };
}

/** Catalogs by content; a control plane has a few (one a Composition, and a canary). */
const cache = new Map<string, Catalog | Refused>();
const CACHED = 16;

/**
 * The catalog that the pipeline step's input holds.
 * @throws Refused with reason InvalidCatalog and every problem
 */
export function catalogOf(input: unknown): Catalog {
  const key = canonical(input);
  const known = cache.get(key) ?? parse(input);
  cache.delete(key);
  cache.set(key, known);
  for (const oldest of cache.keys()) {
    if (cache.size <= CACHED) break;
    cache.delete(oldest);
  }
  if (known instanceof Refused) throw known;
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
  if (!result.success) return invalid(issuesOf(result.error));
  const catalog = result.data;
  const found: Found[] = [];
  const compiled = {
    rules: compileRules(catalog, found),
    templates: compileTemplates(catalog, found),
  };
  checkPurposes(catalog, found);
  checkPlacement(catalog, found);
  checkClusters(catalog, found);
  checkComponents(catalog, found);
  checkTools(catalog, found);
  checkWaivers(catalog, found);
  return found.length > 0 ? invalid(found) : { ...catalog, compiled };
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
