// The codec against the SDK's: equal in meaning on whatever protobuf can say, and clear about what is not protobuf.
import {
  type Capability,
  Ready,
  type Resource,
  RunFunctionRequest,
  RunFunctionResponse,
} from '@crossplane-org/function-sdk-typescript';
import { describe, expect, test } from 'vitest';
import { equal } from '../../src/json.ts';
import { BYTES, DEEPEST, tagOf } from '../../src/server/codec/cursor.ts';
import { digestOfRequired, digestOfStruct } from '../../src/server/codec/digest.ts';
import {
  decodeRequest,
  decodeResource,
  decodeStruct,
  fieldsOf,
} from '../../src/server/codec/request.ts';
import { encodeResponse, type Response } from '../../src/server/codec/response.ts';
import { WireError } from '../../src/server/codec/wire-error.ts';
import { writeStruct } from '../../src/server/codec/write-struct.ts';
import { writeBytes, written } from '../../src/server/codec/writer.ts';
import type { JsonObject } from '../../src/step.ts';
import { turned } from '../support/over-the-wire.ts';
import { fc } from '../support/property.ts';

// The SDK's codec loses this one.
const key = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', 'metadata', 'é', '名', 'constructor'))
  .filter((k) => k !== '__proto__');
const { value: json } = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, -0, Number.NaN, Infinity, '', 'a'.repeat(300)),
    fc.double(),
    fc.integer(),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 5 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
}));
const object = fc.dictionary(key, json, { maxKeys: 8, noNullPrototype: true }) as fc.Arbitrary<
  Record<string, unknown>
>;
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const resource: fc.Arbitrary<Resource> = fc.record({
  resource: fc
    .tuple(object, object, fc.option(json), fc.option(json))
    .map(([other, metadata, spec, status]) => ({
      ...other,
      kind: 'Object',
      metadata: { ...metadata, managedFields: [metadata] },
      ...(spec === null ? {} : { spec }),
      ...(status === null ? {} : { status }),
    })),
  connectionDetails: fc.dictionary(fc.oneof(fc.constant('kubeconfig'), key), bytes, {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  ready: fc.constantFrom(Ready.READY_UNSPECIFIED, Ready.READY_TRUE, Ready.READY_FALSE),
});
const resources = fc.dictionary(key, resource, { maxKeys: 4, noNullPrototype: true });
const state = fc.record({ composite: fc.option(resource, { nil: undefined }), resources });
const request: fc.Arbitrary<RunFunctionRequest> = fc
  .record({
    meta: fc.record({
      tag: fc.string({ unit: 'binary' }),
      capabilities: fc.constant<Capability[]>([1, 2]),
    }),
    observed: fc.option(state, { nil: undefined }),
    desired: fc.option(state, { nil: undefined }),
    input: fc.option(object, { nil: undefined }),
    context: fc.option(object, { nil: undefined }),
    requiredResources: fc.dictionary(
      key,
      fc.record({ items: fc.array(resource, { maxLength: 2 }) }),
      { maxKeys: 2, noNullPrototype: true },
    ),
    extraResources: fc.constant<RunFunctionRequest['extraResources']>({ other: { items: [] } }),
  })
  .map((partial) => RunFunctionRequest.fromPartial(partial));

function sdkBytes(message: RunFunctionRequest): Buffer {
  return Buffer.from(RunFunctionRequest.encode(message).finish());
}

/** What the SDK's codec makes of it. */
function sdkRead(encoded: Buffer): RunFunctionRequest {
  return RunFunctionRequest.decode(encoded);
}

function ourStruct(value: unknown): Buffer {
  return written((writer) => writeStruct(writer, value as JsonObject));
}

/** With -0 and NaN, and without what is undefined. */
function plain(value: unknown): unknown {
  return structuredClone(value);
}

function withoutManagedFields(whole: Record<string, unknown> | undefined) {
  const { metadata, ...rest } = whole ?? {};
  const { managedFields: _, ...kept } = metadata as Record<string, unknown>;
  return { ...rest, metadata: kept };
}

describe('what the SDK writes', () => {
  test('reads as what the SDK reads: a Struct', () => {
    fc.assert(
      fc.property(object, (input) => {
        const encoded = sdkBytes(RunFunctionRequest.fromPartial({ input }));
        const read = decodeStruct(fieldsOf(encoded).input ?? Buffer.alloc(0));
        expect(read).toEqual(sdkRead(encoded).input);
      }),
    );
  });

  test('reads as what the SDK reads: a request', () => {
    fc.assert(
      fc.property(request, (message) => {
        const encoded = sdkBytes(message);
        const sdk = sdkRead(encoded);
        const fields = fieldsOf(encoded);
        const ours = decodeRequest(fields);
        expect(fields.tag).toBe(sdk.meta?.tag);
        const composite = sdk.observed?.composite?.resource;
        expect(ours.composite).toEqual(composite && withoutManagedFields(composite));
        expect([...ours.observed.keys()].sort()).toEqual(
          Object.keys(sdk.observed?.resources ?? {}).sort(),
        );
        for (const [name, found] of Object.entries(sdk.observed?.resources ?? {})) {
          const { kind, metadata, spec, status } = withoutManagedFields(
            found.resource,
          ) as JsonObject;
          const { resource: lazy, kubeconfig } = ours.observed.get(name) ?? { resource: {} };
          // Read twice: the second time it has been decoded already.
          for (let i = 0; i < 2; i++)
            expect(Object.fromEntries(Object.entries(lazy))).toEqual({
              kind,
              metadata,
              spec,
              status,
            });
          expect(kubeconfig).toEqual(found.connectionDetails.kubeconfig);
        }
        for (const [name, { items }] of Object.entries(sdk.requiredResources))
          expect(ours.required.get(name)).toEqual(
            items.map((item) => withoutManagedFields(item.resource)),
          );
      }),
    );
  });
});

const result = fc.record({
  severity: fc.integer({ min: 0, max: 3 }),
  reason: fc.string({ unit: 'binary' }),
  message: fc.string({ unit: 'binary' }),
  target: fc.integer({ min: 0, max: 2 }),
});
const condition = fc.record({
  type: fc.string(),
  status: fc.integer({ min: 0, max: 3 }),
  reason: fc.string(),
  message: fc.string({ unit: 'binary' }),
  target: fc.integer({ min: 0, max: 2 }),
});
const requirement = fc.record({
  key: fc.string({ minLength: 1 }).filter((k) => k !== '__proto__'),
  apiVersion: fc.string(),
  kind: fc.string(),
  match: fc.oneof(
    fc.string(),
    fc.dictionary(key, fc.string({ unit: 'binary' }), { noNullPrototype: true }),
  ),
  namespace: fc.option(fc.string(), { nil: undefined }),
});

describe('what we write', () => {
  test('is read by the SDK as it was: a Struct', () => {
    fc.assert(
      fc.property(object, (value) => {
        const struct = ourStruct(value);
        const field = written((writer) => writeBytes(writer, tagOf(4, BYTES), struct));
        expect(sdkRead(field).input).toEqual(plain(value));
        expect(decodeStruct(ourStruct(value))).toEqual(plain(value));
      }),
    );
  });

  test('is read by the SDK as it was: a response', () => {
    fc.assert(
      fc.property(
        request,
        fc.record({
          tag: fc.string(),
          ttl: fc.nat(),
          composite: fc.option(resource, { nil: undefined }),
          ours: resources,
          results: fc.array(result, { maxLength: 3 }),
          conditions: fc.array(condition, { maxLength: 4 }),
          requirements: fc.uniqueArray(requirement, { maxLength: 3, selector: (r) => r.key }),
        }),
        (message, { tag, ttl, composite, ours, results, conditions, requirements }) => {
          const received = decodeRequest(fieldsOf(sdkBytes(message)));
          const response: Response = {
            tag,
            ttlSeconds: ttl,
            earlier: received.earlier,
            composite:
              composite === undefined
                ? undefined
                : {
                    resource: composite.resource as JsonObject,
                    connectionDetails: new Map(Object.entries(composite.connectionDetails)),
                    ready: composite.ready,
                  },
            resources: Object.entries(ours).map(([name, desired]) => ({
              name,
              resource: desired.resource as JsonObject,
              ready: desired.ready,
            })),
            results,
            conditions,
            context: received.context?.bytes,
            requirements,
          };
          const read = RunFunctionResponse.decode(encodeResponse(response));
          const expected = sdkRead(sdkBytes(message));
          expect(read.meta).toEqual({ tag, ttl: { seconds: ttl, nanos: 0 } });
          expect(read.desired?.composite).toEqual(
            composite === undefined ? expected.desired?.composite : plainResource(composite),
          );
          expect(read.desired?.resources).toEqual({
            ...expected.desired?.resources,
            ...Object.fromEntries(
              Object.entries(ours).map(([name, desired]) => [
                name,
                plainResource({ ...desired, connectionDetails: {} }),
              ]),
            ),
          });
          expect(read.results).toEqual(results);
          expect(read.conditions).toEqual(conditions);
          expect(read.context).toEqual(expected.context);
          const wanted = Object.values(read.requirements?.resources ?? {});
          expect(
            wanted
              .map(({ apiVersion, kind, namespace, matchName, matchLabels }) => ({
                apiVersion,
                kind,
                namespace,
                match: matchName ?? matchLabels?.labels,
              }))
              .sort(byText),
          ).toEqual(requirements.map(({ key: _, ...rest }) => rest).sort(byText));
        },
      ),
    );
  });

  test('leaves out what is undefined, and refuses what JSON has not', () => {
    expect(decodeStruct(ourStruct({ a: undefined, b: [{ c: undefined }] }))).toEqual({ b: [{}] });
    expect(() => ourStruct({ a: 1n })).toThrow('a bigint has no place in JSON');
  });

  test.each([127, 128, 16_383, 16_384, 2 ** 21, 2 ** 22 + 3])('can be long: %i', (length) => {
    const value = { text: 'é'.repeat(length / 2), list: Array(100).fill('x'.repeat(200)) };
    expect(decodeStruct(ourStruct(value))).toEqual(value);
  });

  test('can be nested as deep as it may be', () => {
    let value: unknown = 'end';
    for (let i = 0; i < DEEPEST - 2; i++) value = i % 2 === 0 ? [value] : { a: value };
    expect(decodeStruct(ourStruct({ value }))).toEqual({ value });
  });
});

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

function plainResource(from: Resource): unknown {
  return { ...from, resource: plain(from.resource) };
}

describe('what is no message', () => {
  const encoded = sdkBytes(
    RunFunctionRequest.fromPartial({
      meta: { tag: 'tag' },
      observed: {
        composite: { resource: { kind: 'E', spec: { a: [1, true, null, 'é', { b: {} }] } } },
        resources: { one: { resource: { kind: 'R', status: { n: 1.5 } }, ready: 0 } },
      },
      desired: { composite: { resource: { a: 1 } }, resources: { two: { resource: { b: 'c' } } } },
      input: { kind: 'Catalog', list: [{}, []] },
      context: { key: 'value' },
      requiredResources: { three: { items: [{ resource: { d: 1 } }] } },
    }),
  );

  /** Everything that may be read of it. */
  function readAll(message: Buffer): void {
    const fields = fieldsOf(message);
    digestOfStruct(fields.input ?? Buffer.alloc(0));
    fields.required.map(digestOfRequired);
    decodeStruct(fields.input ?? Buffer.alloc(0));
    const { observed, earlier } = decodeRequest(fields);
    for (const each of observed.values()) void { ...each.resource };
    if (earlier.composite !== undefined) decodeResource(earlier.composite);
  }

  /** Anything but a WireError fails. */
  function isRead(message: Buffer): boolean {
    try {
      readAll(message);
      return true;
    } catch (error) {
      if (error instanceof WireError) return false;
      throw error;
    }
  }

  test('is said to be none, wherever it is cut off inside a field', () => {
    expect(isRead(encoded)).toBe(true);
    const read = encoded.map((_, i) => (isRead(encoded.subarray(0, i)) ? 1 : 0));
    // Only between the six fields.
    expect(read.reduce((sum, each) => sum + each, 0)).toBe(6);
  });

  test('is never anything but read or refused, whatever one byte is', () => {
    for (let i = 0; i < encoded.length; i++)
      for (const byte of [0, 1, 7, 127, 128, 255]) {
        const changed = Buffer.from(encoded);
        changed[i] = byte;
        isRead(changed);
      }
  });

  test('is never anything but read or refused: random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (b) => void isRead(Buffer.from(b))),
      {
        numRuns: 2000,
      },
    );
  });

  test.each([
    { what: 'the composite', field: 1, resource: [10, 3, 18, 9, 26] },
    { what: 'a resource', field: 2, resource: [10, 1, 97, 18, 5, 10, 3, 18, 9, 26] },
  ])('$what of earlier steps is refused, though it is only passed on', ({ field, resource }) => {
    const desired = written((w) => writeBytes(w, tagOf(field, BYTES), Buffer.from(resource)));
    const message = written((w) => writeBytes(w, tagOf(3, BYTES), desired));
    expect(() => decodeRequest(fieldsOf(message))).toThrow(WireError);
  });

  const input = (...content: number[]) => Buffer.from([34, content.length, ...content]);
  test.each([
    { what: 'a length beyond the end', of: input(10, 100), says: 'in the middle of a field' },
    { what: 'a length beyond its parent', of: input(10, 3, 18, 9, 26), says: 'in the middle' },
    { what: 'field 0', of: input(2, 0), says: 'the number 0' },
    { what: 'wire type 7', of: input(15), says: 'wire type 7' },
    { what: 'the end of a group', of: input(12), says: 'wire type 4' },
    { what: 'a group without end', of: input(11), says: 'in the middle of a field' },
    {
      what: 'a number without end',
      of: input(8, ...Array(11).fill(255)),
      says: 'a number is longer than it can be',
    },
    { what: 'a tag of six bytes', of: input(...Array(6).fill(255)), says: 'longer than it can be' },
    {
      what: 'a string that is not UTF-8',
      of: input(10, 6, 18, 4, 26, 2, 0xc3, 0x28),
      says: 'not UTF-8',
    },
    {
      what: 'a key that is not UTF-8',
      of: input(10, 3, 10, 1, 0xff),
      says: 'not UTF-8',
    },
    {
      what: 'groups without end',
      of: input(...Array(120).fill(11)),
      says: 'the middle of a field',
    },
  ])('$what is refused', ({ of, says }) => {
    expect(() => readAll(of)).toThrow(WireError);
    expect(() => readAll(of)).toThrow(says);
  });

  test('thousands of levels are refused, of objects, lists and groups', () => {
    const [INPUT, VALUE_LIST, VALUE_STRUCT, ENTRY, ELEMENT] = [34, 50, 42, 18, 10];
    const wrapped = (message: Buffer, ...tags: readonly number[]) =>
      tags.reduce((inner, tag) => written((writer) => writeBytes(writer, tag, inner)), message);
    let object: Buffer = Buffer.alloc(0);
    let value: Buffer = Buffer.alloc(0);
    for (let i = 0; i < 3000; i++) {
      object = wrapped(object, VALUE_STRUCT, ENTRY, ELEMENT);
      value = wrapped(value, ELEMENT, VALUE_LIST);
    }
    const list = wrapped(value, ENTRY, ELEMENT);
    for (const input of [object, list])
      expect(() => readAll(wrapped(input, INPUT))).toThrow('nested more than');
    const groups = Buffer.alloc(10_000, 11);
    expect(() => fieldsOf(groups)).toThrow('nested more than');
  });
});

describe('what is more than we know', () => {
  test('is passed over, groups too', () => {
    const known = sdkBytes(RunFunctionRequest.fromPartial({ meta: { tag: 'tag' } }));
    const unknown = Buffer.from([
      ...[0xf8, 0x01, 0x05], // field 31, a number
      ...[0xfd, 0x01, 1, 2, 3, 4], // four bytes
      ...[0xf9, 0x01, 1, 2, 3, 4, 5, 6, 7, 8], // eight bytes
      ...[0xfb, 0x01, 0xfb, 0x01, 8, 1, 0xfc, 0x01, 0xfc, 0x01], // a group in a group
    ]);
    expect(fieldsOf(Buffer.concat([unknown, known, unknown])).tag).toBe('tag');
  });

  test('of what earlier steps desire stays as it is', () => {
    const entry = Buffer.from([10, 1, 97, 18, 5, 0xfa, 0x01, 2, 120, 121]);
    const desired = written((writer) => writeBytes(writer, tagOf(2, BYTES), entry));
    const message = written((writer) => writeBytes(writer, tagOf(3, BYTES), desired));
    const { earlier } = decodeRequest(fieldsOf(message));
    expect(earlier.resources.get('a')).toEqual(entry);
  });
});

test('__proto__ is a key like any other', () => {
  const value = JSON.parse('{"__proto__": {"polluted": 1}, "a": [{"__proto__": 2}]}');
  const read = decodeStruct(ourStruct(value));
  expect(JSON.stringify(read)).toBe(JSON.stringify(value));
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

describe('the digest', () => {
  const digest = (value: object) => digestOfStruct(ourStruct(value));

  test('is the same whatever the order of keys', () => {
    fc.assert(fc.property(object, (value) => digest(value) === digest(turned(value))));
  });

  test('is another with any other content', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        fc.pre(!equal(a, b));
        return digest(a) !== digest(b);
      }),
    );
  });

  const base = { spec: { a: ['x', 'y'], b: 'z' }, list: [1, 2], of: [[], {}], zero: 0 };
  test.each([
    ['a value', { ...base, spec: { a: ['x', 'y'], b: 'Z' } }],
    ['a key', { ...base, spec: { a: ['x', 'y'], c: 'z' } }],
    ['the sign of nothing', { ...base, zero: -0 }],
    ['the order of a list', { ...base, list: [2, 1] }],
    ['where a value is', { ...base, spec: { a: ['x', 'y', 'z'] } }],
    ['what is in what', { ...base, of: [[{}]] }],
    ['what is empty', { ...base, of: [{}, []] }],
    ['what is there', { spec: base.spec, list: base.list, zero: 0 }],
  ])('goes by %s', (_, other) => {
    expect(digest(other)).not.toBe(digest(base));
  });

  test('of what was looked up goes by all that is read of it, and by no order of keys', () => {
    const looked = (requiredResources: RunFunctionRequest['requiredResources']) =>
      fieldsOf(sdkBytes(RunFunctionRequest.fromPartial({ requiredResources }))).required.map(
        digestOfRequired,
      );
    const item = (resource: object) => ({ resource, connectionDetails: {}, ready: 0 });
    const one = { a: { items: [item({ kind: 'A', b: 1 })] } };
    expect(looked({ a: { items: [item({ b: 1, kind: 'A' })] } })).toEqual(looked(one));
    for (const other of [
      { b: one.a },
      { a: { items: [] } },
      { a: { items: [item({ kind: 'A', b: 2 })] } },
      { a: { items: [item({}), item({ kind: 'A', b: 1 })] } },
    ])
      expect(looked(other)).not.toEqual(looked(one));
  });
});
