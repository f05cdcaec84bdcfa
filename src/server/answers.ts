// Bytes in, bytes out. Nothing is computed again for a request that is the same in everything that is read of it.
import type { JsonObject } from '../step.ts';
import type { Account, Told } from './account.ts';
import { digestOfRequest, digestOfStruct } from './codec/digest.ts';
import { decodeRequest, decodeStruct, fieldsOf } from './codec/request.ts';
import { encodeMeta } from './codec/response.ts';
import { runFunction } from './function.ts';
import { makeLru } from './lru.ts';

/** Bytes of answers that are kept: some hundred environments. In memory only, for kubeconfigs are among them. */
const ANSWERS_BYTES = 16 * 1024 * 1024;
/** What an entry takes beside its bytes. */
const ENTRY_BYTES = 512;
/** Bytes of catalogs that are kept; a control plane has a few: one a Composition, and a canary. */
const CATALOGS_BYTES = 4 * 1024 * 1024;

interface Kept {
  readonly body: Buffer;
  readonly ttlSeconds: number;
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

/** @throws WireError if the bytes are no RunFunctionRequest */
export type Answering = (bytes: Buffer, now: Date) => Answered;

export function makeAnswering(): Answering {
  const answers = makeLru<Kept>(ANSWERS_BYTES);
  const catalogs = makeLru<JsonObject>(CATALOGS_BYTES);

  /** The same object for the same content, so that nobody has to compare. */
  function catalogOf(input: Buffer, digest: string): JsonObject {
    const known = catalogs.get(digest);
    if (known !== undefined) return known;
    const read = decodeStruct(input);
    catalogs.set(digest, read, input.length);
    return read;
  }

  return (bytes, now) => {
    const fields = fieldsOf(bytes);
    const catalog = fields.input === undefined ? '' : digestOfStruct(fields.input);
    const digest = digestOfRequest(fields, catalog);
    const known = answers.get(digest);
    if (known !== undefined && holds(known, now)) return answered(fields.tag, known, true);
    const input = fields.input === undefined ? undefined : catalogOf(fields.input, catalog);
    const reply = runFunction(decodeRequest(fields), input, now);
    const answer: Kept = { ...reply, from: now.getTime(), until: reply.sameUntil ?? 0 };
    if (holds(answer, now)) answers.set(digest, answer, answer.body.length + ENTRY_BYTES);
    return answered(fields.tag, answer, false);
  };
}

function holds({ from, until }: Kept, now: Date): boolean {
  return from <= now.getTime() && now.getTime() < until;
}

function answered(tag: string, { ttlSeconds, body, account }: Kept, isKept: boolean): Answered {
  return {
    message: Buffer.concat([encodeMeta(tag, ttlSeconds), body]),
    account: { ...account, tag, isKept },
  };
}
