// A digest of all that the function reads of a request: the same for the same content, whatever the order of its maps,
// which Go shuffles in every call. SHA-256, so that nobody can make two requests that share one.
import { createHash, type Hash } from 'node:crypto';
import {
  BYTES,
  byteAt,
  type Cursor,
  DEEPEST,
  readEnd,
  readTag,
  skip,
  tagOf,
  tooDeep,
} from './cursor.ts';
import { MANAGED_FIELDS, OBSERVED_PARTS, type Range, readEntryRange } from './observed.ts';
import { LIST, STRUCT } from './read-struct.ts';
import type { Fields } from './request.ts';

/** What is known of a message's fields, by tag; others are taken as bytes. */
interface Shape {
  readonly fields: readonly (Field | undefined)[];
}

/** A message, or a map; neither: bytes. */
interface Field {
  readonly message?: Shape;
  /** The shape of a key's value; undefined: that key is no part of the digest. */
  readonly map?: (key: string) => Shape | undefined;
}

function shape(fields: Readonly<Record<number, Field>>): Shape {
  const byTag: (Field | undefined)[] = [];
  for (const [field, is] of Object.entries(fields)) byTag[tagOf(Number(field), BYTES)] = is;
  return { fields: byTag };
}

const RAW = shape({});
/** Refers to itself, so it is filled below. */
const valueFields: (Field | undefined)[] = [];
const VALUE: Shape = { fields: valueFields };
const STRUCTURE = shape({ 1: { map: () => VALUE } });
valueFields[STRUCT] = { message: STRUCTURE };
valueFields[LIST] = { message: shape({ 1: { message: VALUE } }) };

const METADATA = shape({
  5: { message: shape({ 1: { map: (key) => (key === MANAGED_FIELDS ? undefined : VALUE) } }) },
});
const partShape = (key: string) => (key === 'metadata' ? METADATA : VALUE);
const OBSERVED_STRUCTURE = shape({
  1: { map: (key) => (OBSERVED_PARTS.has(key) ? partShape(key) : undefined) },
});
const DETAILS: Field = { map: () => RAW };
const COMPOSITE = shape({ 1: { message: shape({ 1: { map: partShape } }) }, 2: DETAILS });
const OBSERVED_RESOURCE = shape({
  1: { message: OBSERVED_STRUCTURE },
  2: { map: (key) => (key === 'kubeconfig' ? RAW : undefined) },
});
const RESOURCE = shape({ 1: { message: STRUCTURE }, 2: DETAILS });

const OBSERVED = shape({ 1: { message: COMPOSITE }, 2: { map: () => OBSERVED_RESOURCE } });
const DESIRED = shape({ 1: { message: RESOURCE }, 2: { map: () => RESOURCE } });
const REQUIRED_ENTRY = shape({ 2: { message: shape({ 1: { message: RESOURCE } }) } });

/**
 * Of everything but the tag, and what nobody reads.
 *
 * @param input the digest of the input
 * @throws WireError if a part is not what protobuf says
 */
export function digestOfRequest(fields: Fields, input: string): string {
  // Before the sink is in use: there is one `piece`.
  const required = fields.required.map((entry) => digestOf(entry, REQUIRED_ENTRY));
  const sink: Sink = { hash: createHash('sha256'), at: 0 };
  putText(sink, input);
  putPart(sink, fields.observed, OBSERVED);
  putPart(sink, fields.desired, DESIRED);
  putPart(sink, fields.context, STRUCTURE);
  for (const digest of required.sort()) putText(sink, digest);
  return finished(sink);
}

/** Of a Struct. @throws WireError if it is not one */
export function digestOfStruct(bytes: Buffer): string {
  return digestOf(bytes, STRUCTURE);
}

/** What goes into the hash; it is handed over in large pieces. */
interface Sink {
  readonly hash: Hash;
  at: number;
}
const piece = Buffer.allocUnsafeSlow(1 << 16);

function digestOf(bytes: Buffer, message: Shape): string {
  const sink: Sink = { hash: createHash('sha256'), at: 0 };
  putPart(sink, bytes, message);
  return finished(sink);
}

function finished(sink: Sink): string {
  flush(sink);
  return sink.hash.digest('base64');
}

function putPart(sink: Sink, bytes: Buffer | undefined, is: Shape): void {
  putNumber(sink, bytes === undefined ? 0 : 1);
  if (bytes !== undefined) putMessage(sink, { bytes, text: '', at: 0 }, bytes.length, is, 0);
}

function flush(sink: Sink): void {
  // The hash reads it at once.
  sink.hash.update(piece.subarray(0, sink.at));
  sink.at = 0;
}

/** Numbers have four bytes, so that it is always clear where what follows begins. */
function putNumber(sink: Sink, value: number): void {
  if (sink.at + 4 > piece.length) flush(sink);
  let { at } = sink;
  piece[at++] = value >>> 24;
  piece[at++] = value >>> 16;
  piece[at++] = value >>> 8;
  piece[at++] = value;
  sink.at = at;
}

function putBytes(sink: Sink, bytes: Buffer, start: number, end: number): void {
  const length = end - start;
  putNumber(sink, length);
  if (sink.at + length > piece.length) flush(sink);
  if (length > piece.length) {
    sink.hash.update(bytes.subarray(start, end));
    return;
  }
  if (length > 64) bytes.copy(piece, sink.at, start, end);
  else for (let i = 0; i < length; i++) piece[sink.at + i] = byteAt(bytes, start + i);
  sink.at += length;
}

/** An entry of a map. */
interface Entry {
  readonly tag: number;
  readonly key: string;
  readonly value: Range | undefined;
  readonly shape: Shape;
}

/** No field has it. */
const END = 0;

/** Fields in their order, then the maps' entries by their keys. */
function putMessage(sink: Sink, cursor: Cursor, end: number, is: Shape, depth: number): void {
  // Three messages make one level of JSON.
  if (depth > 3 * DEEPEST + 8) throw tooDeep();
  let entries: Entry[] | undefined;
  while (cursor.at < end) {
    const start = cursor.at;
    const tag = readTag(cursor, end);
    const field = is.fields[tag];
    if (field?.map !== undefined) {
      const { key, value } = readEntryRange(cursor, readEnd(cursor, end));
      const inside = field.map(key);
      if (inside === undefined) continue;
      entries ??= [];
      entries.push({ tag, key, value, shape: inside });
    } else if (field?.message !== undefined) {
      putNumber(sink, tag);
      putMessage(sink, cursor, readEnd(cursor, end), field.message, depth + 1);
    } else {
      skip(cursor, end, tag);
      putNumber(sink, tag);
      putBytes(sink, cursor.bytes, start, cursor.at);
    }
  }
  if (entries !== undefined) putEntries(sink, cursor, entries, depth);
  cursor.at = end;
  putNumber(sink, END);
}

function putEntries(sink: Sink, cursor: Cursor, entries: Entry[], depth: number): void {
  entries.sort(byKey);
  for (const { tag, key, value, shape: is } of entries) {
    putNumber(sink, tag);
    putText(sink, key);
    putValue(sink, cursor, value, is, depth);
  }
}

/** Stable: of two with one key the last counts, here as there. */
function byKey(a: Entry, b: Entry): number {
  if (a.tag !== b.tag) return a.tag - b.tag;
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

function putValue(
  sink: Sink,
  cursor: Cursor,
  value: Range | undefined,
  is: Shape,
  depth: number,
): void {
  putNumber(sink, value === undefined ? 0 : 1);
  if (value === undefined) return;
  if (is === RAW) {
    putBytes(sink, cursor.bytes, value.start, value.end);
    return;
  }
  cursor.at = value.start;
  putMessage(sink, cursor, value.end, is, depth + 1);
}

function putText(sink: Sink, text: string): void {
  const bytes = Buffer.from(text);
  putBytes(sink, bytes, 0, bytes.length);
}
