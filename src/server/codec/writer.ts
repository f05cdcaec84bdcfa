// Writing protobuf's wire format, from back to front: every length is known when it is written.

/** What has been written is from `at` to the end of the buffer. */
export interface Writer {
  buffer: Buffer;
  at: number;
}

const FIRST_SIZE = 1 << 16;
/** A larger buffer is not kept for the next message. */
const KEPT_SIZE = 1 << 20;
/** More than a number with its tag, or a length with its tag. */
const ROOM = 32;
const scratch: Writer = { buffer: Buffer.allocUnsafeSlow(FIRST_SIZE), at: FIRST_SIZE };

/** The bytes that `write` writes. There is one buffer: never inside one another. */
export function written(write: (writer: Writer) => void): Buffer {
  scratch.at = scratch.buffer.length;
  try {
    write(scratch);
    return Buffer.from(scratch.buffer.subarray(scratch.at));
  } finally {
    if (scratch.buffer.length > KEPT_SIZE) scratch.buffer = Buffer.allocUnsafeSlow(FIRST_SIZE);
  }
}

/** How much has been written; the difference of two is a length. */
export function mark(writer: Writer): number {
  return writer.buffer.length - writer.at;
}

/** Makes room for `bytes` more, and for the tag and length before them. */
export function reserve(writer: Writer, bytes = 0): void {
  if (writer.at < bytes + ROOM) grow(writer, bytes + ROOM);
}

function grow(writer: Writer, bytes: number): void {
  const { buffer, at } = writer;
  const used = buffer.length - at;
  let size = buffer.length;
  do size *= 2;
  while (size - used < bytes);
  const larger = Buffer.allocUnsafeSlow(size);
  buffer.copy(larger, size - used, at);
  writer.buffer = larger;
  writer.at = size - used;
}

/** Needs {@link reserve}d room, as everything but strings and bytes does. */
export function writeByte(writer: Writer, byte: number): void {
  writer.at--;
  writer.buffer[writer.at] = byte;
}

export function writeVarint(writer: Writer, value: number): void {
  if (value < 128) {
    writeByte(writer, value);
    return;
  }
  // The last seven bits come first, and so are written last.
  const rest = Math.floor(value / 128);
  writeVarint(writer, rest);
  writeByte(writer, (value - rest * 128) | 128);
}

/** Ends a length-delimited field that began at `before`, as {@link mark} said. */
export function writeLength(writer: Writer, tag: number, before: number): void {
  reserve(writer);
  const length = mark(writer) - before;
  if (length < 128) {
    const at = writer.at - 2;
    writer.buffer[at] = tag;
    writer.buffer[at + 1] = length;
    writer.at = at;
    return;
  }
  writeVarint(writer, length);
  writeByte(writer, tag);
}

/** A field with a string; all tags here fit in one byte. */
export function writeString(writer: Writer, tag: number, text: string): void {
  reserve(writer, text.length * 3);
  if (text.length <= LONGEST_SHORT && writeShortAscii(writer, tag, text)) return;
  const before = mark(writer);
  writeUtf8(writer, text);
  writeLength(writer, tag, before);
}

/** In JavaScript alone, and its length is one byte. */
const LONGEST_SHORT = 64;

/** A field with what is bytes already. */
export function writeBytes(writer: Writer, tag: number, bytes: Uint8Array): void {
  reserve(writer, bytes.length);
  const before = mark(writer);
  writer.at -= bytes.length;
  writer.buffer.set(bytes, writer.at);
  writeLength(writer, tag, before);
}

/** False: it is not ASCII, and nothing is written. */
function writeShortAscii(writer: Writer, tag: number, text: string): boolean {
  const { buffer } = writer;
  const { length } = text;
  const start = writer.at - length;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return false;
    buffer[start + i] = code;
  }
  buffer[start - 1] = length;
  buffer[start - 2] = tag;
  writer.at = start - 2;
  return true;
}

function writeUtf8(writer: Writer, text: string): void {
  const length = Buffer.byteLength(text);
  writer.at -= length;
  writer.buffer.write(text, writer.at, length, 'utf8');
}

const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

export function writeDouble(writer: Writer, value: number): void {
  double[0] = value;
  writer.at -= 8;
  writer.buffer.set(doubleBytes, writer.at);
}
