// Answers that are kept: the same bytes as if they were computed anew, at every moment, and never another's.
import {
  type RunFunctionRequest,
  RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import { describe, expect, test } from 'vitest';
import { makeAnswering } from '../../src/server/answers.ts';
import { makeLru } from '../../src/server/lru.ts';
import { makeRing } from '../../src/server/ring.ts';
import type { JsonObject } from '../../src/step.ts';
import { encoded, tagged, turned } from '../support/over-the-wire.ts';
import { catalog, changed, NOW, place, settled } from '../support/play.ts';
import { fc } from '../support/property.ts';

const DAY = 86_400_000;
const at = (date: string) => new Date(date);

describe('a kept answer', () => {
  test('is given for the same request over the same connection, in whatever order its keys are', async () => {
    const answer = makeAnswering();
    const request = tagged((await settled('claims', { purpose: 'production' })).request());
    const first = answer(encoded(request), NOW, 1);
    const second = answer(encoded(turned(request)), NOW, 1);
    expect([first.account.isKept, second.account.isKept]).toEqual([false, true]);
    expect(second.message).toEqual(first.message);
    expect(RunFunctionResponse.decode(second.message).meta?.tag).toBe(request.meta?.tag);
  });

  test('is not given for a request that differs', async () => {
    const answer = makeAnswering();
    const self = await settled('namespaced', { purpose: 'development' });
    answer(encoded(tagged(self.request())), NOW, 1);
    const [name, { resource }] = [...self.composed][0] as [string, { resource: JsonObject }];
    self.composed.set(name, {
      resource: changed(resource, ['metadata', 'labels', 'a'], 'b'),
      age: 9,
    });
    expect(answer(encoded(tagged(self.request())), NOW, 1).account.isKept).toBe(false);
  });

  test('is not given for what was looked up since, although its tag is the same', async () => {
    const answer = makeAnswering();
    const request = tagged((await settled('namespaced', { purpose: 'development' })).request());
    const of = (requiredResources: RunFunctionRequest['requiredResources']) =>
      answer(encoded({ ...request, requiredResources }), NOW, 1).account.isKept;
    const item = (data: object) => ({
      items: [{ resource: data, connectionDetails: {}, ready: 0 }],
    });
    expect([of({}), of({ a: item({}) }), of({ a: item({ b: 1 }) })]).toEqual([false, false, false]);
    expect([of({}), of({ a: item({}) }), of({ a: item({ b: 1 }) })]).toEqual([true, true, true]);
  });

  test('is not given to another connection: a client that lies about its tags deceives nobody else', async () => {
    const answer = makeAnswering();
    const mine = tagged((await settled('claims', { purpose: 'production' })).request());
    const theirs = tagged((await settled('namespaced', { purpose: 'development' })).request());
    const forged = encoded({ ...mine, meta: theirs.meta });
    const honest = answer(encoded(theirs), NOW, 1).message;
    answer(forged, NOW, 2);
    expect(answer(encoded(theirs), NOW, 3).message).toEqual(honest);
    expect(answer(encoded(theirs), NOW, 1).message).toEqual(honest);
  });

  test.each(['', 'test', 'A'.repeat(64), 'a'.repeat(63)])(
    'is not given for a tag that is no digest: "%s"',
    async (tag) => {
      const answer = makeAnswering();
      const request = tagged((await settled('claims', { purpose: 'production' })).request());
      const message = encoded({ ...request, meta: { tag, capabilities: [] } });
      expect([1, 2].map(() => answer(message, NOW, 1).account.isKept)).toEqual([false, false]);
    },
  );

  test('is not given when nobody knows what a request came over', async () => {
    const answer = makeAnswering();
    const message = encoded(tagged((await settled('claims', { purpose: 'production' })).request()));
    expect([1, 2].map(() => answer(message, NOW).account.isKept)).toEqual([false, false]);
  });

  test('ends before a date of the catalog, and is nothing for a clock that went back', async () => {
    const answer = makeAnswering();
    const self = await settled('namespaced', { purpose: 'development' });
    const path = ['components', 'knative', 'versions', 0, 'deprecated'];
    const input = changed(catalog, path, '2026-11-23T00:00:00Z');
    const message = encoded(tagged({ ...self.request(), input }));
    const isKept = (date: string) => answer(message, at(date), 1).account.isKept;
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
      const request = encoded(tagged((await settled(flavour, spec)).request()));
      const moment = fc
        .oneof(
          fc.integer({ min: -3 * DAY, max: 8 * DAY }),
          fc.integer({ min: 0, max: 800 * DAY }),
          // Around the end of the sandbox.
          fc.integer({ min: 3 * DAY - 1_300_000, max: 3 * DAY + 100_000 }),
        )
        .map((offset) => NOW.getTime() + offset);
      const pause = fc.constantFrom(0, 60_000, 3_600_000, DAY);
      let kept = 0;
      fc.assert(
        fc.property(moment, pause, (begin, later) => {
          for (const now of [new Date(begin), new Date(begin + later)]) {
            const given = answer(request, now, 1);
            kept += given.account.isKept ? 1 : 0;
            expect(given.message).toEqual(makeAnswering()(request, now).message);
          }
        }),
        { numRuns: 60 },
      );
      expect(kept).toBeGreaterThan(20);
    },
  );

  test('of what is refused there is none', () => {
    const answer = makeAnswering();
    const request = encoded(tagged(place('claims', { purpose: 'nothing' }).request()));
    expect([1, 2].map(() => answer(request, NOW, 1).account.isKept)).toEqual([false, false]);
  });
});

describe('what is kept in one piece of memory', () => {
  test('is what was put in last, whatever its sizes are', () => {
    const entry = fc.tuple(fc.nat(12), fc.integer({ min: 0, max: 9_000 }));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 60 }), (entries) => {
        const ring = makeRing<number>(16_384);
        const put = new Map<string, { bytes: Buffer; about: number }>();
        for (const [i, [name, length]] of entries.entries()) {
          const bytes = Buffer.alloc(length, i + 1);
          ring.set(String(name), bytes, i);
          put.delete(String(name));
          put.set(String(name), { bytes, about: i });
          // The latest is there, and of the others each is what was put in, or nothing.
          expect(ring.get(String(name))).toEqual({ bytes, about: i });
          for (const [key, latest] of put)
            expect([undefined, latest]).toContainEqual(ring.get(key));
        }
      }),
    );
  });

  test('is as much as has room', () => {
    const ring = makeRing<string>(8 * 1024);
    const keys = Array.from({ length: 20 }, (_, i) => `${i}`);
    for (const key of keys) ring.set(key, Buffer.from(key), key);
    expect(keys.filter((key) => ring.get(key) !== undefined)).toEqual(keys.slice(-8));
    ring.set('huge', Buffer.alloc(8 * 1024 + 1), '');
    expect(ring.get('huge')).toBeUndefined();
    expect(ring.get('19')?.about).toBe('19');
  });

  test('is nobody else’s to change', () => {
    const ring = makeRing<string>(8 * 1024);
    const bytes = Buffer.from('secret');
    ring.set('a', bytes, '');
    bytes.fill(0);
    ring.get('a')?.bytes.fill(0);
    expect(ring.get('a')?.bytes.toString()).toBe('secret');
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
