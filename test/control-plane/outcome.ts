/** What a function asked for, without what Crossplane adds to it, so that two of them compare. */
import type { KubernetesObject } from './documents.ts';

export interface Outcome {
  readonly status: Readonly<Record<string, unknown>>;
  /** By composition resource name. */
  readonly composed: Readonly<Record<string, KubernetesObject>>;
  readonly results: readonly Result[];
}

export interface Result {
  readonly severity: unknown;
  readonly reason: unknown;
  readonly message: string;
}

interface Status {
  readonly conditions?: readonly Condition[];
  readonly [field: string]: unknown;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message?: string;
}

const nameAnnotation = 'crossplane.io/composition-resource-name';
const ownConditions = ['Accepted', 'ClusterReady', 'ToolsReady', 'VersionsBlessed'];
const addedStatus = ['claimConditionTypes', 'connectionDetails'];
const addedMetadata = ['ownerReferences', 'generateName'];
const addedLabels = [
  'crossplane.io/composite',
  'crossplane.io/claim-name',
  'crossplane.io/claim-namespace',
];
// Crossplane puts it before the message of a function's result; its own events are without it.
const stepPrefix = /^Pipeline step "[^"]*": /;

/** `namespace` is the composite's: Crossplane forces it upon what a namespaced one composes. */
export function outcome(documents: readonly KubernetesObject[], namespace?: string): Outcome {
  const results = documents.filter(isResult);
  const composed = documents.filter((document) => resourceName(document) !== undefined);
  const [composite] = documents.filter(
    (document) => !isResult(document) && !composed.includes(document),
  );
  return {
    status: ownStatus(composite),
    composed: Object.fromEntries(
      composed.map((resource) => [resourceName(resource), withoutAdditions(resource, namespace)]),
    ),
    results: results.map(({ severity, reason, message }) => ({
      severity,
      // Crossplane's reason for a result that gives none.
      reason: reason ?? 'ComposeResources',
      message: String(message),
    })),
  };
}

/** As `outcome`, of what Crossplane rendered: the results are the functions' own ones. */
export function renderedOutcome(documents: readonly KubernetesObject[], namespace?: string) {
  const { results, ...rest } = outcome(documents, namespace);
  const own = results.filter(({ message }) => stepPrefix.test(message));
  return {
    ...rest,
    results: own.map((result) => ({ ...result, message: result.message.replace(stepPrefix, '') })),
  } satisfies Outcome;
}

function isResult({ kind }: KubernetesObject): boolean {
  return kind === 'Result';
}

function resourceName({ metadata }: KubernetesObject): string | undefined {
  return metadata?.annotations?.[nameAnnotation];
}

function ownStatus(composite: KubernetesObject | undefined): Record<string, unknown> {
  const { conditions = [], ...status } = (composite?.status ?? {}) as Status;
  return {
    ...without(status, addedStatus),
    conditions: conditions
      .filter(({ type }) => ownConditions.includes(type))
      .map(({ type, status, reason, message = '' }) => ({ type, status, reason, message }))
      .sort((one, other) => one.type.localeCompare(other.type)),
  };
}

function withoutAdditions(resource: KubernetesObject, namespace?: string): KubernetesObject {
  const { labels = {}, annotations = {}, ...metadata } = resource.metadata ?? {};
  const forced = metadata.namespace === namespace ? ['namespace'] : [];
  return {
    ...resource,
    metadata: {
      ...without(metadata, [...addedMetadata, ...forced]),
      labels: without(labels, addedLabels),
      annotations: without(annotations, [nameAnnotation]),
    },
  };
}

function without<Value>(
  object: Readonly<Record<string, Value>>,
  keys: readonly string[],
): Record<string, Value> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
