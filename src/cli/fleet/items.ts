// A dump in pieces → its resources as text, one by one: items of a List, or documents. Nothing is parsed here, and no
// more of the file is held than one item.
import { STDIN } from '../input/files.ts';
import { splitJson } from './split-json.ts';
import { splitYaml } from './split-yaml.ts';

/** A resource as it stands in a file. */
export interface Item {
  readonly file: string;
  /** The line that it begins on. */
  readonly line: number;
  /** Where its bytes are: in the file, to be read again when they are needed; of a pipe here. */
  readonly place: Range | { readonly text: string };
}

export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Items with their texts, which are forgotten when the caller does. */
export function* itemsIn(
  file: string,
  chunks: Iterable<Buffer>,
): Generator<{ item: Item; text: string }> {
  const iterator = chunks[Symbol.iterator]();
  const first = iterator.next();
  if (first.done === true) return;
  const all = (function* () {
    yield first.value;
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
  })();
  const isJson = /^\uFEFF?\s*\{/.test(first.value.subarray(0, 64).toString('utf8'));
  for (const { bytes, line, offset } of isJson ? splitJson(all) : splitYaml(all)) {
    const text = bytes.toString('utf8');
    const place = file === STDIN ? { text } : { offset, length: bytes.length };
    yield { item: { file, line, place }, text };
  }
}
