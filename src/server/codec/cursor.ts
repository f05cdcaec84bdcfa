// Reading protobuf's wire format: every length is held against its parent's end, every step is bounded.
import { isUtf8 } from 'node:buffer';
import { WireError } from './wire-error.ts';

/** Bytes that are read from front to back. */
export interface Cursor {
  readonly bytes: Buffer;
  /** Bytes from `base` on as Latin-1, one character each: ASCII strings are cut out of it without leaving JavaScript. */
  readonly text: string;
  readonly base: number;
  at: number;
}

/** Maps, lists and groups inside one another; deeper ones are refused, so that no call stack overflows. */
export const DEEPEST = 256;

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const GROUP = 3;
const FIXED32 = 5;

/** The tag of a field: its number and how it is written. */
export function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

/** Strings that are cut out keep all of these bytes alive: nothing of it may outlive the call. */
export function cursorOver(bytes: Buffer, start = 0, end: number = bytes.length): Cursor {
  return { bytes, text: bytes.toString('latin1', start, end), base: start, at: start };
}

/** For what has no strings but keys. */
export function keysOf(bytes: Buffer): Cursor {
  return { bytes, text: '', base: 0, at: 0 };
}

export function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] as number;
}

function truncated(): WireError {
  return new WireError('the message ends in the middle of a field');
}

/**
 * The low 32 bits of a varint.
 *
 * @param most bytes; 5: all of it must fit in 32 bits
 */
export function varint(cursor: Cursor, end: number, most = 10): number {
  const { bytes, at } = cursor;
  if (at < end) {
    const first = byteAt(bytes, at);
    if (first < 128) {
      cursor.at = at + 1;
      return first;
    }
  }
  return longVarint(cursor, end, most);
}

function longVarint(cursor: Cursor, end: number, most: number): number {
  const { bytes, at } = cursor;
  let value = 0;
  for (let i = 0; i < most; i++) {
    if (at + i >= end) throw truncated();
    const byte = byteAt(bytes, at + i);
    // Shifts go by 32: what is beyond is cut off, as protobuf does.
    if (i < 5) value |= (byte & 127) << (7 * i);
    if (byte < 128) {
      if (i === 4 && most === 5 && byte > 15) break;
      cursor.at = at + i + 1;
      return value >>> 0;
    }
  }
  throw new WireError('a number is longer than it can be');
}

export function readTag(cursor: Cursor, end: number): number {
  const tag = varint(cursor, end, 5);
  if (tag < 8) throw new WireError('a field has the number 0');
  return tag;
}

/** Where the length-delimited field ends that begins here. */
export function readEnd(cursor: Cursor, end: number): number {
  const length = varint(cursor, end, 5);
  if (length > end - cursor.at) throw truncated();
  return cursor.at + length;
}

export function readBool(cursor: Cursor, end: number): boolean {
  const start = cursor.at;
  varint(cursor, end);
  for (let i = start; i < cursor.at; i++) if ((byteAt(cursor.bytes, i) & 127) !== 0) return true;
  return false;
}

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

export function readDouble(cursor: Cursor, end: number): number {
  const { bytes, at } = cursor;
  if (end - at < 8) throw truncated();
  for (let i = 0; i < 8; i++) doubleBytes[i] = byteAt(bytes, at + i);
  cursor.at = at + 8;
  return double[0] as number;
}

/** Goes past a field that nobody reads. */
export function skip(cursor: Cursor, end: number, tag: number, depth = 0): void {
  switch (tag & 7) {
    case VARINT:
      varint(cursor, end);
      break;
    case FIXED64:
      advance(cursor, end, 8);
      break;
    case BYTES:
      cursor.at = readEnd(cursor, end);
      break;
    case GROUP:
      skipGroup(cursor, end, tag, depth + 1);
      break;
    case FIXED32:
      advance(cursor, end, 4);
      break;
    default:
      throw new WireError(`a field has wire type ${tag & 7}, which is none here`);
  }
}

function advance(cursor: Cursor, end: number, bytes: number): void {
  if (end - cursor.at < bytes) throw truncated();
  cursor.at += bytes;
}

function skipGroup(cursor: Cursor, end: number, start: number, depth: number): void {
  if (depth > DEEPEST) throw tooDeep();
  for (;;) {
    const tag = readTag(cursor, end);
    // The end of a group has the number of its beginning.
    if (tag === start + 1) return;
    skip(cursor, end, tag, depth);
  }
}

export function tooDeep(): WireError {
  return new WireError(`it is nested more than ${DEEPEST} levels deep`);
}

export function readString(cursor: Cursor, end: number): string {
  const stop = readEnd(cursor, end);
  const start = cursor.at;
  cursor.at = stop;
  return isAscii(cursor.bytes, start, stop)
    ? cursor.text.substring(start - cursor.base, stop - cursor.base)
    : utf8(cursor.bytes, start, stop);
}

function isAscii(bytes: Buffer, start: number, end: number): boolean {
  let all = 0;
  for (let i = start; i < end; i++) all |= byteAt(bytes, i);
  return all < 128;
}

function utf8(bytes: Buffer, start: number, end: number): string {
  if (isUtf8(bytes.subarray(start, end))) return bytes.toString('utf8', start, end);
  throw new WireError('a string is not UTF-8');
}

/** Keys repeat endlessly in Kubernetes objects: the last one of each hash is kept. */
const KNOWN_KEYS = 4096;
const LONGEST_KNOWN = 64;
const known = new Array<string>(KNOWN_KEYS).fill('');

/** A string that has probably been read before. */
export function readKey(cursor: Cursor, end: number): string {
  const stop = readEnd(cursor, end);
  const { bytes, at: start } = cursor;
  cursor.at = stop;
  const length = stop - start;
  if (length === 0) return '';
  if (length > LONGEST_KNOWN) return utf8(bytes, start, stop);
  const slot = slotOf(bytes, start, length);
  const key = known[slot] as string;
  if (key.length === length && isSame(key, bytes, start)) return key;
  if (!isAscii(bytes, start, stop)) return utf8(bytes, start, stop);
  const read = bytes.toString('latin1', start, stop);
  known[slot] = read;
  return read;
}

function slotOf(bytes: Buffer, start: number, length: number): number {
  const quarter = length >> 2;
  const hash =
    length +
    byteAt(bytes, start) * 31 +
    byteAt(bytes, start + (length >> 1)) * 131 +
    byteAt(bytes, start + length - 1) * 1031 +
    byteAt(bytes, start + quarter) * 257 +
    byteAt(bytes, start + length - quarter - 1) * 61;
  return hash & (KNOWN_KEYS - 1);
}

function isSame(key: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < key.length; i++) {
    if (key.charCodeAt(i) !== byteAt(bytes, start + i)) return false;
  }
  return true;
}
