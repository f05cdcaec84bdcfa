// What is passed on as bytes must be what protobuf says, or whoever reads the answer cannot. Nothing is built here.
import { type Cursor, DEEPEST, keysOf, readEnd, readTag, skip, tooDeep } from './cursor.ts';
import { CONNECTION_DETAILS, STRUCT_OF_RESOURCE } from './observed.ts';
import { ELEMENT, ENTRY_VALUE, LIST, STRUCT } from './read-struct.ts';

/** @throws WireError if it is no Resource */
export function checkResource(bytes: Buffer): void {
  resource(keysOf(bytes), bytes.length);
}

/** @param entry of a map of Resources @throws WireError if it is none */
export function checkResourceEntry(entry: Buffer): void {
  each(keysOf(entry), entry.length, ENTRY_VALUE, resource, 0);
}

/** A message that ends at `end`, and what is in it. */
type Check = (cursor: Cursor, end: number, depth: number) => void;

/** A message of which one field is to be looked into, however often it is there. */
function each(cursor: Cursor, end: number, field: number, check: Check, depth: number): void {
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === field) check(cursor, readEnd(cursor, end), depth);
    else skip(cursor, end, tag);
  }
}

function resource(cursor: Cursor, end: number): void {
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === STRUCT_OF_RESOURCE) struct(cursor, readEnd(cursor, end), 0);
    else if (tag === CONNECTION_DETAILS) flat(cursor, readEnd(cursor, end));
    else skip(cursor, end, tag);
  }
}

/** A message without messages in it. */
function flat(cursor: Cursor, end: number): void {
  while (cursor.at < end) skip(cursor, end, readTag(cursor, end));
}

function struct(cursor: Cursor, end: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  each(cursor, end, ELEMENT, entry, depth);
}

function entry(cursor: Cursor, end: number, depth: number): void {
  each(cursor, end, ENTRY_VALUE, value, depth);
}

function list(cursor: Cursor, end: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  each(cursor, end, ELEMENT, value, depth);
}

function value(cursor: Cursor, end: number, depth: number): void {
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === STRUCT) struct(cursor, readEnd(cursor, end), depth + 1);
    else if (tag === LIST) list(cursor, readEnd(cursor, end), depth + 1);
    else skip(cursor, end, tag);
  }
}
