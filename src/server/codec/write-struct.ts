// Plain objects → google.protobuf.Struct on the wire. What is undefined is left out.
import type { Json, JsonObject } from '../../step.ts';
import {
  BOOL,
  ELEMENT,
  ENTRY_KEY,
  ENTRY_VALUE,
  LIST,
  NULL,
  NUMBER,
  STRING,
  STRUCT,
} from './read-struct.ts';
import {
  mark,
  reserve,
  type Writer,
  writeByte,
  writeDouble,
  writeLength,
  writeString,
} from './writer.ts';

/** The fields of a Struct, without a tag and length around them. */
export function writeStruct(writer: Writer, object: JsonObject): void {
  const keys = Object.keys(object);
  for (let i = keys.length - 1; i >= 0; i--) {
    const key = keys[i] as string;
    const value = object[key];
    if (value === undefined) continue;
    const before = mark(writer);
    writeValue(writer, ENTRY_VALUE, value);
    writeString(writer, ENTRY_KEY, key);
    writeLength(writer, ELEMENT, before);
  }
}

/** A field with a Value. */
function writeValue(writer: Writer, tag: number, value: Json): void {
  reserve(writer);
  const before = mark(writer);
  writeKind(writer, value);
  writeLength(writer, tag, before);
}

function writeKind(writer: Writer, value: Json): void {
  if (typeof value === 'string') writeString(writer, STRING, value);
  else if (typeof value === 'boolean') writeScalar(writer, BOOL, value ? 1 : 0);
  else if (value === null) writeScalar(writer, NULL, 0);
  else if (typeof value === 'number') {
    writeDouble(writer, value);
    writeByte(writer, NUMBER);
  } else if (typeof value === 'object') writeComposed(writer, value);
  // Neither JSON nor the SDK knows bigints, symbols and functions.
  else throw new TypeError(`a ${typeof value} has no place in JSON`);
}

function writeComposed(writer: Writer, value: readonly Json[] | JsonObject): void {
  const before = mark(writer);
  if (isList(value)) {
    for (let i = value.length - 1; i >= 0; i--) writeValue(writer, ELEMENT, value[i] ?? null);
    writeLength(writer, LIST, before);
    return;
  }
  writeStruct(writer, value);
  writeLength(writer, STRUCT, before);
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

function writeScalar(writer: Writer, tag: number, value: number): void {
  writeByte(writer, value);
  writeByte(writer, tag);
}
