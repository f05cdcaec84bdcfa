// Answers that are kept: the same bytes as if they were computed anew, at every moment, and never another's.
import { RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeAnswering } from '../../src/server/answers.ts';
import { makeLru } from '../../src/server/lru.ts';
import type { JsonObject } from '../../src/step.ts';
import { encoded, turned } from '../support/over-the-wire.ts';
import { catalog, changed, NOW, place, settled } from '../support/play.ts';

const DAY = 86_400_000;
const at = (date: string) => new Date(date);

describe('a kept answer', () => {
  test('is given for the same request in another order, with its own tag', async () => {
    const answer = makeAnswering();
    const request = (await settled('claims', { purpose: 'production' })).request();
    const first = answer(encoded(request), NOW);
    const again = { ...turned(request), meta: { tag: 'another', capabilities: [] } };
    const second = answer(encoded(again), NOW);
    expect([first.account.isKept, second.account.isKept]).toEqual([false, true]);
    const [one, other] = [first, second].map(({ message }) => RunFunctionResponse.decode(message));
    expect(other).toEqual({ ...one, meta: { ...one?.meta, tag: 'another' } });
  });

  test('is not given for a request that differs, whatever its tag', async () => {
    const answer = makeAnswering();
    const self = await settled('namespaced', { purpose: 'development' });
    answer(encoded(self.request()), NOW);
    const [name, { resource }] = [...self.composed][0] as [string, { resource: JsonObject }];
    self.composed.set(name, {
      resource: changed(resource, ['metadata', 'labels', 'a'], 'b'),
      age: 9,
    });
    expect(answer(encoded(self.request()), NOW).account.isKept).toBe(false);
    const found = { required: { items: [] } };
    expect(
      answer(encoded({ ...self.request(), requiredResources: found }), NOW).account.isKept,
    ).toBe(false);
  });

  test('ends before a date of the catalog, and is nothing for a clock that went back', async () => {
    const answer = makeAnswering();
    const self = await settled('namespaced', { purpose: 'development' });
    const path = ['components', 'knative', 'versions', 0, 'deprecated'];
    const input = changed(catalog, path, '2026-11-23T00:00:00Z');
    const message = encoded({ ...self.request(), input });
    const isKept = (date: string) => answer(message, at(date)).account.isKept;
    expect(isKept('2026-11-22T12:00:00Z')).toBe(false);
    expect(isKept('2026-11-22T11:59:59Z')).toBe(false);
    expect(isKept('2026-11-22T23:49:59Z')).toBe(true);
    expect(isKept('2026-11-22T23:50:00Z')).toBe(false);
    expect(isKept('2026-11-23T00:00:00Z')).toBe(false);
    expect(isKept('2026-11-23T00:00:01Z')).toBe(true);
  });

  test.each([
    { flavour: 'namespaced', spec: { purpose: 'sandbox', lifetime: '72h' } },
    { flavour: 'namespaced', spec: { purpose: 'development' } },
    { flavour: 'claims', spec: { purpose: 'production' } },
  ] as const)(
    'is what would be computed, at any moment: $flavour $spec',
    async ({ flavour, spec }) => {
      const answer = makeAnswering();
      const request = encoded((await settled(flavour, spec)).request());
      const moment = fc
        .oneof(
          fc.integer({ min: -3 * DAY, max: 8 * DAY }),
          fc.integer({ min: 0, max: 800 * DAY }),
          // Around the end of the sandbox.
          fc.integer({ min: 3 * DAY - 1_300_000, max: 3 * DAY + 100_000 }),
        )
        .map((offset) => new Date(NOW.getTime() + offset));
      let kept = 0;
      fc.assert(
        fc.property(moment, (now) => {
          const given = answer(request, now);
          kept += given.account.isKept ? 1 : 0;
          expect(given.message).toEqual(makeAnswering()(request, now).message);
        }),
        { numRuns: 60 },
      );
      expect(kept).toBeGreaterThan(3);
    },
  );

  test('of what is refused there is none', () => {
    const answer = makeAnswering();
    const request = encoded(place('claims', { purpose: 'nothing' }).request());
    expect([1, 2].map(() => answer(request, NOW).account.isKept)).toEqual([false, false]);
  });
});

describe('what is kept', () => {
  test('is never larger than it may be, and goes by its last use', () => {
    const lru = makeLru<string>(10);
    lru.set('a', 'A', 4);
    lru.set('b', 'B', 4);
    expect(lru.get('a')).toBe('A');
    lru.set('c', 'C', 4);
    expect(['a', 'b', 'c'].map((key) => lru.get(key))).toEqual(['A', undefined, 'C']);
    lru.set('huge', 'H', 11);
    expect(['a', 'huge', 'c'].map((key) => lru.get(key))).toEqual(['A', undefined, 'C']);
    lru.set('a', 'AA', 6);
    expect(['a', 'c'].map((key) => lru.get(key))).toEqual(['AA', 'C']);
  });
});
