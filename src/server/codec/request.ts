// A RunFunctionRequest on the wire → what of it the function reads. What others desire stays bytes.
import type { JsonObject, Observed, ObservedResource } from '../../step.ts';
import { checkResource, checkResourceEntry } from './check.ts';
import {
  BYTES,
  type Cursor,
  cursorOver,
  keysOf,
  readEnd,
  readString,
  readTag,
  skip,
  tagOf,
  VARINT,
  varint,
} from './cursor.ts';
import {
  CONNECTION_DETAILS,
  MANAGED_FIELDS,
  readEntryRange,
  readObserved,
  STRUCT_OF_RESOURCE,
} from './observed.ts';
import { ELEMENT, put, readStruct, readValue } from './read-struct.ts';

/** What the function goes by, but for its input. */
export interface Request {
  /** Crossplane's digest of the request. */
  readonly tag: string;
  /** The observed composite, without its managedFields. */
  readonly composite: JsonObject | undefined;
  readonly observed: Observed;
  /** What earlier steps of the pipeline desire. */
  readonly earlier: Earlier;
  readonly context: Context | undefined;
  /** What each look-up of an earlier answer found. */
  readonly required: ReadonlyMap<string, readonly JsonObject[]>;
}

/** The pipeline's: it is handed on as it came. */
export interface Context {
  /** A Struct. */
  readonly bytes: Buffer;
  readonly value: JsonObject;
}

export interface Earlier {
  /** A Resource, as bytes. */
  readonly composite: Buffer | undefined;
  /** By composition resource name: the entry of the map, as bytes. */
  readonly resources: ReadonlyMap<string, Buffer>;
}

/** A Resource whose parts are all needed. */
export interface WholeResource {
  readonly resource: JsonObject | undefined;
  readonly connectionDetails: ReadonlyMap<string, Uint8Array>;
  readonly ready: number;
}

const META = tagOf(1, BYTES);
const OBSERVED = tagOf(2, BYTES);
const DESIRED = tagOf(3, BYTES);
const INPUT = tagOf(4, BYTES);
const CONTEXT = tagOf(5, BYTES);
const REQUIRED_RESOURCES = tagOf(8, BYTES);

const TAG = tagOf(1, BYTES);
const COMPOSITE = tagOf(1, BYTES);
const RESOURCES = tagOf(2, BYTES);
const ITEMS = tagOf(1, BYTES);
const READY = tagOf(3, VARINT);

/** The parts of a request, as bytes: a large catalog is not even looked at. */
export interface Fields {
  /** Crossplane's digest of the request. */
  tag: string;
  observed: Buffer | undefined;
  desired: Buffer | undefined;
  input: Buffer | undefined;
  context: Buffer | undefined;
  /** Entries of the map of what was looked up. */
  readonly required: Buffer[];
}

/** @throws WireError if the message is not what protobuf says */
export function fieldsOf(bytes: Buffer): Fields {
  const cursor = keysOf(bytes);
  const fields: Fields = {
    tag: '',
    observed: undefined,
    desired: undefined,
    input: undefined,
    context: undefined,
    required: [],
  };
  while (cursor.at < bytes.length) readField(cursor, fields);
  return fields;
}

function readField(cursor: Cursor, fields: Fields): void {
  const end = cursor.bytes.length;
  const tag = readTag(cursor, end);
  if (tag === META) fields.tag = readMeta(takeBytes(cursor, end));
  else if (tag === OBSERVED) fields.observed = takeBytes(cursor, end);
  else if (tag === DESIRED) fields.desired = takeBytes(cursor, end);
  else if (tag === INPUT) fields.input = takeBytes(cursor, end);
  else if (tag === CONTEXT) fields.context = takeBytes(cursor, end);
  else if (tag === REQUIRED_RESOURCES) fields.required.push(takeBytes(cursor, end));
  else skip(cursor, end, tag);
}

/** @throws WireError if a part of it is not what protobuf says */
export function decodeRequest(fields: Fields): Request {
  const { observed, desired, context } = fields;
  const state = observed === undefined ? NOTHING : readState(observed);
  return {
    tag: fields.tag,
    composite: state.composite,
    observed: state.resources,
    earlier: desired === undefined ? NOTHING_EARLIER : readEarlier(desired),
    context: context === undefined ? undefined : { bytes: context, value: decodeStruct(context) },
    required: new Map(fields.required.flatMap(readRequired)),
  };
}

function takeBytes(cursor: Cursor, end: number): Buffer {
  const stop = readEnd(cursor, end);
  const taken = cursor.bytes.subarray(cursor.at, stop);
  cursor.at = stop;
  return taken;
}

function readMeta(bytes: Buffer): string {
  const cursor = cursorOver(bytes);
  let tag = '';
  while (cursor.at < bytes.length) {
    const field = readTag(cursor, bytes.length);
    if (field === TAG) tag = readString(cursor, bytes.length);
    else skip(cursor, bytes.length, field);
  }
  return tag;
}

interface ReadState {
  composite: JsonObject | undefined;
  readonly resources: Map<string, ObservedResource>;
}
const NOTHING: ReadState = { composite: undefined, resources: new Map() };
const NOTHING_EARLIER: Earlier = { composite: undefined, resources: new Map() };

function readState(bytes: Buffer): ReadState {
  const cursor = keysOf(bytes);
  const state: ReadState = { composite: undefined, resources: new Map() };
  while (cursor.at < bytes.length) {
    const tag = readTag(cursor, bytes.length);
    if (tag === COMPOSITE) {
      const end = readEnd(cursor, bytes.length);
      state.composite = readWhole(cursorOver(bytes, cursor.at, end), end).resource;
      cursor.at = end;
    } else if (tag === RESOURCES) {
      const end = readEnd(cursor, bytes.length);
      const { key, value } = readEntryRange(cursor, end);
      if (value === undefined) continue;
      cursor.at = value.start;
      state.resources.set(key, readObserved(cursor, value.end));
      cursor.at = end;
    } else skip(cursor, bytes.length, tag);
  }
  return state;
}

/** A Resource message that ends at `end`, with everything but managedFields. */
function readWhole(cursor: Cursor, end: number): WholeResource {
  let resource: JsonObject | undefined;
  const connectionDetails = new Map<string, Uint8Array>();
  let ready = 0;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === STRUCT_OF_RESOURCE) resource = readObject(cursor, readEnd(cursor, end));
    else if (tag === CONNECTION_DETAILS) {
      const { key, value } = readEntryRange(cursor, readEnd(cursor, end));
      connectionDetails.set(key, cursor.bytes.subarray(value?.start ?? 0, value?.end ?? 0));
    } else if (tag === READY) ready = varint(cursor, end);
    else skip(cursor, end, tag);
  }
  return { resource, connectionDetails, ready };
}

/** @param bytes a Resource message */
export function decodeResource(bytes: Buffer): WholeResource {
  return readWhole(cursorOver(bytes), bytes.length);
}

/** @param bytes a Struct message */
export function decodeStruct(bytes: Buffer): JsonObject {
  return readStruct(cursorOver(bytes), bytes.length);
}

function readObject(cursor: Cursor, end: number): JsonObject {
  const object: Record<string, JsonObject[string]> = {};
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== ELEMENT) {
      skip(cursor, end, tag);
      continue;
    }
    const stop = readEnd(cursor, end);
    const { key, value } = readEntryRange(cursor, stop);
    if (value === undefined) continue;
    cursor.at = value.start;
    const without = key === 'metadata' ? MANAGED_FIELDS : undefined;
    const read = readValue(cursor, value.end, without);
    if (read !== undefined) put(object, key, read);
    cursor.at = stop;
  }
  return object;
}

function readEarlier(bytes: Buffer): Earlier {
  const cursor = keysOf(bytes);
  let composite: Buffer | undefined;
  const resources = new Map<string, Buffer>();
  while (cursor.at < bytes.length) {
    const tag = readTag(cursor, bytes.length);
    if (tag === COMPOSITE) {
      composite = takeBytes(cursor, bytes.length);
      checkResource(composite);
    } else if (tag === RESOURCES) {
      const entry = takeBytes(cursor, bytes.length);
      const { key, value } = readEntryRange(keysOf(entry), entry.length);
      if (value === undefined) continue;
      checkResourceEntry(entry);
      resources.set(key, entry);
    } else skip(cursor, bytes.length, tag);
  }
  return { composite, resources };
}

/** An entry of the map of what was looked up. */
function readRequired(entry: Buffer): [string, JsonObject[]][] {
  const cursor = cursorOver(entry);
  const { key, value } = readEntryRange(cursor, entry.length);
  if (value === undefined) return [];
  cursor.at = value.start;
  const items: JsonObject[] = [];
  while (cursor.at < value.end) {
    const tag = readTag(cursor, value.end);
    if (tag === ITEMS) items.push(readWhole(cursor, readEnd(cursor, value.end)).resource ?? {});
    else skip(cursor, value.end, tag);
  }
  return [[key, items]];
}
