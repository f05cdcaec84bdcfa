// FILE as people give it: a file, a folder (its .yaml, .yml and .json files, deep), or - for standard input.
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { allOf, InputError } from './failure.ts';

/** A text with the name that messages call it by. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

export const STDIN = '<stdin>';
const STDIN_DESCRIPTOR = 0;
const CHUNK = 1024 * 1024;

/** Names of all files that are meant, sorted within a folder. */
export function filesOf(arguments_: readonly string[]): string[] {
  return allOf(arguments_, (name) => (name === '-' ? [STDIN] : expanded(name))).flat();
}

function expanded(name: string): string[] {
  const stats = attempt(name, () => statSync(name));
  if (!stats.isDirectory()) return [name];
  const found = readdirSync(name, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .map((file) => join(name, file))
    .filter((file) => statSync(file).isFile())
    .sort();
  if (found.length === 0) throw new InputError([`${name}: has no .yaml, .yml or .json file`]);
  return found;
}

export function sourceOf(name: string): Source {
  const text = attempt(name, () =>
    readFileSync(name === STDIN ? STDIN_DESCRIPTOR : name, { encoding: 'utf8' }),
  );
  return { name, text };
}

/** A file in pieces, so that a large one is never there as a whole. All come in one buffer: copy what is kept. */
export function* chunksOf(name: string): Generator<Buffer> {
  const descriptor = name === STDIN ? STDIN_DESCRIPTOR : attempt(name, () => openSync(name, 'r'));
  const buffer = Buffer.allocUnsafe(CHUNK);
  try {
    for (;;) {
      const length = attempt(name, () => readSome(descriptor, buffer));
      if (length === 0) return;
      yield buffer.subarray(0, length);
    }
  } finally {
    if (descriptor !== STDIN_DESCRIPTOR) closeSync(descriptor);
  }
}

/** A pipe that is still empty answers EAGAIN, and on Windows a closed one EOF. */
function readSome(descriptor: number, buffer: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'may not be read',
  EISDIR: 'is a folder',
};

function attempt<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new InputError([`${name}: ${WHY[code] ?? message}`]);
  }
}
