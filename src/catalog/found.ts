// A problem found in a catalog, and the commonest of them: a reference to something that is not there.
import { suggest } from '../problem.ts';
import { CLUSTER_TYPES } from '../spec.ts';
import type { CatalogDocument } from './schema.ts';

export interface Found {
  readonly path: string;
  readonly message: string;
}

/** Adds a problem if `name` is not one of `known`. */
export function reference(
  found: Found[],
  path: string,
  what: string,
  name: string,
  known: readonly string[],
) {
  if (known.includes(name)) return;
  found.push({ path, message: `no ${what} ${JSON.stringify(name)}; ${suggest(name, known)}` });
}

export function configuredTypes(catalog: CatalogDocument): string[] {
  return CLUSTER_TYPES.filter((type) => catalog.clusters[type] !== undefined);
}
