// YAML or JSON text → documents that know where in the file each of their values stands.
import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { isObject } from '../../json.ts';
import type { JsonObject } from '../../step.ts';
import { InputError } from './failure.ts';
import type { Source } from './files.ts';

export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Document {
  readonly value: JsonObject;
  /** Where the value at a path such as `placement.rules[1].use` stands; the nearest that is there, if it is not. */
  position(path: string): Position;
  /** How many characters of the path are there. */
  reach(path: string): number;
}

/**
 * All documents that hold something; the items of a List are documents of their own.
 * @throws InputError with every syntax error
 */
export function documentsOf({ name, text }: Source): Document[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line, column: col };
  };
  const problems = documents.flatMap((document) =>
    document.errors.map((error) => `${positionText(place(error.pos[0]))}: ${error.message}`),
  );
  if (problems.length > 0) throw new InputError(problems);
  return documents.flatMap((document) => {
    const value: unknown = document.toJS();
    if (value === null || value === undefined) return [];
    const root = document.contents;
    if (!isObject(value) || root === null) {
      const start = positionText(place(document.range[0]));
      throw new InputError([`${start}: is no Kubernetes manifest: a map is needed`]);
    }
    return itemsOf(value, '').map(({ item, path }): Document => {
      return {
        value: item,
        position: (inner) => place(walk(root, joined(path, inner)).offset),
        reach: (inner) => inner.length - walk(root, joined(path, inner)).rest.length,
      };
    });
  });
}

function itemsOf(value: JsonObject, path: string): { item: JsonObject; path: string }[] {
  const { items, kind } = value;
  if (!Array.isArray(items) || typeof kind !== 'string' || !kind.endsWith('List'))
    return [{ item: value, path }];
  return items.flatMap((item, i) => (isObject(item) ? [{ item, path: `items[${i}]` }] : []));
}

export function joined(left: string, right: string): string {
  if (left === '' || right === '') return left + right;
  return right.startsWith('[') ? left + right : `${left}.${right}`;
}

export function positionText({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

/** Down the path as far as it goes. Of a pair in a map it is the key's place, of an element of a list its own. */
function walk(root: Node, path: string): { offset: number; rest: string } {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  let rest = path;
  while (rest !== '') {
    const step = isMap(node) ? intoMap(node.items, rest) : intoList(node, rest);
    if (step === undefined) break;
    offset = step.offset ?? offset;
    node = step.node;
    rest = step.rest;
  }
  return { offset, rest };
}

interface StepDown {
  readonly node: unknown;
  readonly offset: number | undefined;
  readonly rest: string;
}

/** The longest key that the path begins with: keys may hold dots themselves. */
function intoMap(
  pairs: readonly { key: unknown; value: unknown }[],
  path: string,
): StepDown | undefined {
  const [best] = pairs
    .flatMap((pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const rest = path.slice(key.length);
      return key !== '' && path.startsWith(key) && /^($|[.[])/.test(rest)
        ? [{ pair, key, rest }]
        : [];
    })
    .sort((a, b) => b.key.length - a.key.length);
  if (best === undefined) return undefined;
  const { pair, rest } = best;
  return { node: pair.value, offset: startOf(pair.key), rest: rest.replace(/^\./, '') };
}

function intoList(node: unknown, path: string): StepDown | undefined {
  const [whole = '', index = ''] = /^\[(\d+)\]\.?/.exec(path) ?? [];
  if (!isSeq(node) || whole === '') return undefined;
  const item: unknown = node.items[Number(index)];
  if (item === undefined) return undefined;
  return { node: item, offset: startOf(item), rest: path.slice(whole.length) };
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly [number, number, number] | null } | null)?.range?.[0];
}
