/** The project's small GCP CRDs say nothing that the provider's whole ones do not say. */
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { gcpCrdFolders, gcpCrds } from './crds.ts';
import { type KubernetesObject, readDocument } from './documents.ts';

interface Definition extends KubernetesObject {
  readonly spec: { readonly versions: readonly Version[] };
}

interface Version {
  readonly name: string;
  readonly schema: {
    readonly openAPIV3Schema: { readonly properties: { readonly spec: unknown } };
  };
}

const { small, real } = gcpCrdFolders();
const files = gcpCrds(small).map((path) => basename(path));

test('there is a small CRD for each GCP kind of each flavour', () => {
  expect(files).toEqual([
    'container.gcp.m.upbound.io_clusters.yaml',
    'container.gcp.m.upbound.io_nodepools.yaml',
    'container.gcp.upbound.io_clusters.yaml',
    'container.gcp.upbound.io_nodepools.yaml',
  ]);
});

// Without the whole ones there is nothing to compare with.
if (real !== undefined) {
  test.each(files)('%s is a subset of the real one', (file) => {
    expect(differences(comparable(join(small, file)), comparable(join(real, file)))).toEqual([]);
  });
}

/** Everything but the status, which the small ones leave open, and the schema of metadata. */
function comparable(path: string): unknown {
  const { versions, ...rest } = (readDocument(path) as Definition).spec;
  return {
    ...rest,
    versions: Object.fromEntries(
      versions.map(({ name, schema }) => [name, schema.openAPIV3Schema.properties.spec]),
    ),
  };
}

/** What `part` says that `whole` does not say, or says differently; one line each. */
function differences(part: unknown, whole: unknown, path = ''): string[] {
  if (isObject(part) && isObject(whole)) {
    return Object.entries(part).flatMap(([key, value]) =>
      differences(value, whole[key], `${path}.${key}`),
    );
  }
  if (isDeepStrictEqual(part, whole)) return [];
  return [`${path} is ${JSON.stringify(part)}, really ${JSON.stringify(whole)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
