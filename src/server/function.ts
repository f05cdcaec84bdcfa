// One call between its two messages: compose's input out of the request, and the response out of its answer.
import { Ready, Severity, Status, Target } from '@crossplane-org/function-sdk-typescript';
import { type CatalogFrom, CONTEXT_KEY } from '../catalog/sources.ts';
import { type Answer, compose, type Desired } from '../compose.ts';
import { compositeOf } from '../composite.ts';
import { at, isObject, text } from '../json.ts';
import { Refused } from '../problem.ts';
import type { Leaving } from '../removal.ts';
import { refusalOf } from '../report.ts';
import type { Condition, JsonObject, Result } from '../step.ts';
import { accountOf, type Told } from './account.ts';
import { decodeResource, type Request } from './codec/request.ts';
import {
  type DesiredComposite,
  encodeResponse,
  type Requirement,
  type WireCondition,
  type WireResult,
} from './codec/response.ts';
import { WireError } from './codec/wire-error.ts';
import { messageOf } from './errors.ts';

/** Seconds after a refusal; Crossplane itself retries sooner. */
const REFUSED_TTL = 60;

export interface Reply {
  /** A RunFunctionResponse. */
  readonly message: Buffer;
  /** See {@link Desired.sameUntil}; undefined: never to be given again. */
  readonly sameUntil: number | undefined;
  /** For logs and metrics. */
  readonly account: Told;
}

/**
 * Answers one call. What is not a refusal is a bug, and is a fatal result too, so that nothing half-done is ever
 * applied.
 *
 * @param input the pipeline step's input: a Catalog, or part of one
 * @throws WireError if a part of the request that is read late is not what protobuf says
 */
export function runFunction(request: Request, input: JsonObject | undefined, now: Date): Reply {
  const { composite, observed, earlier, required, context } = request;
  if (composite === undefined) return fatal(request, {}, 'the request has no observed composite');
  try {
    const answer = compose({
      composite,
      observed,
      input,
      configs: required.get(CATALOG),
      context: context?.value[CONTEXT_KEY],
      now,
      foreign: new Set(earlier.resources.keys()),
      isThere: (leaving) => isThere(request, leaving),
    });
    return replyOf(request, composite, answer);
  } catch (bug) {
    if (bug instanceof WireError) throw bug;
    const message = `this is a bug of the function, and nothing was changed: ${messageOf(bug)}`;
    return fatal(request, composite, message, bug);
  }
}

function fatal(request: Request, composite: JsonObject, message: string, bug?: unknown): Reply {
  const { conditions } = compositeOf(composite);
  // Of all reasons the one that calls the platform team: no developer can mend this.
  const refused = new Refused([{ reason: 'InvalidCatalog', path: '', message }]);
  const answer = { ...refusalOf(refused, conditions), desired: undefined };
  return replyOf(request, composite, answer, bug);
}

/** The name under which EnvironmentConfigs are required. */
const CATALOG = 'catalog';

/** The name of a look-up in requirements. */
function lookUpKey(leaving: Leaving): string {
  return `leaving-${leaving.name}`;
}

function isThere({ required }: Request, leaving: Leaving): boolean | undefined {
  const items = required.get(lookUpKey(leaving));
  return items === undefined ? undefined : items.length > 0;
}

function replyOf(request: Request, composite: JsonObject, answer: Answer, bug?: unknown): Reply {
  const { desired } = answer;
  return {
    account: { ...accountOf(composite, answer), bug },
    sameUntil: desired?.sameUntil,
    message: encodeResponse({
      tag: request.tag,
      ttlSeconds: desired?.ttlSeconds ?? REFUSED_TTL,
      earlier: request.earlier,
      composite: desired === undefined ? undefined : compositeResource(request, composite, desired),
      resources: (desired?.resources ?? []).map(({ name, manifest, ready }) => ({
        name,
        resource: manifest as unknown as JsonObject,
        ready: ready ? Ready.READY_TRUE : Ready.READY_FALSE,
      })),
      results: answer.results.map(wireResult),
      conditions: answer.conditions.map(wireCondition),
      context: request.context?.bytes,
      requirements: requirementsOf(composite, desired?.lookUp ?? [], answer.catalogFrom),
    }),
  };
}

/** Ours over what earlier steps say of the composite; never READY_TRUE, which would hide their resources. */
function compositeResource(
  { earlier }: Request,
  composite: JsonObject,
  desired: Desired,
): DesiredComposite {
  const theirs = earlier.composite === undefined ? undefined : decodeResource(earlier.composite);
  const before = theirs?.resource ?? {};
  const status = at(before, 'status');
  return {
    resource: {
      apiVersion: text(composite, 'apiVersion'),
      kind: text(composite, 'kind'),
      ...before,
      status: { ...(isObject(status) ? status : {}), ...desired.status },
    },
    connectionDetails: new Map([
      ...(theirs?.connectionDetails ?? []),
      ...(desired.kubeconfig === undefined ? [] : [['kubeconfig', desired.kubeconfig] as const]),
    ]),
    ready: desired.waiting ? Ready.READY_FALSE : (theirs?.ready ?? Ready.READY_UNSPECIFIED),
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

/** Only while something is going, or the catalog is elsewhere: any requirement costs a second call. */
function requirementsOf(
  composite: JsonObject,
  lookUp: readonly Leaving[],
  from: CatalogFrom | undefined,
): Requirement[] {
  const namespace = text(composite, 'metadata', 'namespace');
  return [
    ...(from === undefined ? [] : [configSelector(from)]),
    ...lookUp.map((leaving) => ({
      key: lookUpKey(leaving),
      apiVersion: leaving.apiVersion,
      kind: leaving.kind,
      match: leaving.resource,
      namespace,
    })),
  ];
}

/** EnvironmentConfigs are cluster-scoped, so no namespace is named in either flavour. */
function configSelector({ name, matchLabels }: CatalogFrom): Requirement {
  return {
    key: CATALOG,
    apiVersion: 'apiextensions.crossplane.io/v1beta1',
    kind: 'EnvironmentConfig',
    match: name ?? matchLabels ?? {},
    namespace: undefined,
  };
}
