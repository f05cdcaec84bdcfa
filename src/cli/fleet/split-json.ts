// Splits JSON into the elements of a List's `items`, or into the documents that follow each other, by counting brackets.
import { NEWLINE, type Piece } from './items.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const END_OF_BRACE = 0x7d;
const END_OF_BRACKET = 0x5d;
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
  /** Of the current piece; undefined between pieces. */
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
    parts: undefined,
  };
  for (const chunk of chunks) {
    yield* pieces(state, chunk);
    state.base += chunk.length;
  }
  // Broken off: a parser will say so.
  if (state.parts !== undefined)
    yield { bytes: Buffer.concat(state.parts), ...state.began };
}

function* pieces(state: State, chunk: Buffer): Generator<Piece> {
  let from = 0;
  for (let i = 0; i < chunk.length; i++) {
    const byte = chunk[i] ?? 0;
    if (byte === NEWLINE) state.line += 1;
    if (state.inString) {
      inString(state, byte);
      continue;
    }
    if (byte === QUOTE) {
      state.inString = true;
      if (state.depth === 1) state.key = '';
    } else if (byte === BRACE || byte === BRACKET) {
      if (begins(state, byte)) {
        state.parts = [];
        state.began = { line: state.line, offset: state.base + i };
        from = i;
      }
      state.depth += 1;
    } else if (byte === END_OF_BRACE || byte === END_OF_BRACKET) {
      state.depth -= 1;
      if (ends(state)) {
        const parts = [...(state.parts ?? []), chunk.subarray(from, i + 1)];
        state.parts = undefined;
        yield { bytes: Buffer.concat(parts), ...state.began };
      }
      if (state.depth <= 1) state.inItems = false;
    }
  }
  state.parts?.push(Buffer.from(chunk.subarray(from)));
}

function inString(state: State, byte: number): void {
  if (state.escaped) state.escaped = false;
  else if (byte === BACKSLASH) state.escaped = true;
  else if (byte === QUOTE) state.inString = false;
  else if (state.depth === 1 && state.key.length < LONGEST_KEY)
    state.key += String.fromCharCode(byte);
}

/** Whether a bracket opens a document or an item. The bracket of `items` ends what was read of the List so far. */
function begins(state: State, byte: number): boolean {
  if (state.depth === 1 && byte === BRACKET && state.key === 'items') {
    state.inItems = true;
    state.parts = undefined;
    return false;
  }
  return state.depth === 0 || (state.inItems && state.depth === 2);
}

function ends(state: State): boolean {
  return state.parts !== undefined && state.depth === (state.inItems ? 2 : 0);
}
