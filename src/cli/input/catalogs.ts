// Catalogs in files: as themselves, in a Composition's pipeline, or in an EnvironmentConfig.
import { catalogOf } from '../../catalog/parse.ts';
import { CATALOG_API_VERSION } from '../../catalog/schema.ts';
import { type CatalogFrom, catalogFrom, catalogFromOf } from '../../catalog/sources.ts';
import { at, isObject, text } from '../../json.ts';
import { type Problem, Refused } from '../../problem.ts';
import type { JsonObject } from '../../step.ts';
import { type Document, documentsOf, joined, type Position, positionText } from './documents.ts';
import { allOf, InputError } from './failure.ts';
import { filesOf, sourceOf } from './files.ts';

/** A catalog as it is written. */
export interface CatalogFile {
  readonly input: JsonObject;
  position(path: string): Position;
  /** How many characters of the path are there. */
  reach(path: string): number;
}

/**
 * Every catalog in the files. Where one says `catalogFrom`, the EnvironmentConfigs are looked up in the same files;
 * otherwise each EnvironmentConfig is a catalog of its own.
 * @throws InputError also for a file that has none
 */
export function catalogFilesOf(arguments_: readonly string[]): CatalogFile[] {
  const read = allOf(filesOf(arguments_), (name) => ({
    name,
    documents: documentsOf(sourceOf(name)),
  }));
  const configs = read.flatMap(({ documents }) =>
    documents.filter(({ value }) => value.kind === 'EnvironmentConfig'),
  );
  const written = read.map(({ name, documents }) => ({
    name,
    documents,
    found: documents.flatMap((document) => catalogsIn(document)),
  }));
  const refers = written.some(({ found }) => found.some((file) => isReferring(file.input)));
  return allOf(written, ({ name, documents, found }) => {
    const whole = found.map((file) => completed(file, configs));
    const own = refers ? [] : documents.flatMap((document) => inEnvironmentConfig(document));
    if (whole.length + own.length > 0 || documents.some(({ value }) => isPart(refers, value))) {
      return [...whole, ...own];
    }
    throw new InputError([
      `${name}: has no catalog; a document of kind Catalog, a Composition with one as the input of a step, or an EnvironmentConfig is needed`,
    ]);
  }).flat();
}

function isReferring(input: JsonObject): boolean {
  return input.catalogFrom !== undefined;
}

function isPart(refers: boolean, { kind }: JsonObject): boolean {
  return refers && kind === 'EnvironmentConfig';
}

/** With what `catalogFrom` names merged under it, as the function does. What is missing is left for it to refuse. */
function completed(file: CatalogFile, documents: readonly Document[]): CatalogFile {
  try {
    const from = catalogFromOf(file.input);
    if (from === undefined) return file;
    const configs = documents.filter(({ value }) => isMeant(value, from));
    const values = configs.map(({ value }) => value);
    const input = catalogFrom({ input: file.input, from, configs: values, context: undefined });
    if (!isObject(input)) return file;
    return { ...file, input, position: (path) => nearest(file, configs, path) };
  } catch (error) {
    if (error instanceof Refused) return file;
    throw error;
  }
}

function isMeant(config: JsonObject, { name, matchLabels }: CatalogFrom): boolean {
  if (name !== undefined) return text(config, 'metadata', 'name') === name;
  return Object.entries(matchLabels ?? {}).every(
    ([key, value]) => at(config, 'metadata', 'labels', key) === value,
  );
}

/** In the document that has most of the path. */
function nearest(file: CatalogFile, configs: readonly Document[], path: string): Position {
  const inside = joined('data', path);
  const best = configs
    .map((config) => ({ config, reach: config.reach(inside) - 'data.'.length }))
    .sort((a, b) => b.reach - a.reach)[0];
  return best === undefined || best.reach <= file.reach(path)
    ? file.position(path)
    : best.config.position(inside);
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
    const from = catalogFromOf(input);
    catalogOf(catalogFrom({ input, from, configs: [], context: undefined }));
    return [];
  } catch (error) {
    if (error instanceof Refused) return error.problems;
    throw error;
  }
}

export function catalogProblemText(file: CatalogFile, { path, message }: Problem): string {
  return `${positionText(file.position(path))}: ${path === '' ? '' : `${path}: `}${message}`;
}

function catalogsIn(document: Document): CatalogFile[] {
  const { value } = document;
  switch (text(value, 'kind')) {
    case 'Catalog':
      return [{ ...document, input: value }];
    case 'Composition':
      return inComposition(document);
    default:
      return [];
  }
}

function inComposition({ value, position, reach }: Document): CatalogFile[] {
  const pipeline = at(value, 'spec', 'pipeline');
  if (!Array.isArray(pipeline)) return [];
  return pipeline.flatMap((step, i) => {
    const input = at(step, 'input');
    if (!isObject(input) || input.kind !== 'Catalog') return [];
    return [
      {
        input,
        position: (path: string) => position(joined(`spec.pipeline[${i}].input`, path)),
        reach: (path: string) => reach(joined(`spec.pipeline[${i}].input`, path)),
      },
    ];
  });
}

function inEnvironmentConfig(document: Document): CatalogFile[] {
  const { value, position, reach } = document;
  const { data } = value;
  if (value.kind !== 'EnvironmentConfig' || !isObject(data)) return [];
  return [
    {
      // The function takes these from the step's input.
      input: { apiVersion: CATALOG_API_VERSION, kind: 'Catalog', ...data },
      position: (path) => position(joined('data', path)),
      reach: (path) => reach(joined('data', path)),
    },
  ];
}
