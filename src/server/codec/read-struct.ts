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

/**
 * The Struct that ends at `end`.
 *
 * @param without a key of it that is passed over
 */
export function readStruct(cursor: Cursor, end: number, depth = 0, without?: string): JsonObject {
  if (depth > DEEPEST) throw tooDeep();
  const object: Record<string, Json> = {};
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ELEMENT) readEntry(cursor, readEnd(cursor, end), object, depth, without);
    else skip(cursor, end, tag);
  }
  return object;
}

function readEntry(
  cursor: Cursor,
  end: number,
  object: Record<string, Json>,
  depth: number,
  without: string | undefined,
): void {
  let key = '';
  let value: Json | undefined;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ENTRY_KEY) key = readKey(cursor, end);
    else if (tag === ENTRY_VALUE && key !== without)
      value = readValue(cursor, readEnd(cursor, end), depth);
    else skip(cursor, end, tag);
  }
  if (value !== undefined && key !== without) put(object, key, value);
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

/**
 * Of several kinds the last counts; undefined: none is there.
 *
 * @param without a key that is passed over, if it is an object
 */
export function readValue(
  cursor: Cursor,
  end: number,
  depth: number,
  without?: string,
): Json | undefined {
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
      return readStruct(cursor, readEnd(cursor, end), depth + 1, without);
    case LIST:
      return readList(cursor, readEnd(cursor, end), depth + 1);
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

function readList(cursor: Cursor, end: number, depth: number): Json[] {
  if (depth > DEEPEST) throw tooDeep();
  const list: Json[] = [];
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ELEMENT) list.push(readValue(cursor, readEnd(cursor, end), depth) ?? null);
    else skip(cursor, end, tag);
  }
  return list;
}
