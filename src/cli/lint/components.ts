// Everything in a catalog that has versions, with the path of its entries.
import { configuredTypes } from '../../catalog/found.ts';
import type { Catalog } from '../../catalog/parse.ts';
import type { VersionEntry } from '../../catalog/schema.ts';
import { CLUSTER_TYPES, type ClusterType } from '../../spec.ts';

export interface Versioned {
  readonly name: string;
  readonly path: string;
  readonly versions: readonly VersionEntry[];
}

export function versionedIn(catalog: Catalog): Versioned[] {
  const components = Object.entries(catalog.components).flatMap(([name, component]) =>
    component === undefined ? [] : [{ name, path: `components.${name}`, component }],
  );
  const tools = Object.entries(catalog.tools ?? {}).map(([name, component]) => ({
    name,
    path: `tools.${name}`,
    component,
  }));
  return [...components, ...tools].map(({ name, path, component: { versions } }) => ({
    name,
    path: `${path}.versions`,
    versions,
  }));
}

export function typesOf(catalog: Catalog): ClusterType[] {
  const configured = configuredTypes(catalog);
  return CLUSTER_TYPES.filter((type) => configured.includes(type));
}
