// A digest of all that the function reads of a request: the same for the same content, whatever the order of its maps,
// which Go shuffles in every call. SHA-256, so that nobody can make two requests that share one.
import { createHash, type Hash } from 'node:crypto';
import {
  BYTES,
  byteAt,
  type Cursor,
  cursorOver,
  DEEPEST,
  keysOf,
  readEnd,
  readTag,
  skip,
  tagOf,
  tooDeep,
} from './cursor.ts';
import { MANAGED_FIELDS, OBSERVED_PARTS } from './observed.ts';
import { ELEMENT, ENTRY_KEY, ENTRY_VALUE, LIST, readValue, STRUCT } from './read-struct.ts';
import type { Fields } from './request.ts';

/**
 * Of everything but the tag, and what nobody reads.
 *
 * @param input the digest of the input
 * @throws WireError if a part is not what protobuf says
 */
export function digestOfRequest(fields: Fields, input: string): string {
  // Before the sink is in use: there is one `piece`.
  const required = fields.required.map(digestOfRequired).sort();
  const sink = newSink();
  putText(sink, input);
  putState(sink, fields.observed, OBSERVED);
  putState(sink, fields.desired, WHOLE);
  putNumber(sink, fields.context === undefined ? 0 : 1);
  if (fields.context !== undefined) putMessage(sink, fields.context, putStruct);
  for (const digest of required) putText(sink, digest);
  return finished(sink);
}

/** Of a Struct. @throws WireError if it is not one */
export function digestOfStruct(bytes: Buffer): string {
  const sink = newSink();
  putMessage(sink, bytes, putStruct);
  return finished(sink);
}

/** An entry of the map of what was looked up: its name, and Resources. */
function digestOfRequired(bytes: Buffer): string {
  const sink = newSink();
  putMessage(sink, bytes, (_, cursor, end) => {
    readEntry(cursor, end);
    const { keyStart, keyEnd, valueStart, valueEnd } = entry;
    putBytes(sink, bytes, keyStart, keyEnd);
    if (valueStart < 0) return;
    cursor.at = valueStart;
    while (cursor.at < valueEnd) {
      const tag = readTag(cursor, valueEnd);
      putNumber(sink, tag);
      if (tag === ELEMENT) putResource(sink, cursor, readEnd(cursor, valueEnd), WHOLE);
      else skip(cursor, valueEnd, tag);
    }
  });
  return finished(sink);
}

// ---- what goes into the hash

/** It is handed over in large pieces. */
interface Sink {
  readonly hash: Hash;
  at: number;
}
const piece = Buffer.allocUnsafeSlow(1 << 16);

function newSink(): Sink {
  // Whatever an error has left.
  top = 0;
  return { hash: createHash('sha256'), at: 0 };
}

function finished(sink: Sink): string {
  flush(sink);
  return sink.hash.digest('base64');
}

function flush(sink: Sink): void {
  // The hash reads it at once.
  sink.hash.update(piece.subarray(0, sink.at));
  sink.at = 0;
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
  if (sink.at + length > piece.length) flush(sink);
  if (length > piece.length) {
    sink.hash.update(bytes.subarray(start, end));
    return;
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

type Put = (sink: Sink, cursor: Cursor, end: number, depth: number) => void;

function putMessage(sink: Sink, bytes: Buffer, put: Put): void {
  put(sink, keysOf(bytes), bytes.length, 0);
}

// ---- maps

/** The entry that was read last. */
const entry = { keyStart: 0, keyEnd: 0, valueStart: -1, valueEnd: -1 };

function readEntry(cursor: Cursor, end: number): void {
  entry.keyStart = entry.keyEnd = end;
  entry.valueStart = entry.valueEnd = -1;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ENTRY_KEY) {
      entry.keyEnd = readEnd(cursor, end);
      entry.keyStart = cursor.at;
      cursor.at = entry.keyEnd;
    } else if (tag === ENTRY_VALUE) {
      entry.valueEnd = readEnd(cursor, end);
      entry.valueStart = cursor.at;
      cursor.at = entry.valueEnd;
    } else skip(cursor, end, tag);
  }
}

/** Entries of maps that are being put: four offsets each. Those of a map's values are above its own. */
let stack = new Int32Array(4096);
let top = 0;

function push(): void {
  if (top + 4 > stack.length) {
    const larger = new Int32Array(stack.length * 2);
    larger.set(stack);
    stack = larger;
  }
  stack[top] = entry.keyStart;
  stack[top + 1] = entry.keyEnd;
  stack[top + 2] = entry.valueStart;
  stack[top + 3] = entry.valueEnd;
  top += 4;
}

function slot(at: number): number {
  return stack[at] as number;
}

type PutValue = (sink: Sink, cursor: Cursor, end: number, depth: number, key: string) => void;

/** What was pushed above `base`, by its keys. @param named keys are told to `put` */
function putEntries(
  sink: Sink,
  cursor: Cursor,
  base: number,
  depth: number,
  put: PutValue,
  named: boolean,
): void {
  const { bytes } = cursor;
  const count = (top - base) / 4;
  putNumber(sink, count);
  for (const at of sortedEntries(bytes, base, count)) {
    const keyStart = slot(at);
    const keyEnd = slot(at + 1);
    const valueStart = slot(at + 2);
    const valueEnd = slot(at + 3);
    putBytes(sink, bytes, keyStart, keyEnd);
    putNumber(sink, valueStart < 0 ? 0 : 1);
    if (valueStart < 0) continue;
    cursor.at = valueStart;
    put(sink, cursor, valueEnd, depth, named ? bytes.toString('latin1', keyStart, keyEnd) : '');
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

// ---- messages

const WHOLE = 'whole';
const OBSERVED = 'observed';
const COMPOSITE = 'composite';
/** What of a resource is read. */
type Read = typeof WHOLE | typeof OBSERVED | typeof COMPOSITE;

const FIRST = tagOf(1, BYTES);
const SECOND = tagOf(2, BYTES);

function putState(sink: Sink, bytes: Buffer | undefined, read: Read): void {
  putNumber(sink, bytes === undefined ? 0 : 1);
  if (bytes === undefined) return;
  const cursor = keysOf(bytes);
  const base = top;
  while (cursor.at < bytes.length) {
    const tag = readTag(cursor, bytes.length);
    putNumber(sink, tag);
    if (tag === FIRST) {
      const of = read === OBSERVED ? COMPOSITE : read;
      putResource(sink, cursor, readEnd(cursor, bytes.length), of);
    } else if (tag === SECOND) {
      readEntry(cursor, readEnd(cursor, bytes.length));
      push();
    } else putUnknown(sink, cursor, bytes.length, tag);
  }
  const put: PutValue = (to, at, end) => putResource(to, at, end, read);
  putEntries(sink, cursor, base, 0, put, false);
}

function putUnknown(sink: Sink, cursor: Cursor, end: number, tag: number): void {
  const start = cursor.at;
  skip(cursor, end, tag);
  putBytes(sink, cursor.bytes, start, cursor.at);
}

function putResource(sink: Sink, cursor: Cursor, end: number, read: Read): void {
  const base = top;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    putNumber(sink, tag);
    if (tag === FIRST) putTop(sink, cursor, readEnd(cursor, end), read);
    else if (tag === SECOND) {
      readEntry(cursor, readEnd(cursor, end));
      push();
    } else putUnknown(sink, cursor, end, tag);
  }
  putEntries(sink, cursor, base, 0, putRaw, false);
  cursor.at = end;
}

function putRaw(sink: Sink, cursor: Cursor, end: number): void {
  putBytes(sink, cursor.bytes, cursor.at, end);
}

/** The Struct of a resource, as far as it is read. */
function putTop(sink: Sink, cursor: Cursor, end: number, read: Read): void {
  if (read === WHOLE) {
    putStruct(sink, cursor, end, 0);
    return;
  }
  const isRead = (key: string) => read === COMPOSITE || OBSERVED_PARTS.has(key);
  const base = top;
  pushEntries(sink, cursor, end, isRead);
  putEntries(sink, cursor, base, 0, putPart, true);
  cursor.at = end;
}

function putPart(sink: Sink, cursor: Cursor, end: number, depth: number, key: string): void {
  if (key === 'metadata') putObject(sink, cursor, end, depth, putMetadata);
  else putValue(sink, cursor, end, depth);
}

function putMetadata(sink: Sink, cursor: Cursor, end: number, depth: number): void {
  const base = top;
  pushEntries(sink, cursor, end, (key) => key !== MANAGED_FIELDS);
  putEntries(sink, cursor, base, depth, putValue, false);
  cursor.at = end;
}

/** @param isRead by key; undefined: all are */
function pushEntries(
  sink: Sink,
  cursor: Cursor,
  end: number,
  isRead?: (key: string) => boolean,
): void {
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== ELEMENT) {
      putUnknown(sink, cursor, end, tag);
      continue;
    }
    readEntry(cursor, readEnd(cursor, end));
    if (isRead?.(cursor.bytes.toString('latin1', entry.keyStart, entry.keyEnd)) ?? true) push();
  }
}

function putStruct(sink: Sink, cursor: Cursor, end: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  const base = top;
  pushEntries(sink, cursor, end);
  putEntries(sink, cursor, base, depth, putValue, false);
  cursor.at = end;
}

function putList(sink: Sink, cursor: Cursor, end: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    putNumber(sink, tag);
    if (tag === ELEMENT) putValue(sink, cursor, readEnd(cursor, end), depth);
    else putUnknown(sink, cursor, end, tag);
  }
  // No field has it.
  putNumber(sink, 0);
}

function putValue(sink: Sink, cursor: Cursor, end: number, depth: number): void {
  putObject(sink, cursor, end, depth, putStruct);
}

/** A Value. What is neither an object nor a list is put as its bytes, and so is what is several at once. */
function putObject(sink: Sink, cursor: Cursor, end: number, depth: number, put: Put): void {
  const start = cursor.at;
  const tag = start < end ? readTag(cursor, end) : 0;
  if ((tag === STRUCT || tag === LIST) && readEnd(cursor, end) === end) {
    putNumber(sink, tag);
    if (tag === STRUCT) put(sink, cursor, end, depth + 1);
    else putList(sink, cursor, end, depth + 1);
    return;
  }
  cursor.at = start;
  checkScalar(cursor, end, depth);
  putNumber(sink, 0);
  putBytes(sink, cursor.bytes, start, end);
  cursor.at = end;
}

/** What is passed on as bytes must be what protobuf says, or whoever reads the answer cannot. */
function checkScalar(cursor: Cursor, end: number, depth: number): void {
  const start = cursor.at;
  if (start === end) return;
  skip(cursor, end, readTag(cursor, end));
  // Several at once: nobody writes that, so it may take longer.
  if (cursor.at < end) readValue(cursorOver(cursor.bytes, start, end), end, depth);
}
