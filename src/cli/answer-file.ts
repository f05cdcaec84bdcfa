// The function's answer as documents, as `crossplane composition render` prints it.
import { stringify } from 'yaml';
import type { Answer } from '../compose.ts';
import { compact, text } from '../json.ts';
import type { Json, JsonObject } from '../step.ts';
import { RESOURCE_NAME } from './fleet/environments.ts';

export function documentsOf(composite: JsonObject, answer: Answer): JsonObject[] {
  const { desired, conditions, results } = answer;
  return [
    {
      apiVersion: text(composite, 'apiVersion') ?? '',
      kind: text(composite, 'kind') ?? '',
      metadata: compact({
        name: text(composite, 'metadata', 'name'),
        namespace: text(composite, 'metadata', 'namespace'),
      }),
      status: { ...desired?.status, conditions: conditions.map((condition) => ({ ...condition })) },
    },
    ...[...(desired?.resources ?? [])]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, manifest: { metadata, ...rest } }) => ({
        ...rest,
        metadata: { ...metadata, annotations: { [RESOURCE_NAME]: name, ...metadata.annotations } },
      })),
    ...results.map(
      (result): JsonObject => ({ kind: 'Result', ...(result as unknown as JsonObject) }),
    ),
  ];
}

/** Read alike by YAML 1.1, as Kubernetes reads it, and 1.2: dates and words such as yes are quoted. */
export function yamlOf(documents: readonly Json[]): string {
  return documents
    .map((document) => stringify(document, { version: '1.1', lineWidth: 120 }))
    .join('---\n')
    .trimEnd();
}
