/** The examples as they lie in examples/: one case for each flavour that an example has. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type KubernetesObject, readDocuments } from './documents.ts';

const flavours = ['claims', 'namespaced'] as const;
export type Flavour = (typeof flavours)[number];

export interface Example {
  /** The example's sentence and its flavour. */
  readonly name: string;
  readonly flavour: Flavour;
  readonly xr: string;
  /** What expected.yaml says; nothing where it is missing. */
  readonly expected: readonly KubernetesObject[];
  readonly observed: string | undefined;
  /** The connection secrets that observed resources have written. */
  readonly secrets: string | undefined;
  /** What the function's look-ups find. */
  readonly required: string | undefined;
  /** Only where the example has a catalog of its own. */
  readonly catalog: string | undefined;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
export const functionsFile = join(root, 'examples/functions.yaml');

export function packageFile(flavour: Flavour, file: 'composition' | 'definition'): string {
  return join(root, 'package', flavour, `${file}.yaml`);
}

export function listExamples(): Example[] {
  const folder = join(root, 'examples');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => flavours.map((flavour) => ({ name, flavour, dir: join(folder, name) })))
    .filter(({ dir, flavour }) => existsSync(join(dir, flavour, 'xr.yaml')))
    .map(({ name, flavour, dir }) => ({
      name: `${name} (${flavour})`,
      flavour,
      xr: join(dir, flavour, 'xr.yaml'),
      expected: readIfThere(join(dir, flavour, 'expected.yaml')),
      observed: ifThere(join(dir, flavour, 'observed.yaml')),
      secrets: ifThere(join(dir, flavour, 'secrets.yaml')),
      required: ifThere(join(dir, flavour, 'required.yaml')),
      catalog: ifThere(join(dir, 'catalog.yaml')),
    }));
}

function ifThere(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

function readIfThere(path: string): KubernetesObject[] {
  return existsSync(path) ? readDocuments(path) : [];
}
