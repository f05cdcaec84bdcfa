// The examples, run as Crossplane would: their folders in, the answer as documents out.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Resource,
  RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
  Status,
} from '@crossplane-org/function-sdk-typescript';
import { parse, stringify } from 'yaml';
import { at, isObject, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import { parseDocuments } from '../control-plane/documents.ts';
import { listExamples } from '../control-plane/examples.ts';
import { overTheWire } from './over-the-wire.ts';

/** The day that all examples are about. */
export const NOW = new Date('2026-11-22T00:00:00Z');
/** Crossplane calls a function again at most this often for its requirements. */
const MOST_CALLS = 5;
const NAME = 'crossplane.io/composition-resource-name';

export interface Example {
  /** The folder: the sentence that the example shows. */
  readonly sentence: string;
  readonly flavour: 'claims' | 'namespaced';
  readonly folder: string;
  readonly composite: JsonObject;
  readonly catalog: JsonObject;
  readonly observed: readonly JsonObject[];
  /** Connection secrets that observed resources have written. */
  readonly secrets: readonly JsonObject[];
  /** What look-ups find. */
  readonly required: readonly JsonObject[];
}

export const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

export function examples(): Example[] {
  const shared = join(EXAMPLES, 'catalog.yaml');
  return listExamples().map(({ flavour, xr, catalog = shared }) => {
    const folder = dirname(xr);
    const documents = (file: string) => documentsOf(join(folder, file));
    return {
      sentence: dirname(folder).slice(EXAMPLES.length),
      flavour,
      folder,
      composite: parse(readFileSync(xr, 'utf8')) as JsonObject,
      catalog: parse(readFileSync(catalog, 'utf8')) as JsonObject,
      observed: documents('observed.yaml'),
      secrets: documents('secrets.yaml'),
      required: documents('required.yaml'),
    };
  });
}

function documentsOf(path: string): JsonObject[] {
  return existsSync(path) ? (parseDocuments(readFileSync(path, 'utf8')) as JsonObject[]) : [];
}

/** What the function answers, as expected.yaml has it: the composite, what it composes, the results. */
export function answerOf(example: Example): JsonObject[] {
  const { composite } = example;
  const { desired, conditions, results } = called(example);
  const { status = {} } = objectOf(desired?.composite?.resource);
  return [
    {
      apiVersion: text(composite, 'apiVersion'),
      kind: text(composite, 'kind'),
      metadata: named(composite),
      status: {
        ...objectOf(status),
        conditions: conditions.map(({ type, status, reason, message }) => ({
          type,
          status: STATUSES[status] ?? 'Unknown',
          reason,
          message: message ?? '',
        })),
      },
    },
    ...Object.entries(desired?.resources ?? {})
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, { resource }]) => composedOf(name, objectOf(resource))),
    ...results.map(({ severity, reason, message }) => ({
      kind: 'Result',
      severity: SEVERITIES[severity] ?? 'Unspecified',
      reason: reason ?? '',
      message,
    })),
  ];
}

const STATUSES: Readonly<Record<number, string>> = {
  [Status.STATUS_CONDITION_TRUE]: 'True',
  [Status.STATUS_CONDITION_FALSE]: 'False',
};
const SEVERITIES: Readonly<Record<number, string>> = {
  [Severity.SEVERITY_NORMAL]: 'Normal',
  [Severity.SEVERITY_WARNING]: 'Warning',
  [Severity.SEVERITY_FATAL]: 'Fatal',
};

function composedOf(name: string, resource: JsonObject): JsonObject {
  const metadata = objectOf(resource.metadata);
  const annotations = { [NAME]: name, ...objectOf(metadata.annotations) };
  return { ...resource, metadata: { ...metadata, annotations } };
}

/** The last answer, when everything that it wants to have looked up has been. */
function called(example: Example): RunFunctionResponse {
  let request = requestOf(example);
  for (let calls = 1; calls <= MOST_CALLS; calls++) {
    const response = overTheWire(request, NOW);
    const requiredResources = lookedUp(example, response);
    const news = Object.keys(requiredResources).filter((key) => !request.requiredResources[key]);
    if (news.length === 0) return response;
    request = { ...request, requiredResources };
  }
  throw new Error(`still wants something after ${MOST_CALLS} calls`);
}

function requestOf({ composite, catalog, observed, secrets }: Example): RunFunctionRequest {
  return RunFunctionRequest.fromPartial({
    meta: { tag: 'example', capabilities: [] },
    observed: {
      composite: { resource: composite, connectionDetails: {}, ready: 0 },
      resources: Object.fromEntries(
        observed.map((resource): [string, Resource] => [
          text(resource, 'metadata', 'annotations', NAME) ?? '',
          { resource, connectionDetails: connectionDetailsOf(resource, secrets), ready: 0 },
        ]),
      ),
    },
    desired: { resources: {} },
    input: catalog,
  });
}

function connectionDetailsOf(
  resource: JsonObject,
  secrets: readonly JsonObject[],
): Record<string, Buffer> {
  const { name, namespace = text(resource, 'metadata', 'namespace') } = objectOf(
    at(resource, 'spec', 'writeConnectionSecretToRef'),
  );
  const secret = secrets.find(
    ({ metadata }) => at(metadata, 'name') === name && at(metadata, 'namespace') === namespace,
  );
  return Object.fromEntries(
    Object.entries(objectOf(secret?.data)).map(([key, value]) => [
      key,
      Buffer.from(String(value), 'base64'),
    ]),
  );
}

function lookedUp(
  { required }: Example,
  { requirements }: RunFunctionResponse,
): RunFunctionRequest['requiredResources'] {
  return Object.fromEntries(
    Object.entries(requirements?.resources ?? {}).map(([key, wanted]) => {
      const items = required
        .filter(
          (resource) =>
            resource.apiVersion === wanted.apiVersion &&
            resource.kind === wanted.kind &&
            text(resource, 'metadata', 'name') === wanted.matchName &&
            text(resource, 'metadata', 'namespace') === wanted.namespace,
        )
        .map((resource) => ({ resource, connectionDetails: {}, ready: 0 }));
      return [key, { items }];
    }),
  );
}

function named(resource: JsonObject): JsonObject {
  const { name, namespace } = objectOf(resource.metadata);
  return namespace === undefined ? { name } : { name, namespace };
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** As YAML that every parser reads alike: dates and the like are quoted. */
export function printed(documents: readonly JsonObject[]): string {
  return documents
    .map((document) => stringify(document, { version: '1.1', lineWidth: 120 }))
    .join('---\n');
}
