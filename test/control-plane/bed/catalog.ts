/** The example catalog for a bed: charts from the loopback, and dates that stand to today as they stood to its own day. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { at, isObject } from '../../../src/json.ts';
import type { Json, JsonObject } from '../../../src/step.ts';

/** The day as of which examples/catalog.yaml is written. */
const WRITTEN = Date.parse('2026-11-22');
const DAY_MS = 86_400_000;

/** Charts of the components that environments of a bed may ask for; those of others are left where they are. */
const COMPONENT_CHARTS: Readonly<Record<string, readonly string[]>> = {
  vcluster: ['vcluster'],
  knative: ['knative-operator'],
  'github-runners': ['gha-runner-scale-set', 'gha-runner-scale-set-controller'],
};

/** @param charts address of the chart repository */
export function bedCatalog(charts: string, now: Date): JsonObject {
  const example = new URL('../../../examples/catalog.yaml', import.meta.url);
  const days = Math.floor((now.getTime() - WRITTEN) / DAY_MS);
  const catalog = shifted(parse(readFileSync(example, 'utf8')) as Json, days) as JsonObject;
  const components = mapped(catalog.components, (component, name) =>
    name in COMPONENT_CHARTS ? { ...component, chart: { repository: charts } } : component,
  );
  const tools = mapped(catalog.tools, (tool) => ({
    ...tool,
    chart: { ...(tool.chart as JsonObject), repository: charts },
  }));
  return { ...catalog, components, tools };
}

export interface ChartVersion {
  readonly name: string;
  readonly version: string;
}

/** Every chart that an environment of this catalog may ask for. */
export function chartsOf(catalog: JsonObject): ChartVersion[] {
  const all = (names: readonly string[], from: Json | undefined) =>
    names.flatMap((name) => versionsOf(from).map((version) => ({ name, version })));
  return [
    ...Object.entries(COMPONENT_CHARTS).flatMap(([component, names]) =>
      all(names, at(catalog, 'components', component)),
    ),
    ...Object.entries(catalog.tools ?? {}).flatMap(([name, tool]) => all([name], tool)),
  ];
}

/** Provider configs of the hosts of virtual clusters. */
export function hostNames(catalog: JsonObject): string[] {
  const hosts = at(catalog, 'clusters', 'vcluster', 'hosts');
  const all = Array.isArray(hosts) ? hosts : [];
  return all.map((host) => String(at(host, 'providerConfig', 'name') ?? at(host, 'name')));
}

function versionsOf(declared: Json | undefined): string[] {
  const versions = at(declared, 'versions');
  if (!Array.isArray(versions)) return [];
  return versions.map((entry) => String(at(entry, 'chart') ?? at(entry, 'version')));
}

function mapped(
  value: Json | undefined,
  change: (item: JsonObject, name: string) => JsonObject,
): JsonObject {
  const entries = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.map(([name, item]) => [name, isObject(item) ? change(item, name) : item]),
  );
}

function shifted(value: Json, days: number): Json {
  if (Array.isArray(value)) return value.map((item) => shifted(item, days));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, shifted(item ?? null, days)]),
    );
  }
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(value)) return value;
  return new Date(Date.parse(value) + days * DAY_MS).toISOString().slice(0, 10);
}
