// Checks the versions of components and tools, their dates and requirements, the order of tools, and waivers.
import { own } from '../json.ts';
import { BUILT_IN_TOOLS } from '../spec.ts';
import { compilerOf } from './cel.ts';
import { isExact, isRange, plain } from './compare.ts';
import { type Found, reference } from './found.ts';
import { type CatalogDocument, type CatalogTool, COMPONENTS, type VersionEntry } from './schema.ts';

const RESERVED = [...BUILT_IN_TOOLS, ...COMPONENTS, 'host', 'cluster', 'extra'];

/** Installed without a chart of their own: their versions have images. */
const CHARTLESS = ['kubernetes', 'jenkins'] as const;

export function checkComponents(catalog: CatalogDocument, found: Found[]) {
  for (const name of CHARTLESS) {
    if (catalog.components[name]?.chart === undefined) continue;
    found.push({ path: `components.${name}.chart`, message: `${name} is no chart; leave it out` });
  }
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
  if (CHARTLESS.some((name) => name === component)) {
    for (const key of ['chart', 'digest'] as const) {
      if (entry[key] === undefined) continue;
      found.push({
        path: `${path}.${key}`,
        message: `goes with charts only; ${component} has image`,
      });
    }
    return;
  }
  if (entry.image !== undefined)
    found.push({ path: `${path}.image`, message: `goes with ${CHARTLESS.join(' and ')} only` });
  if (entry.chart === undefined && !isExact(entry.version)) {
    found.push({
      path: `${path}.chart`,
      message: `${entry.version} means any patch, so chart must name the chart's exact version`,
    });
  }
}

export function checkTools(catalog: CatalogDocument, found: Found[]) {
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
    checkTool(name, tool, tools, found);
    const cycle = cycleFrom(name, (tool) => own(tools, tool)?.after ?? []);
    if (cycle !== undefined) {
      found.push({
        path: `tools.${name}.after`,
        message: `goes round in a circle: ${cycle.join(' → ')}`,
      });
    }
  }
}

const compileReady = compilerOf({ object: 'dyn' });

function checkTool(
  name: string,
  { valuesFrom = [], namespaceLabels, namespace, ready }: CatalogTool,
  tools: NonNullable<CatalogDocument['tools']>,
  found: Found[],
) {
  valuesFrom.forEach((from, i) => {
    if (Object.values(from).filter((ref) => ref !== undefined).length === 1) return;
    found.push({
      path: `tools.${name}.valuesFrom[${i}]`,
      message: 'write one of secretKeyRef and configMapKeyRef',
    });
  });
  const neighbours = Object.keys(tools)
    .filter((other) => other !== name && tools[other]?.namespace === namespace)
    .sort();
  if (namespaceLabels !== undefined && (neighbours.length > 0 || isSystem(namespace))) {
    const whose = neighbours.length > 0 ? `of ${neighbours.join(', ')} too` : "the cluster's own";
    found.push({
      path: `tools.${name}.namespaceLabels`,
      message: `makes and deletes namespace ${namespace}, which is ${whose}; give the tool a namespace of its own`,
    });
  }
  if (ready === undefined) return;
  const path = `tools.${name}.ready.when`;
  const result = compileReady(ready.when);
  if (!result.ok) found.push({ path, message: result.message });
  else if (!['bool', 'dyn'].includes(result.expression.type))
    found.push({ path, message: `gives ${result.expression.type}; it must give true or false` });
}

function isSystem(namespace: string): boolean {
  return (
    namespace === 'default' || namespace.startsWith('kube-') || namespace.startsWith('knative-')
  );
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

export function checkWaivers(catalog: CatalogDocument, found: Found[]) {
  const known = [...COMPONENTS, ...Object.keys(catalog.tools ?? {})];
  catalog.waivers?.forEach((waiver, i) => {
    reference(found, `waivers[${i}].component`, 'component or tool', waiver.component, known);
  });
}
