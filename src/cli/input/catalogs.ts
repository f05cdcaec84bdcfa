// Catalogs in files: as themselves, in a Composition's pipeline, or in an EnvironmentConfig.
import { catalogOf } from '../../catalog/parse.ts';
import { CATALOG_API_VERSION } from '../../catalog/schema.ts';
import { at, isObject, text } from '../../json.ts';
import { type Problem, Refused } from '../../problem.ts';
import type { JsonObject } from '../../step.ts';
import { type Document, documentsOf, joined, type Position, positionText } from './documents.ts';
import { allOf, InputError } from './failure.ts';
import { filesOf, sourceOf } from './files.ts';

/** A catalog as it is written. */
export interface CatalogFile {
  /** `FILE`, or `FILE (Composition NAME)`. */
  readonly title: string;
  readonly input: JsonObject;
  position(path: string): Position;
}

/** Every catalog in the files. @throws InputError also for a file that has none */
export function catalogFilesOf(arguments_: readonly string[]): CatalogFile[] {
  return allOf(filesOf(arguments_), (name) => {
    const found = documentsOf(sourceOf(name)).flatMap((document) => catalogsIn(document, name));
    if (found.length > 0) return found;
    throw new InputError([
      `${name}: has no catalog; a document of kind Catalog, a Composition with one as the input of a step, or an EnvironmentConfig is needed`,
    ]);
  }).flat();
}

/** The one catalog in a file. */
export function catalogFileOf(argument: string): CatalogFile {
  const found = catalogFilesOf([argument]);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  throw new InputError([
    `${argument}: has ${found.length} catalogs, and one is needed: ${found.map((c) => positionText(c.position(''))).join(', ')}`,
  ]);
}

/** @throws InputError with every problem that the function would refuse */
export function validated(file: CatalogFile): CatalogFile {
  const problems = problemsOf(file);
  if (problems.length === 0) return file;
  throw new InputError(problems.map((problem) => catalogProblemText(file, problem)));
}

/** What the function's own parser says. */
export function problemsOf({ input }: CatalogFile): readonly Problem[] {
  try {
    catalogOf(input);
    return [];
  } catch (error) {
    if (error instanceof Refused) return error.problems;
    throw error;
  }
}

export function catalogProblemText(file: CatalogFile, { path, message }: Problem): string {
  return `${positionText(file.position(path))}: ${path === '' ? '' : `${path}: `}${message}`;
}

function catalogsIn(document: Document, name: string): CatalogFile[] {
  const { value } = document;
  switch (text(value, 'kind')) {
    case 'Catalog':
      return [{ title: name, input: value, position: document.position }];
    case 'Composition':
      return inComposition(document, name);
    case 'EnvironmentConfig':
      return inEnvironmentConfig(document, name);
    default:
      return [];
  }
}

function inComposition({ value, position }: Document, name: string): CatalogFile[] {
  const pipeline = at(value, 'spec', 'pipeline');
  if (!Array.isArray(pipeline)) return [];
  return pipeline.flatMap((step, i) => {
    const input = at(step, 'input');
    if (!isObject(input) || input.kind !== 'Catalog') return [];
    return [
      {
        title: `${name} (Composition ${text(value, 'metadata', 'name') ?? ''})`,
        input,
        position: (path: string) => position(joined(`spec.pipeline[${i}].input`, path)),
      },
    ];
  });
}

function inEnvironmentConfig({ value, position }: Document, name: string): CatalogFile[] {
  const { data } = value;
  if (!isObject(data)) return [];
  return [
    {
      title: `${name} (EnvironmentConfig ${text(value, 'metadata', 'name') ?? ''})`,
      // The function takes these from the step's input.
      input: { apiVersion: CATALOG_API_VERSION, kind: 'Catalog', ...data },
      position: (path) => position(joined('data', path)),
    },
  ];
}
