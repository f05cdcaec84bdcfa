// google.protobuf.Struct on the wire → plain objects, without the messages in between.
import type { Json, JsonObject } from '../../step.ts';
import {
  BYTES,
  type Cursor,
  DEEPEST,
  FIXED64,
  readBool,
  readDouble,
  readEnd,
  readKey,
  readString,
  readTag,
  skip,
  tagOf,
  tooDeep,
  VARINT,
  varint,
} from './cursor.ts';

export const ENTRY_KEY = tagOf(1, BYTES);
export const ENTRY_VALUE = tagOf(2, BYTES);
/** Struct.fields, and ListValue.values. */
export const ELEMENT = tagOf(1, BYTES);
export const NULL = tagOf(1, VARINT);
export const NUMBER = tagOf(2, FIXED64);
export const STRING = tagOf(3, BYTES);
export const BOOL = tagOf(4, VARINT);
export const STRUCT = tagOf(5, BYTES);
export const LIST = tagOf(6, BYTES);

/** The Struct that ends at `end`. */
export function readStruct(cursor: Cursor, end: number): JsonObject {
  // Whatever an error has left.
  top = 0;
  return structAt(cursor, end, 0);
}

/**
 * The Value that ends at `end`. Of several kinds the last counts; undefined: none is there.
 *
 * @param without a key that is passed over, if it is an object
 */
export function readValue(cursor: Cursor, end: number, without?: string): Json | undefined {
  top = 0;
  return valueAt(cursor, end, 0, without);
}

/** Entries of objects that are being read; those of an inner object are above those of the one around it. */
const keys: string[] = [];
const values: Json[] = [];
let top = 0;

function structAt(cursor: Cursor, end: number, depth: number, without?: string): JsonObject {
  if (depth > DEEPEST) throw tooDeep();
  const base = top;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ELEMENT) readEntry(cursor, readEnd(cursor, end), depth, without);
    else skip(cursor, end, tag);
  }
  return objectAbove(base);
}

function readEntry(cursor: Cursor, end: number, depth: number, without: string | undefined): void {
  let key = '';
  let value: Json | undefined;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ENTRY_KEY) key = readKey(cursor, end);
    else if (tag === ENTRY_VALUE && key !== without)
      value = valueAt(cursor, readEnd(cursor, end), depth);
    else skip(cursor, end, tag);
  }
  if (value === undefined || key === without) return;
  keys[top] = key;
  values[top] = value;
  top++;
}

/** More are sorted by the library, fewer faster by hand. */
const FEW = 24;

/**
 * With sorted keys: Go's maps have another order in each call, and V8 would have another hidden class for each order.
 * That is most of what an object costs. Of two with one key the last counts, so the order of equal ones stays.
 */
function objectAbove(base: number): JsonObject {
  const object: Record<string, Json> = {};
  const count = top - base;
  if (count <= FEW) {
    for (let i = base + 1; i < top; i++) moveDown(base, i);
    for (let i = base; i < top; i++) {
      put(object, keys[i] as string, values[i] as Json);
      // Nothing is kept alive.
      values[i] = null;
    }
  } else {
    const entries = Array.from(
      { length: count },
      (_, i) => [keys[base + i], values[base + i]] as [string, Json],
    );
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    for (const [key, value] of entries) put(object, key, value);
    values.fill(null, base, top);
  }
  top = base;
  return object;
}

function moveDown(base: number, from: number): void {
  const key = keys[from] as string;
  const value = values[from] as Json;
  let at = from;
  for (; at > base && (keys[at - 1] as string) > key; at--) {
    keys[at] = keys[at - 1] as string;
    values[at] = values[at - 1] as Json;
  }
  keys[at] = key;
  values[at] = value;
}

/** `__proto__` is a key like any other. */
export function put<T>(object: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') object[key] = value;
  else
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function valueAt(cursor: Cursor, end: number, depth: number, without?: string): Json | undefined {
  let value: Json | undefined;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    const read = readKind(cursor, end, tag, depth, without);
    if (read !== undefined) value = read;
  }
  return value;
}

function readKind(
  cursor: Cursor,
  end: number,
  tag: number,
  depth: number,
  without: string | undefined,
): Json | undefined {
  switch (tag) {
    case STRING:
      return readString(cursor, end);
    case STRUCT:
      return structAt(cursor, readEnd(cursor, end), depth + 1, without);
    case LIST:
      return listAt(cursor, readEnd(cursor, end), depth + 1);
    case NUMBER:
      return readDouble(cursor, end);
    case BOOL:
      return readBool(cursor, end);
    case NULL:
      varint(cursor, end);
      return null;
    default:
      skip(cursor, end, tag);
      return undefined;
  }
}

function listAt(cursor: Cursor, end: number, depth: number): Json[] {
  if (depth > DEEPEST) throw tooDeep();
  const list: Json[] = [];
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ELEMENT) list.push(valueAt(cursor, readEnd(cursor, end), depth) ?? null);
    else skip(cursor, end, tag);
  }
  return list;
}
