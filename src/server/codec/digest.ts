// A digest of what a Struct says: the same for the same content, whatever the order of its maps, which Go shuffles in
// every call. SHA-256, so that nobody can make two that share one.
import { createHash, type Hash, hash } from 'node:crypto';
import { byteAt, type Cursor, DEEPEST, keysOf, readEnd, readTag, skip, tooDeep } from './cursor.ts';
import { readEntryRange, STRUCT_OF_RESOURCE } from './observed.ts';
import { ELEMENT, ENTRY_KEY, ENTRY_VALUE, LIST, STRUCT } from './read-struct.ts';

/** Of a Struct. @throws WireError if it is not one */
export function digestOfStruct(bytes: Buffer): string {
  const sink = newSink();
  putStruct(sink, keysOf(bytes), bytes.length, 0);
  return finished(sink);
}

/** Of an entry of the map of what was looked up: its name, and Resources. @throws WireError if it is not one */
export function digestOfRequired(entry: Buffer): string {
  const sink = newSink();
  const { key, value } = readEntryRange(keysOf(entry), entry.length);
  putText(sink, key);
  if (value === undefined) return finished(sink);
  const cursor = keysOf(entry);
  cursor.at = value.start;
  while (cursor.at < value.end) {
    const tag = readTag(cursor, value.end);
    if (tag === ELEMENT) putResource(sink, cursor, readEnd(cursor, value.end));
    else skip(cursor, value.end, tag);
  }
  return finished(sink);
}

/** Nothing but its Struct is read. */
function putResource(sink: Sink, cursor: Cursor, end: number): void {
  putNumber(sink, RESOURCE);
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === STRUCT_OF_RESOURCE) putStruct(sink, cursor, readEnd(cursor, end), 0);
    else skip(cursor, end, tag);
  }
}

// ---- what goes into the hash

/** It is handed over in large pieces. */
interface Sink {
  /** Undefined: it all fits in one. */
  hash: Hash | undefined;
  at: number;
}
const piece = Buffer.allocUnsafeSlow(1 << 16);

function newSink(): Sink {
  // Whatever an error has left.
  top = 0;
  return { hash: undefined, at: 0 };
}

function finished(sink: Sink): string {
  const rest = piece.subarray(0, sink.at);
  return sink.hash === undefined
    ? hash('sha256', rest, 'base64')
    : sink.hash.update(rest).digest('base64');
}

/** The hash reads at once what it is handed. */
function flush(sink: Sink): Hash {
  sink.hash ??= createHash('sha256');
  sink.hash.update(piece.subarray(0, sink.at));
  sink.at = 0;
  return sink.hash;
}

/** Numbers have four bytes, so that it is always clear where what follows begins. */
function putNumber(sink: Sink, value: number): void {
  if (sink.at + 4 > piece.length) flush(sink);
  const { at } = sink;
  piece[at] = value >>> 24;
  piece[at + 1] = value >>> 16;
  piece[at + 2] = value >>> 8;
  piece[at + 3] = value;
  sink.at = at + 4;
}

function putBytes(sink: Sink, bytes: Buffer, start: number, end: number): void {
  const length = end - start;
  putNumber(sink, length);
  if (sink.at + length > piece.length) {
    const hash = flush(sink);
    if (length > piece.length) {
      hash.update(bytes.subarray(start, end));
      return;
    }
  }
  const { at } = sink;
  if (length > 64) bytes.copy(piece, at, start, end);
  else for (let i = 0; i < length; i++) piece[at + i] = byteAt(bytes, start + i);
  sink.at = at + length;
}

function putText(sink: Sink, text: string): void {
  const bytes = Buffer.from(text);
  putBytes(sink, bytes, 0, bytes.length);
}

// ---- what tells one thing from another in the hash

const SCALAR = 0;
const OBJECT = 1;
const ARRAY = 2;
const ELEMENT_OF_ARRAY = 3;
const END_OF_ARRAY = 4;
const RESOURCE = 5;

function putStruct(sink: Sink, cursor: Cursor, end: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  const base = top;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ELEMENT) pushEntry(cursor, readEnd(cursor, end));
    else skip(cursor, end, tag);
  }
  putEntries(sink, cursor, base, depth);
  cursor.at = end;
}

function putList(sink: Sink, cursor: Cursor, end: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== ELEMENT) {
      skip(cursor, end, tag);
      continue;
    }
    putNumber(sink, ELEMENT_OF_ARRAY);
    putValue(sink, cursor, readEnd(cursor, end), depth);
  }
  putNumber(sink, END_OF_ARRAY);
}

/** A Value. What is neither an object nor a list is put as its bytes, and so is what is several at once. */
function putValue(sink: Sink, cursor: Cursor, end: number, depth: number): void {
  const start = cursor.at;
  const tag = start < end ? readTag(cursor, end) : 0;
  if ((tag === STRUCT || tag === LIST) && readEnd(cursor, end) === end) {
    putNumber(sink, tag === STRUCT ? OBJECT : ARRAY);
    if (tag === STRUCT) putStruct(sink, cursor, end, depth + 1);
    else putList(sink, cursor, end, depth + 1);
    return;
  }
  putNumber(sink, SCALAR);
  putBytes(sink, cursor.bytes, start, end);
  cursor.at = end;
}

// ---- maps

/** Entries of maps that are being put: four offsets each. Those of a map's values are above its own. */
let stack = new Int32Array(4096);
let top = 0;

/** An entry of a Struct. Of several values the last counts. */
function pushEntry(cursor: Cursor, end: number): void {
  if (top + 4 > stack.length) {
    const larger = new Int32Array(stack.length * 2);
    larger.set(stack);
    stack = larger;
  }
  const at = top;
  top += 4;
  stack[at] = stack[at + 1] = end;
  stack[at + 2] = stack[at + 3] = -1;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== ENTRY_KEY && tag !== ENTRY_VALUE) {
      skip(cursor, end, tag);
      continue;
    }
    const stop = readEnd(cursor, end);
    const slot = at + (tag === ENTRY_KEY ? 0 : 2);
    stack[slot] = cursor.at;
    stack[slot + 1] = stop;
    cursor.at = stop;
  }
}

function slot(at: number): number {
  return stack[at] as number;
}

/** What was pushed above `base`, by its keys. */
function putEntries(sink: Sink, cursor: Cursor, base: number, depth: number): void {
  const { bytes } = cursor;
  const count = (top - base) / 4;
  putNumber(sink, count);
  for (const at of sortedEntries(bytes, base, count)) {
    putBytes(sink, bytes, slot(at), slot(at + 1));
    const valueStart = slot(at + 2);
    putNumber(sink, valueStart < 0 ? 0 : 1);
    if (valueStart < 0) continue;
    cursor.at = valueStart;
    putValue(sink, cursor, slot(at + 3), depth);
  }
  top = base;
}

/** More are sorted by the library, fewer faster by hand. */
const FEW = 24;

/** Where the entries above `base` are, by their keys. */
function sortedEntries(bytes: Buffer, base: number, count: number): number[] {
  const order: number[] = [];
  for (let i = 0; i < count; i++) order.push(base + 4 * i);
  if (count > FEW) return order.sort((a, b) => compare(bytes, a, b));
  for (let i = 1; i < count; i++) {
    const at = order[i] as number;
    let j = i - 1;
    for (; j >= 0 && compare(bytes, order[j] as number, at) > 0; j--)
      order[j + 1] = order[j] as number;
    order[j + 1] = at;
  }
  return order;
}

/** Stable: of two with one key the last counts, here as there. */
function compare(bytes: Buffer, a: number, b: number): number {
  const aStart = slot(a);
  const aEnd = slot(a + 1);
  const bStart = slot(b);
  const bEnd = slot(b + 1);
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = byteAt(bytes, aStart + i) - byteAt(bytes, bStart + i);
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}
