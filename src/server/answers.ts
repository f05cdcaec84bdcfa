// Bytes in, bytes out. Nothing is computed again for a request that Crossplane says is the same.
import type { JsonObject } from '../step.ts';
import type { Account, Told } from './account.ts';
import { digestOfRequired, digestOfStruct } from './codec/digest.ts';
import { decodeRequest, decodeStruct, type Fields, fieldsOf } from './codec/request.ts';
import { runFunction } from './function.ts';
import { makeLru } from './lru.ts';
import { makeRing } from './ring.ts';

/** Bytes of answers that are kept: several hundred environments. In memory only, for kubeconfigs are among them. */
const ANSWERS_BYTES = 4 * 1024 * 1024;
/** Bytes of catalogs that are kept; a control plane has a few: one a Composition, and a canary. */
const CATALOGS_BYTES = 4 * 1024 * 1024;

interface Kept {
  /** It is the answer at every moment between these, in milliseconds. */
  readonly from: number;
  readonly until: number;
  readonly account: Told;
}

export interface Answered {
  /** A RunFunctionResponse. */
  readonly message: Buffer;
  readonly account: Account;
}

/**
 * @param connection what the request came over: a number that no other connection ever has; undefined: unknown
 * @throws WireError if the bytes are no RunFunctionRequest
 */
export type Answering = (bytes: Buffer, now: Date, connection?: number) => Answered;

export function makeAnswering(): Answering {
  const answers = makeRing<Kept>(ANSWERS_BYTES);
  const catalogs = makeLru<JsonObject>(CATALOGS_BYTES);

  /** The same object for the same content, so that nobody has to compare. */
  function catalogOf(input: Buffer): JsonObject {
    const digest = digestOfStruct(input);
    const known = catalogs.get(digest);
    if (known !== undefined) return known;
    const read = decodeStruct(input);
    catalogs.set(digest, read, input.length);
    return read;
  }

  return (bytes, now, connection) => {
    const fields = fieldsOf(bytes);
    const key = keyOf(fields, bytes, connection);
    const known = key === undefined ? undefined : answers.get(key);
    if (known !== undefined && holds(known.about, now)) {
      const account = { ...known.about.account, tag: fields.tag, isKept: true };
      return { message: known.bytes, account };
    }
    const input = fields.input === undefined ? undefined : catalogOf(fields.input);
    const { message, account, sameUntil = 0 } = runFunction(decodeRequest(fields), input, now);
    const kept = { account, from: now.getTime(), until: sameUntil };
    if (key !== undefined && holds(kept, now)) answers.set(key, message, kept);
    return { message, account: { ...account, tag: fields.tag, isKept: false } };
  };
}

/** Crossplane's tag is the SHA-256 of the request; other clients write there what they like. */
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Two requests with one key are the same. Who sends a tag is believed for its own connection alone: a client that
 * gives two requests one tag deceives nobody but itself. What the function required is not in Crossplane's tag, which
 * is made before the first call of a step.
 */
function keyOf(fields: Fields, { length }: Buffer, connection: number | undefined) {
  if (connection === undefined || !DIGEST.test(fields.tag)) return undefined;
  const required = fields.required.map(digestOfRequired).sort();
  return [connection, length, fields.tag, ...required].join(' ');
}

function holds({ from, until }: Kept, now: Date): boolean {
  return from <= now.getTime() && now.getTime() < until;
}
