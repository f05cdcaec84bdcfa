// An observed composed resource: its parts are decoded when they are first read, and most are not.
import type { Json, JsonObject, ObservedResource } from '../../step.ts';
import { BYTES, type Cursor, readEnd, readKey, readTag, skip, tagOf } from './cursor.ts';
import { ELEMENT, ENTRY_KEY, ENTRY_VALUE, readValue } from './read-struct.ts';

const RESOURCE = tagOf(1, BYTES);
const CONNECTION_DETAILS = tagOf(2, BYTES);
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
    if (tag === RESOURCE) resource = readLazily(cursor, readEnd(cursor, end));
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
  return lazily(cursor, parts);
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

/** What is not there is undefined, as everywhere in {@link JsonObject}. */
function lazily(cursor: Cursor, parts: Parts): JsonObject {
  let metadata: Json | undefined;
  let spec: Json | undefined;
  let status: Json | undefined;
  return {
    apiVersion: valueAt(cursor, parts.apiVersion),
    kind: valueAt(cursor, parts.kind),
    get metadata() {
      metadata ??= valueAt(cursor, parts.metadata, MANAGED_FIELDS);
      return metadata;
    },
    get spec() {
      spec ??= valueAt(cursor, parts.spec);
      return spec;
    },
    get status() {
      status ??= valueAt(cursor, parts.status);
      return status;
    },
  };
}

/** @param without a key that is passed over, if the value is an object */
function valueAt(cursor: Cursor, range: Range | undefined, without?: string): Json | undefined {
  if (range === undefined) return undefined;
  const back = cursor.at;
  cursor.at = range.start;
  const value = readValue(cursor, range.end, 0, without);
  cursor.at = back;
  return value;
}
