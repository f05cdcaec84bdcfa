/** The Composition that an example runs through: the package's, or that one with another catalog. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KubernetesObject, printDocuments, readDocument } from './documents.ts';
import { type Example, packageFile } from './examples.ts';

interface Composition extends KubernetesObject {
  readonly spec: { readonly pipeline: readonly Step[] };
}

interface Step {
  readonly input?: KubernetesObject;
}

/** The path of the Composition. One with the example's own catalog is written into `folder`. */
export async function compositionFor(
  { flavour, catalog }: Pick<Example, 'flavour' | 'catalog'>,
  folder: string,
): Promise<string> {
  const path = packageFile(flavour, 'composition');
  if (catalog === undefined) return path;

  const composition = readDocument(path) as Composition;
  const own = join(await mkdtemp(join(folder, 'composition-')), 'composition.yaml');
  await writeFile(own, printDocuments([withCatalog(composition, readDocument(catalog))]));
  return own;
}

function withCatalog(composition: Composition, catalog: KubernetesObject): Composition {
  const { pipeline } = composition.spec;
  const takesCatalog = ({ input }: Step) => input?.kind === 'Catalog';
  if (!pipeline.some(takesCatalog)) throw new Error('no step of the Composition has a Catalog');
  const replaced = pipeline.map((step) =>
    takesCatalog(step) ? { ...step, input: catalog } : step,
  );
  return { ...composition, spec: { ...composition.spec, pipeline: replaced } };
}
