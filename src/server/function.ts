// The wire: a RunFunctionRequest as plain objects for compose, and its answer as a RunFunctionResponse.
import {
  Ready,
  type Requirements,
  type Resource,
  type ResourceSelector,
  type RunFunctionRequest,
  type RunFunctionResponse,
  Severity,
  Status,
  Target,
  type Condition as WireCondition,
  type Result as WireResult,
} from '@crossplane-org/function-sdk-typescript';
import { type CatalogFrom, CONTEXT_KEY } from '../catalog/sources.ts';
import { type Answer, compose, type Desired } from '../compose.ts';
import { compositeOf } from '../composite.ts';
import { at, isObject, text } from '../json.ts';
import { Refused } from '../problem.ts';
import type { Leaving } from '../removal.ts';
import { refusalOf } from '../report.ts';
import type { Condition, JsonObject, ObservedResource, Result } from '../step.ts';
import { type Account, accountOf } from './account.ts';
import { messageOf } from './errors.ts';

/** Seconds after a refusal; Crossplane itself retries sooner. */
const REFUSED_TTL = 60;

/**
 * Answers one call. Never throws: what is not a refusal is a bug, and is a fatal result too, so that
 * nothing half-done is ever applied.
 *
 * @param tell told once, for logs and metrics
 */
export function runFunction(
  request: RunFunctionRequest,
  now: Date,
  tell: (account: Account) => void,
): RunFunctionResponse {
  const composite = objectOf(request.observed?.composite?.resource);
  const { response, answer, bug } = answered(request, composite, now);
  tell({ ...accountOf(composite ?? {}, request.meta?.tag ?? '', answer), bug });
  return response;
}

interface Answered {
  readonly response: RunFunctionResponse;
  readonly answer: Answer;
  readonly bug?: unknown;
}

function answered(
  request: RunFunctionRequest,
  composite: JsonObject | undefined,
  now: Date,
): Answered {
  if (composite === undefined) return fatal(request, {}, 'the request has no observed composite');
  try {
    const answer = compose({
      composite,
      observed: observedOf(request),
      input: request.input,
      configs: configsOf(request),
      context: request.context?.[CONTEXT_KEY],
      now,
      foreign: new Set(Object.keys(request.desired?.resources ?? {})),
      isThere: (leaving) => isThere(request, leaving),
    });
    return { answer, response: responseOf(request, composite, answer) };
  } catch (bug) {
    const message = `this is a bug of the function, and nothing was changed: ${messageOf(bug)}`;
    return { ...fatal(request, composite, message), bug };
  }
}

function fatal(request: RunFunctionRequest, composite: JsonObject, message: string): Answered {
  const { conditions } = compositeOf(composite);
  // Of all reasons the one that calls the platform team: no developer can mend this.
  const refused = new Refused([{ reason: 'InvalidCatalog', path: '', message }]);
  const answer = { ...refusalOf(refused, conditions), desired: undefined };
  return { answer, response: responseOf(request, {}, answer) };
}

function objectOf(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

function observedOf(request: RunFunctionRequest): Map<string, ObservedResource> {
  return new Map(
    Object.entries(request.observed?.resources ?? {}).map(
      ([name, { resource, connectionDetails }]) => {
        const kubeconfig = Object.hasOwn(connectionDetails ?? {}, 'kubeconfig')
          ? connectionDetails.kubeconfig
          : undefined;
        return [
          name,
          {
            resource: objectOf(resource) ?? {},
            ...(kubeconfig === undefined ? {} : { kubeconfig }),
          },
        ];
      },
    ),
  );
}

/** The name under which EnvironmentConfigs are required. */
const CATALOG = 'catalog';

function configsOf(request: RunFunctionRequest): JsonObject[] | undefined {
  return request.requiredResources?.[CATALOG]?.items.map(
    ({ resource }) => objectOf(resource) ?? {},
  );
}

/** The name of a look-up in requirements. */
function lookUpKey(leaving: Leaving): string {
  return `leaving-${leaving.name}`;
}

function isThere(request: RunFunctionRequest, leaving: Leaving): boolean | undefined {
  const found = request.requiredResources?.[lookUpKey(leaving)];
  return found === undefined ? undefined : found.items.length > 0;
}

function responseOf(
  request: RunFunctionRequest,
  composite: JsonObject,
  answer: Answer,
): RunFunctionResponse {
  const { desired } = answer;
  return {
    meta: {
      tag: request.meta?.tag ?? '',
      ttl: { seconds: desired?.ttlSeconds ?? REFUSED_TTL, nanos: 0 },
    },
    // Fresh objects: filling request.desired would change the request.
    desired: {
      composite:
        desired === undefined
          ? request.desired?.composite
          : compositeResource(request, composite, desired),
      resources: {
        ...request.desired?.resources,
        ...Object.fromEntries(
          (desired?.resources ?? []).map(({ name, manifest, ready }) => [
            name,
            {
              resource: manifest as unknown as JsonObject,
              connectionDetails: {},
              ready: ready ? Ready.READY_TRUE : Ready.READY_FALSE,
            } satisfies Resource,
          ]),
        ),
      },
    },
    results: answer.results.map(wireResult),
    conditions: answer.conditions.map(wireCondition),
    context: request.context,
    requirements: requirementsOf(composite, desired?.lookUp ?? [], answer.catalogFrom),
  };
}

/** Ours over what earlier steps say of the composite; never READY_TRUE, which would hide their resources. */
function compositeResource(
  request: RunFunctionRequest,
  composite: JsonObject,
  desired: Desired,
): Resource {
  const earlier = request.desired?.composite;
  const before = objectOf(earlier?.resource) ?? {};
  return {
    resource: {
      apiVersion: text(composite, 'apiVersion'),
      kind: text(composite, 'kind'),
      ...before,
      status: { ...objectOf(at(before, 'status')), ...desired.status },
    },
    connectionDetails: {
      ...earlier?.connectionDetails,
      ...(desired.kubeconfig === undefined ? {} : { kubeconfig: Buffer.from(desired.kubeconfig) }),
    },
    ready: desired.waiting ? Ready.READY_FALSE : (earlier?.ready ?? Ready.READY_UNSPECIFIED),
  };
}

const SEVERITIES = {
  Normal: Severity.SEVERITY_NORMAL,
  Warning: Severity.SEVERITY_WARNING,
  Fatal: Severity.SEVERITY_FATAL,
} as const;

function wireResult({ severity, reason, message }: Result): WireResult {
  return {
    severity: SEVERITIES[severity],
    reason,
    message,
    target: Target.TARGET_COMPOSITE_AND_CLAIM,
  };
}

const STATUSES = {
  True: Status.STATUS_CONDITION_TRUE,
  False: Status.STATUS_CONDITION_FALSE,
  Unknown: Status.STATUS_CONDITION_UNKNOWN,
} as const;

function wireCondition({ type, status, reason, message }: Condition): WireCondition {
  return {
    type,
    status: STATUSES[status],
    reason,
    message,
    target: Target.TARGET_COMPOSITE_AND_CLAIM,
  };
}

/** Only while something is going: any requirement costs a second call. */
function requirementsOf(
  composite: JsonObject,
  lookUp: readonly Leaving[],
  from: CatalogFrom | undefined,
): Requirements | undefined {
  if (lookUp.length === 0 && from === undefined) return undefined;
  const namespace = text(composite, 'metadata', 'namespace');
  return {
    extraResources: {},
    schemas: {},
    resources: Object.fromEntries([
      ...(from === undefined ? [] : [[CATALOG, configSelector(from)] as const]),
      ...lookUp.map(
        (leaving) =>
          [
            lookUpKey(leaving),
            {
              apiVersion: leaving.apiVersion,
              kind: leaving.kind,
              matchName: leaving.resource,
              ...(namespace === undefined ? {} : { namespace }),
            },
          ] as const,
      ),
    ]),
  };
}

/** EnvironmentConfigs are cluster-scoped, so no namespace is named in either flavour. */
function configSelector({ name, matchLabels }: CatalogFrom): ResourceSelector {
  return {
    apiVersion: 'apiextensions.crossplane.io/v1beta1',
    kind: 'EnvironmentConfig',
    ...(name === undefined ? { matchLabels: { labels: matchLabels ?? {} } } : { matchName: name }),
  };
}
