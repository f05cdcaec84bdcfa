// unknown → Catalog: the schema, then every reference, rule, template and date. All problems at once.
import { canonical, isObject, own } from '../json.ts';
import { type Problem, Refused, suggest } from '../problem.ts';
import { issuesOf, milliseconds } from '../schema.ts';
import { CLUSTER_TYPES } from '../spec.ts';
import { isExact, isRange, plain } from './compare.ts';
import { type CompiledRule, compileRule } from './rules.ts';
import {
  type Bundle,
  CATALOG_API_VERSION,
  type CatalogDocument,
  COMPONENTS,
  catalogSchema,
  type Rule,
  type VersionEntry,
} from './schema.ts';
import { type CompiledTemplate, compileTemplate } from './template.ts';

/** A valid catalog, compiled. */
export interface Catalog extends CatalogDocument {
  readonly compiled: {
    readonly rules: readonly { readonly rule: Rule; readonly compiled: CompiledRule }[];
    /** Values of the catalog's own tools. */
    readonly templates: ReadonlyMap<string, CompiledTemplate>;
  };
}

/** Tools that spec.tools names itself. */
export const BUILT_IN_TOOLS = ['ci', 'gitops', 'knative'] as const;
const RESERVED = [...BUILT_IN_TOOLS, ...COMPONENTS, 'host', 'cluster', 'extra'];

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
  const result = catalogSchema.safeParse(input);
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

interface Found {
  readonly path: string;
  readonly message: string;
}

function invalid(found: readonly Found[]): Refused {
  return new Refused(found.map((f): Problem => ({ reason: 'InvalidCatalog', ...f })));
}

/** Adds a problem if `name` is not one of `known`. */
function reference(
  found: Found[],
  path: string,
  what: string,
  name: string,
  known: readonly string[],
) {
  if (known.includes(name)) return;
  found.push({ path, message: `no ${what} ${JSON.stringify(name)}; ${suggest(name, known)}` });
}

function configuredTypes(catalog: CatalogDocument): string[] {
  return CLUSTER_TYPES.filter((type) => catalog.clusters[type] !== undefined);
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

function checkPurposes(catalog: CatalogDocument, found: Found[]) {
  for (const [name, purpose] of Object.entries(catalog.purposes)) {
    const path = `purposes.${name}`;
    reference(found, `${path}.size`, 'size', purpose.size, Object.keys(catalog.sizes));
    purpose.clusters?.forEach((type, i) => {
      reference(found, `${path}.clusters[${i}]`, 'cluster type', type, configuredTypes(catalog));
    });
    const { default: standard, maximum } = purpose.lifetime ?? {};
    if (
      standard !== undefined &&
      maximum !== undefined &&
      milliseconds(standard) > milliseconds(maximum)
    ) {
      found.push({
        path: `${path}.lifetime.default`,
        message: `${standard} is longer than the maximum, ${maximum}`,
      });
    }
    checkBundle(catalog, purpose.tools, `${path}.tools`, found);
  }
}

function checkBundle(
  catalog: CatalogDocument,
  bundle: Bundle | undefined,
  path: string,
  found: Found[],
) {
  const tools = Object.keys(catalog.tools ?? {});
  checkBundleVersion(
    catalog,
    'knative',
    bundle?.knative?.version,
    `${path}.knative.version`,
    found,
  );
  const seen = new Set<string>();
  bundle?.extra?.forEach((extra, i) => {
    reference(found, `${path}.extra[${i}].name`, 'tool', extra.name, tools);
    if (seen.has(extra.name))
      found.push({ path: `${path}.extra[${i}].name`, message: `${extra.name} is there twice` });
    seen.add(extra.name);
    checkBundleVersion(catalog, extra.name, extra.version, `${path}.extra[${i}].version`, found);
  });
}

function checkBundleVersion(
  catalog: CatalogDocument,
  component: string,
  version: string | undefined,
  path: string,
  found: Found[],
) {
  const entries =
    own(catalog.components, component)?.versions ?? own(catalog.tools, component)?.versions;
  if (version === undefined || entries === undefined) return;
  if (entries.some((e) => plain(e.version) === plain(version))) return;
  found.push({
    path,
    message: `no version ${version} of ${component}; ${suggest(
      version,
      entries.map((e) => e.version),
    )}`,
  });
}

function checkPlacement(catalog: CatalogDocument, found: Found[]) {
  const { rules = [], default: standard } = catalog.placement ?? {};
  const names = new Set(['default']);
  rules.forEach((rule, i) => {
    const path = `placement.rules[${i}]`;
    if (names.has(rule.name)) {
      const why =
        rule.name === 'default'
          ? 'is reserved for placement.default'
          : 'is the name of an earlier rule';
      found.push({ path: `${path}.name`, message: `"${rule.name}" ${why}` });
    }
    names.add(rule.name);
    checkUse(catalog, rule, path, found);
  });
  if (standard !== undefined) checkUse(catalog, standard, 'placement.default', found);
}

function checkUse(
  catalog: CatalogDocument,
  {
    use,
    host,
    location,
  }: { use: string; host?: string | undefined; location?: string | undefined },
  path: string,
  found: Found[],
) {
  reference(found, `${path}.use`, 'cluster type', use, configuredTypes(catalog));
  if (host !== undefined) {
    if (use === 'gke')
      found.push({ path: `${path}.host`, message: 'goes with use: vcluster only' });
    reference(found, `${path}.host`, 'host', host, hostNames(catalog));
  }
  if (location !== undefined) {
    if (use === 'vcluster')
      found.push({ path: `${path}.location`, message: 'goes with use: gke only' });
    reference(
      found,
      `${path}.location`,
      'location',
      location,
      catalog.clusters.gke?.locations ?? [],
    );
  }
}

function hostNames(catalog: CatalogDocument): string[] {
  return (catalog.clusters.vcluster?.hosts ?? []).map((host) => host.name);
}

function checkClusters(catalog: CatalogDocument, found: Found[]) {
  const { gke, vcluster } = catalog.clusters;
  if (configuredTypes(catalog).length === 0) {
    found.push({ path: 'clusters', message: 'at least one of gke and vcluster is needed' });
  }
  for (const location of Object.keys(gke?.zones ?? {})) {
    reference(found, `clusters.gke.zones.${location}`, 'location', location, gke?.locations ?? []);
  }
  if (gke?.identity?.source === 'Secret' && gke.identity.secretRef === undefined) {
    found.push({
      path: 'clusters.gke.identity.secretRef',
      message: 'is needed with source: Secret',
    });
  }
  if (gke?.identity?.source === 'InjectedIdentity' && gke.identity.secretRef !== undefined) {
    found.push({
      path: 'clusters.gke.identity.secretRef',
      message: 'goes with source: Secret only',
    });
  }
  const seen = new Set<string>();
  vcluster?.hosts.forEach((host, i) => {
    const path = `clusters.vcluster.hosts[${i}]`;
    if (seen.has(host.name))
      found.push({ path: `${path}.name`, message: `host ${host.name} is there twice` });
    seen.add(host.name);
    if (host.endpoint?.type === 'Ingress' && host.endpoint.domain === undefined) {
      found.push({ path: `${path}.endpoint.domain`, message: 'is needed with type: Ingress' });
    }
  });
  for (const [name, size] of Object.entries(catalog.sizes)) {
    const nodes = size.gke?.nodes;
    if (nodes !== undefined && nodes.minimum > nodes.maximum) {
      found.push({
        path: `sizes.${name}.gke.nodes.minimum`,
        message: `${nodes.minimum} is more than the maximum, ${nodes.maximum}`,
      });
    }
  }
  checkCi(catalog, found);
}

const ISOLATION_NEEDS = {
  'tools-cluster': 'tools',
  'virtual-cluster': 'vcluster',
  'node-pool': 'gke',
} as const;

function checkCi(catalog: CatalogDocument, found: Found[]) {
  const { ci } = catalog;
  if (ci === undefined) return;
  const needed = ISOLATION_NEEDS[ci.isolation];
  if (catalog.clusters[needed] === undefined) {
    found.push({ path: 'ci.isolation', message: `${ci.isolation} needs clusters.${needed}` });
  }
  if (ci.host !== undefined) reference(found, 'ci.host', 'host', ci.host, hostNames(catalog));
  if (ci.size !== undefined)
    reference(found, 'ci.size', 'size', ci.size, Object.keys(catalog.sizes));
}

function checkComponents(catalog: CatalogDocument, found: Found[]) {
  const known = [...COMPONENTS, ...Object.keys(catalog.tools ?? {}), 'host'];
  for (const name of COMPONENTS) {
    const component = catalog.components[name];
    if (component !== undefined)
      checkVersions(name, component.versions, `components.${name}.versions`, known, found);
  }
  for (const [name, tool] of Object.entries(catalog.tools ?? {})) {
    checkVersions(name, tool.versions, `tools.${name}.versions`, known, found);
  }
}

function checkVersions(
  component: string,
  entries: readonly VersionEntry[],
  path: string,
  known: readonly string[],
  found: Found[],
) {
  entries.forEach((entry, i) => {
    const here = `${path}[${i}]`;
    checkEntry(component, entry, here, known, found);
    const same = entries.slice(0, i).filter((other) => overlap(entry, other));
    if (same.some((other) => plain(other.version) === plain(entry.version))) {
      found.push({ path: `${here}.version`, message: `${entry.version} is there twice` });
    }
    if (entry.default === true && same.some((other) => other.default === true)) {
      found.push({ path: `${here}.default`, message: 'an earlier version is the default already' });
    }
  });
}

/** One entry for all cluster types and one for gke only may stand side by side: the special one wins. */
function overlap(a: VersionEntry, b: VersionEntry): boolean {
  if (a.clusters === undefined || b.clusters === undefined) return a.clusters === b.clusters;
  return a.clusters.some((type) => b.clusters?.includes(type));
}

function checkEntry(
  component: string,
  entry: VersionEntry,
  path: string,
  known: readonly string[],
  found: Found[],
) {
  const days = (['supported', 'deprecated', 'expires'] as const).filter(
    (key) => entry[key] !== undefined,
  );
  days.slice(1).forEach((key, i) => {
    const before = days[i] ?? 'supported';
    if (Date.parse(entry[key] ?? '') < Date.parse(entry[before] ?? '')) {
      found.push({
        path: `${path}.${key}`,
        message: `${entry[key]} is before ${before}, ${entry[before]}`,
      });
    }
  });
  for (const [name, range] of Object.entries(entry.requires ?? {})) {
    reference(found, `${path}.requires.${name}`, 'component or tool', name, known);
    if (!isRange(range)) {
      found.push({
        path: `${path}.requires.${name}`,
        message: `${JSON.stringify(range)} is not a version range; write it like ">=1.30 <1.37"`,
      });
    }
  }
  if (component === 'kubernetes') return;
  if (entry.image !== undefined)
    found.push({ path: `${path}.image`, message: 'goes with kubernetes only' });
  if (entry.chart === undefined && !isExact(entry.version)) {
    found.push({
      path: `${path}.chart`,
      message: `${entry.version} means any patch, so chart must name the chart's exact version`,
    });
  }
}

function checkTools(catalog: CatalogDocument, found: Found[]) {
  const tools = catalog.tools ?? {};
  const known = [...Object.keys(tools), ...BUILT_IN_TOOLS];
  for (const [name, tool] of Object.entries(tools)) {
    if (RESERVED.includes(name)) {
      found.push({
        path: `tools.${name}`,
        message: `"${name}" is the name of a built-in tool or component; choose another`,
      });
    }
    tool.after?.forEach((other, i) => {
      reference(found, `tools.${name}.after[${i}]`, 'tool', other, known);
    });
    const cycle = cycleFrom(name, (tool) => own(tools, tool)?.after ?? []);
    if (cycle !== undefined) {
      found.push({
        path: `tools.${name}.after`,
        message: `goes round in a circle: ${cycle.join(' → ')}`,
      });
    }
  }
}

/** The circle through `start`, or undefined. Every name is visited once, so long chains are cheap. */
function cycleFrom(
  start: string,
  after: (name: string) => readonly string[],
): string[] | undefined {
  const visited = new Set<string>();
  const open: string[][] = [[start]];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const next of after(path[path.length - 1] ?? start)) {
      if (next === start) return [...path, start];
      if (visited.has(next)) continue;
      visited.add(next);
      open.push([...path, next]);
    }
  }
  return undefined;
}

function checkWaivers(catalog: CatalogDocument, found: Found[]) {
  const known = [...COMPONENTS, ...Object.keys(catalog.tools ?? {})];
  catalog.waivers?.forEach((waiver, i) => {
    reference(found, `waivers[${i}].component`, 'component or tool', waiver.component, known);
  });
}
