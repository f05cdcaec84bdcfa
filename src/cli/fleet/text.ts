// The text of an item: read from its file again, so that a fleet is never in memory as a whole.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Item, Range } from './items.ts';

export function textOf({ file, place }: Item): string {
  return 'text' in place ? place.text : readRange(file, place);
}

/** The file that was read last: most dumps are one. */
let open: { readonly file: string; readonly descriptor: number } | undefined;

function readRange(file: string, { offset, length }: Range): string {
  if (open?.file !== file) {
    if (open !== undefined) closeSync(open.descriptor);
    open = { file, descriptor: openSync(file, 'r') };
  }
  const buffer = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const more = readSync(open.descriptor, buffer, read, length - read, offset + read);
    if (more === 0) break;
    read += more;
  }
  return buffer.toString('utf8', 0, read);
}
