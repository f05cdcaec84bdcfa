// The observed composite as the developer wrote it: identity, flavour, spec. Anything can be missing.
import { at, isObject, text } from './json.ts';
import type { Condition, ConditionType, Flavour, Json, JsonObject } from './step.ts';

export interface Composite {
  readonly apiVersion: string;
  readonly kind: string;
  readonly flavour: Flavour;
  /** The claim's name, or the composite's own. */
  readonly name: string;
  /** The claim's or the XR's namespace; empty for a composite without a claim. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: JsonObject;
  /** Undefined when rendered without one. */
  readonly created: Date | undefined;
  readonly phase: string | undefined;
  /** Our conditions as they were last seen. */
  readonly conditions: ReadonlyMap<ConditionType, Condition>;
}

export const CONDITION_TYPES = [
  'Accepted',
  'ClusterReady',
  'ToolsReady',
  'VersionsBlessed',
] as const;

export function compositeOf(resource: JsonObject): Composite {
  const namespace = text(resource, 'metadata', 'namespace');
  const claim = at(resource, 'spec', 'claimRef');
  const claimed = namespace === undefined ? text(claim, 'name') : undefined;
  const created = Date.parse(text(resource, 'metadata', 'creationTimestamp') ?? '');
  const spec = at(resource, 'spec');
  return {
    apiVersion: text(resource, 'apiVersion') ?? '',
    kind: text(resource, 'kind') ?? '',
    // Never by the group: a team may re-brand the XRD.
    flavour: namespace === undefined ? 'claims' : 'namespaced',
    name: claimed ?? text(resource, 'metadata', 'name') ?? '',
    namespace: namespace ?? (claimed === undefined ? '' : (text(claim, 'namespace') ?? '')),
    labels: strings(at(resource, 'metadata', 'labels')),
    spec: isObject(spec) ? spec : {},
    created: Number.isNaN(created) ? undefined : new Date(created),
    phase: text(resource, 'status', 'phase'),
    conditions: conditionsOf(at(resource, 'status', 'conditions')),
  };
}

/** `namespace/name`: what waivers and rules call an environment. */
export function identityOf({ namespace, name }: { namespace: string; name: string }): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

function strings(value: Json | undefined): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function conditionsOf(value: Json | undefined): Map<ConditionType, Condition> {
  const found = new Map<ConditionType, Condition>();
  if (!Array.isArray(value)) return found;
  for (const condition of value) {
    const type = CONDITION_TYPES.find((t) => t === at(condition, 'type'));
    const status = at(condition, 'status');
    if (type === undefined || (status !== 'True' && status !== 'False' && status !== 'Unknown'))
      continue;
    found.set(type, {
      type,
      status,
      reason: text(condition, 'reason') ?? 'Unknown',
      message: text(condition, 'message') ?? '',
    });
  }
  return found;
}
