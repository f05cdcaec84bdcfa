// A resource's bytes, cut out of a file.

export interface Piece {
  readonly bytes: Buffer;
  /** The line that it begins on. */
  readonly line: number;
  /** Of its first byte, in the file. */
  readonly offset: number;
}

export const NEWLINE = 0x0a;
