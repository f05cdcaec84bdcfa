// An observed composed resource: its parts are decoded when they are first read, and most are not.
import type { Json, JsonObject, ObservedResource } from '../../step.ts';
import {
  BYTES,
  type Cursor,
  cursorOver,
  keysOf,
  readEnd,
  readKey,
  readTag,
  skip,
  tagOf,
} from './cursor.ts';
import { ELEMENT, ENTRY_KEY, ENTRY_VALUE, readValue, STRING } from './read-struct.ts';

/** Fields of a Resource. */
export const STRUCT_OF_RESOURCE = tagOf(1, BYTES);
export const CONNECTION_DETAILS = tagOf(2, BYTES);
/** Half of what Kubernetes stores of an object, and none of our business. */
export const MANAGED_FIELDS = 'managedFields';

/** Only the keys that every managed resource has are read at all. */
export const OBSERVED_PARTS: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'spec',
  'status',
] satisfies (keyof Parts)[]);

/** Where a value is in the bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A Resource message that ends at `end`. */
export function readObserved(cursor: Cursor, end: number): ObservedResource {
  let resource: JsonObject | undefined;
  let kubeconfig: Uint8Array | undefined;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === STRUCT_OF_RESOURCE) resource = readLazily(cursor, readEnd(cursor, end));
    else if (tag === CONNECTION_DETAILS)
      kubeconfig = readKubeconfig(cursor, readEnd(cursor, end)) ?? kubeconfig;
    else skip(cursor, end, tag);
  }
  return { resource: resource ?? {}, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
}

function readKubeconfig(cursor: Cursor, end: number): Uint8Array | undefined {
  const { key, value } = readEntryRange(cursor, end);
  if (key !== 'kubeconfig') return undefined;
  return cursor.bytes.subarray(value?.start ?? end, value?.end ?? end);
}

/** A map's entry: its key, and where its value is. */
export function readEntryRange(
  cursor: Cursor,
  end: number,
): { key: string; value: Range | undefined } {
  let key = '';
  let value: Range | undefined;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ENTRY_KEY) key = readKey(cursor, end);
    else if (tag === ENTRY_VALUE) {
      const stop = readEnd(cursor, end);
      value = { start: cursor.at, end: stop };
      cursor.at = stop;
    } else skip(cursor, end, tag);
  }
  return { key, value };
}

/** See {@link OBSERVED_PARTS}. */
interface Parts {
  apiVersion: Range | undefined;
  kind: Range | undefined;
  metadata: Range | undefined;
  spec: Range | undefined;
  status: Range | undefined;
}

function readLazily(cursor: Cursor, end: number): JsonObject {
  const parts: Parts = {
    apiVersion: undefined,
    kind: undefined,
    metadata: undefined,
    spec: undefined,
    status: undefined,
  };
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ELEMENT) readPart(cursor, readEnd(cursor, end), parts);
    else skip(cursor, end, tag);
  }
  return lazily(cursor.bytes, parts);
}

function readPart(cursor: Cursor, end: number, parts: Parts): void {
  const { key, value } = readEntryRange(cursor, end);
  if (value === undefined) return;
  if (key === 'apiVersion') parts.apiVersion = value;
  else if (key === 'kind') parts.kind = value;
  else if (key === 'metadata') parts.metadata = value;
  else if (key === 'spec') parts.spec = value;
  else if (key === 'status') parts.status = value;
}

/** A symbol, which JSON knows nothing of: what is lazy about a resource, and what has been read of it. */
const STATE = Symbol('state');
interface Lazy {
  readonly [STATE]: State;
}
interface State {
  readonly bytes: Buffer;
  readonly parts: Parts;
  metadata: Json | undefined;
  spec: Json | undefined;
  status: Json | undefined;
}

/** Shared by all resources, so that they have one shape. */
const LAZY_PARTS = {
  metadata: lazyPart('metadata', MANAGED_FIELDS),
  spec: lazyPart('spec'),
  status: lazyPart('status'),
};

function lazyPart(part: 'metadata' | 'spec' | 'status', without?: string) {
  return {
    get(this: Lazy): Json | undefined {
      const state = this[STATE];
      state[part] ??= valueAt(state.bytes, state.parts[part], without);
      return state[part];
    },
    enumerable: true,
    configurable: true,
  };
}

/** What is not there is undefined, as everywhere in {@link JsonObject}. */
function lazily(bytes: Buffer, parts: Parts): JsonObject {
  const state: State = { bytes, parts, metadata: undefined, spec: undefined, status: undefined };
  const resource: JsonObject & Lazy = {
    apiVersion: nameAt(bytes, parts.apiVersion),
    kind: nameAt(bytes, parts.kind),
    [STATE]: state,
  };
  Object.defineProperty(resource, 'metadata', LAZY_PARTS.metadata);
  Object.defineProperty(resource, 'spec', LAZY_PARTS.spec);
  return Object.defineProperty(resource, 'status', LAZY_PARTS.status);
}

/** A string that has probably been read before. */
function nameAt(bytes: Buffer, range: Range | undefined): Json | undefined {
  if (range === undefined) return undefined;
  const cursor = keysOf(bytes);
  cursor.at = range.start;
  if (range.start < range.end && readTag(cursor, range.end) === STRING) {
    const name = readKey(cursor, range.end);
    if (cursor.at === range.end) return name;
  }
  return valueAt(bytes, range);
}

/** @param without a key that is passed over, if the value is an object */
function valueAt(bytes: Buffer, range: Range | undefined, without?: string): Json | undefined {
  if (range === undefined) return undefined;
  return readValue(cursorOver(bytes, range.start, range.end), range.end, without);
}
