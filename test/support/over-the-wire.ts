// The function as Crossplane calls it, without the network: the SDK's messages, encoded and decoded both ways.
import { createHash } from 'node:crypto';
import { RunFunctionRequest, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import { isObject } from '../../src/json.ts';
import { makeAnswering } from '../../src/server/answers.ts';
import { BYTES, tagOf } from '../../src/server/codec/cursor.ts';
import { fieldsOf } from '../../src/server/codec/request.ts';
import { writeStruct } from '../../src/server/codec/write-struct.ts';
import { writeBytes, written } from '../../src/server/codec/writer.ts';
import type { JsonObject } from '../../src/step.ts';

/** Answers that are kept are kept for all tests of a file: what is wrong with that shows. */
const answering = makeAnswering();
const CONNECTION = 1;

/** A bug is thrown, not answered. */
export function overTheWire(request: RunFunctionRequest, now: Date): RunFunctionResponse {
  const { message, account } = answering(encoded(tagged(request)), now, CONNECTION);
  if (account.bug !== undefined) throw account.bug;
  const response = RunFunctionResponse.decode(message);
  return { ...response, meta: { ...response.meta, tag: request.meta?.tag ?? '' } };
}

/** With a tag as Crossplane makes it: of everything but what was looked up for the step since. */
export function tagged(request: RunFunctionRequest): RunFunctionRequest {
  const { meta: _, requiredResources: __, ...content } = request;
  const tag = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { ...request, meta: { tag, capabilities: [] } };
}

/** A field whose number is 15 at most, of a message. */
function field(number: number, message: Uint8Array): Buffer {
  return written((writer) => writeBytes(writer, tagOf(number, BYTES), message));
}

function struct(object: JsonObject): Buffer {
  return written((writer) => writeStruct(writer, object));
}

/** The input and the composite are not written by the SDK, which loses the key `__proto__`. */
export function encoded(request: RunFunctionRequest): Buffer {
  const { input, observed, ...rest } = request;
  const others = Buffer.from(
    RunFunctionRequest.encode({
      ...rest,
      input: undefined,
      observed: { composite: undefined, resources: observed?.resources ?? {} },
    }).finish(),
  );
  const composite = observed?.composite?.resource;
  const state = Buffer.concat([
    ...(isObject(composite) ? [field(1, field(1, struct(composite)))] : []),
    fieldsOf(others).observed ?? Buffer.alloc(0),
  ]);
  // Of a field that is there twice the last counts.
  return Buffer.concat([
    others,
    ...(observed === undefined ? [] : [field(2, state)]),
    ...(isObject(input) ? [field(4, struct(input))] : []),
  ]);
}

/** The same with all keys the other way round, as Go might write it. */
export function turned<T>(value: T): T {
  if (Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(turned) as T;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, turned(inner)])) as T;
}
