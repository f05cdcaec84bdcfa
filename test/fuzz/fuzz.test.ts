// A few thousand of the inputs of `npm run fuzz`.
import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { sourcesOf } from './sources.ts';

test('whatever comes in is answered or refused in words', { timeout: 120_000 }, async () => {
  const { findings, tally } = fuzz(await sourcesOf(), { seed: 1, count: 2000 });
  expect(findings).toEqual([]);
  // All kinds were there, and not all of them were thrown out at the door.
  expect([...tally.keys()]).toEqual(
    expect.arrayContaining([
      'random message: no message',
      'random message: refused',
      'changed bytes: accepted',
      'changed bytes: no message',
      'changed request: accepted',
      'changed request: refused',
      'changed catalog: refused',
      'expression: refused',
      'template: refused',
      'pattern: matched',
      'pattern: refused',
    ]),
  );
});
