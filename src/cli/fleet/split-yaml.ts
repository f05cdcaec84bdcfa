// Splits YAML at `---`, and a List at the dashes of its items, by looking at how lines begin.
//
// In block style nothing else can stand at the dash of an item: what is inside one, text blocks too, is indented more.
// A List in another style (`items: [...]`) comes out whole, for a real parser to take apart.
import { NEWLINE, type Piece } from './piece.ts';

const SPACE = 0x20;
const DASH = 0x2d;
const HASH = 0x23;
const RETURN = 0x0d;

/** What the current lines belong to. */
type Place =
  | { readonly in: 'document' }
  | { readonly in: 'list'; readonly indent: number | undefined }
  /** Behind the items: kind and metadata of the List. */
  | { readonly in: 'rest' };

interface State {
  place: Place;
  /** Of the current piece, without the chunk that is being read. */
  parts: Buffer[];
  line: number;
  /** Of the buffer that is being read, in the file. */
  base: number;
  /** Line and offset at which the current piece begins. */
  began: { line: number; offset: number };
}

const START = { line: 1, offset: 0 };

export function* splitYaml(chunks: Iterable<Buffer>): Generator<Piece> {
  const state: State = { place: { in: 'document' }, parts: [], line: 1, base: 0, began: START };
  let carry: Buffer = Buffer.alloc(0);
  for (const chunk of chunks) {
    const buffer = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const last = buffer.lastIndexOf(NEWLINE);
    yield* lines(state, buffer.subarray(0, last + 1));
    state.base += last + 1;
    carry = Buffer.from(buffer.subarray(last + 1));
  }
  if (carry.length > 0) yield* lines(state, carry);
  yield* ended(state);
}

/** @param buffer whole lines, the last of the file aside */
function* lines(state: State, buffer: Buffer): Generator<Piece> {
  let from = 0;
  for (let start = 0; start < buffer.length; ) {
    const newline = buffer.indexOf(NEWLINE, start);
    const end = newline < 0 ? buffer.length : newline;
    const change = changeAt(state.place, buffer, start, end);
    if (change !== undefined) {
      state.parts.push(buffer.subarray(from, start));
      // `---` and `items:` themselves are no part of what follows; a dash is.
      from = change.keep ? start : Math.min(end + 1, buffer.length);
      yield* begun(state, change, state.base + from);
    }
    state.line += 1;
    start = end + 1;
  }
  if (state.place.in !== 'rest') state.parts.push(Buffer.from(buffer.subarray(from)));
}

function* begun(state: State, { place, keep }: Change, offset: number): Generator<Piece> {
  // What stands before the items is the List's own.
  if (place.in === 'list' && state.place.in === 'document') state.parts = [];
  yield* ended(state);
  state.place = place;
  state.began = { line: keep ? state.line : state.line + 1, offset };
}

function* ended(state: State): Generator<Piece> {
  const { place, parts, began } = state;
  state.parts = [];
  const isItem = place.in === 'document' || (place.in === 'list' && place.indent !== undefined);
  const bytes = isItem ? Buffer.concat(parts) : Buffer.alloc(0);
  if (bytes.length > 0) yield { bytes, ...began };
}

interface Change {
  readonly place: Place;
  /** The line is the first of the piece. */
  readonly keep: boolean;
}

/** Whether another piece begins with this line. */
function changeAt(place: Place, buffer: Buffer, start: number, end: number): Change | undefined {
  const first = buffer[start];
  if (first === DASH && isMarker(buffer, start, end))
    return { place: { in: 'document' }, keep: false };
  if (place.in === 'rest') return undefined;
  if (place.in === 'document') {
    return isItemsKey(buffer, start, end)
      ? { place: { in: 'list', indent: undefined }, keep: false }
      : undefined;
  }
  const indent = indentOf(buffer, start, end);
  if (place.indent === undefined ? isDash(buffer, start + indent, end) : isItem(place.indent)) {
    return { place: { in: 'list', indent }, keep: true };
  }
  const isKey = indent === 0 && end > start && first !== HASH && first !== RETURN && first !== DASH;
  return isKey ? { place: { in: 'rest' }, keep: false } : undefined;

  function isItem(expected: number): boolean {
    return indent === expected && isDash(buffer, start + indent, end);
  }
}

/** `---`, alone or with something behind a space. */
function isMarker(buffer: Buffer, start: number, end: number): boolean {
  if (buffer[start + 1] !== DASH || buffer[start + 2] !== DASH) return false;
  const next = start + 3 >= end ? RETURN : buffer[start + 3];
  return next === SPACE || next === RETURN;
}

function isItemsKey(buffer: Buffer, start: number, end: number): boolean {
  // Most lines are indented.
  if (buffer[start] !== 0x69) return false;
  return /^items:\s*(#.*)?$/.test(buffer.toString('latin1', start, Math.min(end, start + 200)));
}

function indentOf(buffer: Buffer, start: number, end: number): number {
  let indent = 0;
  while (start + indent < end && buffer[start + indent] === SPACE) indent++;
  return indent;
}

function isDash(buffer: Buffer, at: number, end: number): boolean {
  if (at >= end || buffer[at] !== DASH) return false;
  return at + 1 >= end || buffer[at + 1] === SPACE || buffer[at + 1] === RETURN;
}
