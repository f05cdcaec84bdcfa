// What is passed on as bytes must be what protobuf says, or whoever reads the answer cannot. Nothing is built here.
import {
  BYTES,
  type Cursor,
  DEEPEST,
  keysOf,
  readEnd,
  readTag,
  skip,
  tagOf,
  tooDeep,
} from './cursor.ts';
import { ELEMENT, ENTRY_VALUE, LIST, STRUCT } from './read-struct.ts';

const STRUCT_OF_RESOURCE = tagOf(1, BYTES);
const CONNECTION_DETAILS = tagOf(2, BYTES);

/** @param entry of a map of Resources @throws WireError if it is none */
export function checkResourceEntry(entry: Buffer): void {
  const cursor = keysOf(entry);
  while (cursor.at < entry.length) {
    const tag = readTag(cursor, entry.length);
    if (tag === ENTRY_VALUE) checkResource(cursor, readEnd(cursor, entry.length));
    else skip(cursor, entry.length, tag);
  }
}

/** @throws WireError if it is no Resource */
export function checkResourceBytes(bytes: Buffer): void {
  checkResource(keysOf(bytes), bytes.length);
}

function checkResource(cursor: Cursor, end: number): void {
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === STRUCT_OF_RESOURCE) checkStruct(cursor, readEnd(cursor, end), 0);
    else if (tag === CONNECTION_DETAILS) checkFields(cursor, readEnd(cursor, end));
    else skip(cursor, end, tag);
  }
}

/** A message without messages in it. */
function checkFields(cursor: Cursor, end: number): void {
  while (cursor.at < end) skip(cursor, end, readTag(cursor, end));
}

function checkStruct(cursor: Cursor, end: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ELEMENT) checkEntry(cursor, readEnd(cursor, end), depth);
    else skip(cursor, end, tag);
  }
}

function checkEntry(cursor: Cursor, end: number, depth: number): void {
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ENTRY_VALUE) checkValue(cursor, readEnd(cursor, end), depth);
    else skip(cursor, end, tag);
  }
}

function checkList(cursor: Cursor, end: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ELEMENT) checkValue(cursor, readEnd(cursor, end), depth);
    else skip(cursor, end, tag);
  }
}

function checkValue(cursor: Cursor, end: number, depth: number): void {
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === STRUCT) checkStruct(cursor, readEnd(cursor, end), depth + 1);
    else if (tag === LIST) checkList(cursor, readEnd(cursor, end), depth + 1);
    else skip(cursor, end, tag);
  }
}
