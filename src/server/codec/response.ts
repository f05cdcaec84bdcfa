// A RunFunctionResponse → its bytes, straight from plain objects and from what earlier steps wrote.
import type { JsonObject } from '../../step.ts';
import { BYTES, tagOf, VARINT } from './cursor.ts';
import type { Earlier } from './request.ts';
import { writeStruct } from './write-struct.ts';
import {
  mark,
  reserve,
  type Writer,
  writeByte,
  writeBytes,
  writeLength,
  writeString,
  writeVarint,
  written,
} from './writer.ts';

export interface Response {
  /** The request's. */
  readonly tag: string;
  readonly ttlSeconds: number;
  /** Stays desired, but for what `resources` names anew. */
  readonly earlier: Earlier;
  /** In place of the composite that earlier steps desire; undefined: theirs stays as it is. */
  readonly composite: DesiredComposite | undefined;
  readonly resources: readonly DesiredResource[];
  readonly results: readonly WireResult[];
  readonly conditions: readonly WireCondition[];
  /** A Struct, as bytes. */
  readonly context: Uint8Array | undefined;
  readonly requirements: readonly Requirement[];
}

export interface DesiredComposite {
  readonly resource: JsonObject;
  readonly connectionDetails: ReadonlyMap<string, Uint8Array>;
  readonly ready: number;
}

export interface DesiredResource {
  readonly name: string;
  readonly resource: JsonObject;
  readonly ready: number;
}

export interface WireResult {
  readonly severity: number;
  readonly reason: string;
  readonly message: string;
  readonly target: number;
}

export interface WireCondition {
  readonly type: string;
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly target: number;
}

/** Resources that are to be looked up. */
export interface Requirement {
  readonly key: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The name of one, or labels. */
  readonly match: string | Readonly<Record<string, string>>;
  readonly namespace: string | undefined;
}

const META = tagOf(1, BYTES);
const DESIRED = tagOf(2, BYTES);
const RESULTS = tagOf(3, BYTES);
const CONTEXT = tagOf(4, BYTES);
const REQUIREMENTS = tagOf(5, BYTES);
const CONDITIONS = tagOf(6, BYTES);

/** Many messages number their fields alike. */
const FIRST = tagOf(1, BYTES);
const SECOND = tagOf(2, BYTES);
const THIRD = tagOf(3, BYTES);
const FOURTH = tagOf(4, BYTES);
const FIFTH = tagOf(5, BYTES);
const READY = tagOf(3, VARINT);
const SEVERITY = tagOf(1, VARINT);
const RESULT_TARGET = tagOf(4, VARINT);
const STATUS = tagOf(2, VARINT);
const CONDITION_TARGET = tagOf(5, VARINT);
const SECONDS = tagOf(1, VARINT);

export function encodeResponse(response: Response): Buffer {
  const { conditions, requirements, context, results } = response;
  return written((writer) => {
    backwards(conditions, (condition) => writeCondition(writer, condition));
    if (requirements.length > 0) writeRequirements(writer, requirements);
    if (context !== undefined) writeBytes(writer, CONTEXT, context);
    backwards(results, (result) => writeResult(writer, result));
    writeDesired(writer, response);
    writeMeta(writer, response);
  });
}

function writeMeta(writer: Writer, { tag, ttlSeconds }: Response): void {
  const before = mark(writer);
  writeNumber(writer, SECONDS, ttlSeconds);
  writeLength(writer, SECOND, before);
  writeText(writer, FIRST, tag);
  writeLength(writer, META, before);
}

function backwards<T>(list: readonly T[], write: (element: T) => void): void {
  for (let i = list.length - 1; i >= 0; i--) write(list[i] as T);
}

/** A field with a number; 0 is not written, as protobuf has it. */
function writeNumber(writer: Writer, tag: number, value: number): void {
  if (value !== 0) writeOptional(writer, tag, value);
}

/** A field of which protobuf knows whether it was there. */
function writeOptional(writer: Writer, tag: number, value: number): void {
  reserve(writer);
  writeVarint(writer, value);
  writeByte(writer, tag);
}

function writeText(writer: Writer, tag: number, text: string): void {
  if (text !== '') writeString(writer, tag, text);
}

function writeCondition(writer: Writer, condition: WireCondition): void {
  const before = mark(writer);
  writeOptional(writer, CONDITION_TARGET, condition.target);
  writeString(writer, FOURTH, condition.message);
  writeText(writer, THIRD, condition.reason);
  writeNumber(writer, STATUS, condition.status);
  writeText(writer, FIRST, condition.type);
  writeLength(writer, CONDITIONS, before);
}

function writeResult(writer: Writer, result: WireResult): void {
  const before = mark(writer);
  writeOptional(writer, RESULT_TARGET, result.target);
  writeString(writer, THIRD, result.reason);
  writeText(writer, SECOND, result.message);
  writeNumber(writer, SEVERITY, result.severity);
  writeLength(writer, RESULTS, before);
}

function writeRequirements(writer: Writer, requirements: readonly Requirement[]): void {
  const before = mark(writer);
  backwards(requirements, ({ key, apiVersion, kind, match, namespace }) => {
    const entry = mark(writer);
    if (namespace !== undefined) writeString(writer, FIFTH, namespace);
    if (typeof match === 'string') writeString(writer, THIRD, match);
    else writeLabels(writer, match);
    writeText(writer, SECOND, kind);
    writeText(writer, FIRST, apiVersion);
    writeLength(writer, SECOND, entry);
    writeText(writer, FIRST, key);
    writeLength(writer, SECOND, entry);
  });
  writeLength(writer, REQUIREMENTS, before);
}

function writeLabels(writer: Writer, labels: Readonly<Record<string, string>>): void {
  const before = mark(writer);
  backwards(Object.entries(labels), ([key, value]) => {
    const entry = mark(writer);
    writeText(writer, SECOND, value);
    writeText(writer, FIRST, key);
    writeLength(writer, FIRST, entry);
  });
  writeLength(writer, FOURTH, before);
}

function writeDesired(writer: Writer, { earlier, composite, resources }: Response): void {
  const before = mark(writer);
  backwards(resources, (resource) => writeResource(writer, resource));
  const ours = new Set(resources.map(({ name }) => name));
  const theirs = [...earlier.resources].filter(([name]) => !ours.has(name));
  backwards(theirs, ([, entry]) => writeBytes(writer, SECOND, entry));
  if (composite !== undefined) writeComposite(writer, composite);
  else if (earlier.composite !== undefined) writeBytes(writer, FIRST, earlier.composite);
  writeLength(writer, DESIRED, before);
}

function writeResource(writer: Writer, { name, resource, ready }: DesiredResource): void {
  const entry = mark(writer);
  writeNumber(writer, READY, ready);
  const struct = mark(writer);
  writeStruct(writer, resource);
  writeLength(writer, FIRST, struct);
  writeLength(writer, SECOND, entry);
  writeText(writer, FIRST, name);
  writeLength(writer, SECOND, entry);
}

function writeComposite(writer: Writer, composite: DesiredComposite): void {
  const before = mark(writer);
  writeNumber(writer, READY, composite.ready);
  backwards([...composite.connectionDetails], ([key, value]) => {
    const entry = mark(writer);
    if (value.length > 0) writeBytes(writer, SECOND, value);
    writeText(writer, FIRST, key);
    writeLength(writer, SECOND, entry);
  });
  const struct = mark(writer);
  writeStruct(writer, composite.resource);
  writeLength(writer, FIRST, struct);
  writeLength(writer, FIRST, before);
}
