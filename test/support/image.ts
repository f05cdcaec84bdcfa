// What the Dockerfile says of how the image runs: for those who have no image.
import { readFileSync } from 'node:fs';

export interface Image {
  /** Of the C library, as `NAME=value`. */
  readonly variables: readonly string[];
  /** What the entry point gives Node: its flags, the program and the program's flags. */
  readonly arguments: readonly string[];
}

/** @param folder where what is in /function lies; ends with a slash */
export function imageOf(folder: string): Image {
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const [node, ...rest] = JSON.parse(
    /^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]',
  ) as string[];
  if (node !== '/nodejs/bin/node') throw new Error(`the entry point is ${node}`);
  return {
    variables: [...dockerfile.matchAll(/\bMALLOC_\w+=\d+/g)].map(String),
    arguments: rest.map((argument) => argument.replace(/^\/function\//, folder)),
  };
}
