// Splits JSON into the elements of a List's `items`, or into the documents that follow each other, by counting brackets.
import { NEWLINE, type Piece } from './piece.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const END_OF_BRACE = 0x7d;
const END_OF_BRACKET = 0x5d;
/** More than `items` needs. */
const LONGEST_KEY = 8;

interface State {
  depth: number;
  inString: boolean;
  escaped: boolean;
  /** The last string at depth 1, cut: the key that a bracket belongs to. */
  key: string;
  inItems: boolean;
  line: number;
  /** Of the chunk that is being read, in the file. */
  base: number;
  began: { line: number; offset: number };
  /** Where the current piece begins in the chunk. */
  from: number;
  /** Of the current piece, without this chunk; undefined between pieces. */
  parts: Buffer[] | undefined;
}

export function* splitJson(chunks: Iterable<Buffer>): Generator<Piece> {
  const state: State = {
    depth: 0,
    inString: false,
    escaped: false,
    key: '',
    inItems: false,
    line: 1,
    base: 0,
    began: { line: 1, offset: 0 },
    from: 0,
    parts: undefined,
  };
  for (const chunk of chunks) {
    yield* pieces(state, chunk);
    state.parts?.push(Buffer.from(chunk.subarray(state.from)));
    state.from = 0;
    state.base += chunk.length;
  }
  // Broken off: a parser will say so.
  if (state.parts !== undefined) yield { bytes: Buffer.concat(state.parts), ...state.began };
}

function* pieces(state: State, chunk: Buffer): Generator<Piece> {
  for (let i = 0; i < chunk.length; i++) {
    if (state.inString) i = stringFrom(state, chunk, i);
    const byte = chunk[i];
    if (byte === NEWLINE) state.line += 1;
    else if (byte === QUOTE) quoted(state);
    else if (byte === BRACE || byte === BRACKET) opened(state, byte, i);
    else if (byte === END_OF_BRACE || byte === END_OF_BRACKET) yield* closed(state, chunk, i);
  }
}

/** To the byte behind a string, which may go on in the next chunk. */
function stringFrom(state: State, chunk: Buffer, start: number): number {
  let { escaped } = state;
  let at = start;
  for (; at < chunk.length; at++) {
    const byte = chunk[at];
    if (escaped) escaped = false;
    else if (byte === BACKSLASH) escaped = true;
    else if (byte === QUOTE) break;
  }
  state.escaped = escaped;
  state.inString = at >= chunk.length;
  if (state.depth === 1) {
    const more = chunk.toString('latin1', start, Math.min(at, start + LONGEST_KEY));
    state.key = (state.key + more).slice(0, LONGEST_KEY);
  }
  return at + 1;
}

function quoted(state: State): void {
  state.inString = true;
  if (state.depth === 1) state.key = '';
}

/** The bracket of `items` ends what was read of the List so far. */
function opened(state: State, byte: number, at: number): void {
  const begins = state.depth === 0 || (state.inItems && state.depth === 2);
  if (state.depth === 1 && byte === BRACKET && state.key === 'items') {
    state.inItems = true;
    state.parts = undefined;
  } else if (begins) {
    state.parts = [];
    state.from = at;
    state.began = { line: state.line, offset: state.base + at };
  }
  state.depth += 1;
}

function* closed(state: State, chunk: Buffer, at: number): Generator<Piece> {
  state.depth -= 1;
  const { parts, depth, inItems } = state;
  if (parts !== undefined && depth === (inItems ? 2 : 0)) {
    state.parts = undefined;
    yield { bytes: Buffer.concat([...parts, chunk.subarray(state.from, at + 1)]), ...state.began };
  }
  if (depth <= 1) state.inItems = false;
}
