// What is composed but no longer planned: kept as it is, or taken away, dependents first.
import { at, compact, equal, isObject, text } from './json.ts';
import { ANNOTATIONS, LABELS, OBSERVE_ONLY, PREFIX } from './manifests/common.ts';
import { readinessOf } from './readiness.ts';
import type { Json, JsonObject, Manifest, Observed, ObservedResource, Step } from './step.ts';

/** Something that was left out of the desired state and may still be going. */
export interface Leaving {
  /** Composition resource name. */
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** metadata.name. */
  readonly resource: string;
  /** Composition resource names of what it needs until it is gone. */
  readonly needs: readonly string[];
}

/** Why a composed resource without a plan goes, or does not. */
export type Verdict = 'keep' | 'leave';

export interface Removal {
  /** Stay desired, as observed. */
  readonly kept: readonly Step[];
  /** Those of `kept` that are to go as soon as nothing needs them. */
  readonly pending: readonly string[];
  /** Left out now or before, and not known to be gone: to be remembered on the anchor and looked up. */
  readonly leaving: readonly Leaving[];
  /**
   * To be looked up in this call, found gone or not: Crossplane asks again until the requirements of
   * two calls are the same, so they must not depend on the answers.
   */
  readonly lookUp: readonly Leaving[];
}

export interface RemovalInput {
  readonly planned: readonly Step[];
  readonly observed: Observed;
  /** Remembered on the anchor. */
  readonly remembered: readonly Leaving[];
  /** Whether a look-up found it; undefined: not looked up yet. */
  readonly isThere: (leaving: Leaving) => boolean | undefined;
  /** For what is neither a Usage nor a provider config: those follow from who uses them. */
  readonly verdict: (name: string, resource: JsonObject) => Verdict;
}

export function removalOf(input: RemovalInput): Removal {
  const { planned, observed } = input;
  const plannedNames = new Set(planned.map((step) => step.name));
  const unplanned = [...observed].filter(([name]) => !plannedNames.has(name));
  const remembered = input.remembered.filter((leaving) => !plannedNames.has(leaving.name));
  // Seen again: its deletion was refused, or never reached the API server.
  const lookUp = remembered.filter((leaving) => !observed.has(leaving.name));
  const going = lookUp.filter((leaving) => input.isThere(leaving) !== false);

  const users: User[] = [
    ...planned.map((step) => ({
      name: step.name,
      needs: step.needs,
      kind: step.manifest.kind,
      resource: step.manifest.metadata.name,
      of: undefined,
    })),
    ...unplanned.map(([name, { resource }]) => userOf(name, resource)),
    ...going.map((leaving) => ({ ...leaving, of: undefined })),
  ];
  const kept: Step[] = [];
  const pending: string[] = [];
  const dropped: Leaving[] = [];
  for (const [name, found] of unplanned) {
    const goes = leaves(name, found.resource, users, input);
    const used = users.some((user) => uses(user, name, found.resource));
    // A provider config in use is not on its way out: it only goes with its last user.
    if (goes && !(used && followsItsUsers(found.resource))) pending.push(name);
    if (!goes || used) {
      kept.push(keptStep(name, found));
      continue;
    }
    const flipped = deletable(found);
    if (flipped !== undefined) kept.push(keptStep(name, flipped));
    else dropped.push(leavingOf(name, found.resource, observed));
  }
  const out = new Set(dropped.map((leaving) => leaving.name));
  return {
    kept,
    pending: pending.filter((name) => !out.has(name)),
    leaving: [...going, ...dropped],
    lookUp,
  };
}

/** Anything that may still need something else. */
interface User {
  readonly name: string;
  readonly needs: readonly string[];
  readonly kind: string;
  readonly resource: string;
  /** A Usage keeps this from being deleted. */
  readonly of: Ref | undefined;
}

function userOf(name: string, resource: JsonObject): User {
  const kind = text(resource, 'kind') ?? '';
  return {
    name,
    needs: needsOf(resource),
    kind,
    resource: text(resource, 'metadata', 'name') ?? '',
    of: isUsage(kind) ? refOf(at(resource, 'spec', 'of')) : undefined,
  };
}

function uses(user: User, name: string, resource: JsonObject): boolean {
  if (user.name === name) return false;
  if (user.needs.includes(name)) return true;
  if (user.of === undefined) return false;
  return isRef(user.of, text(resource, 'kind'), text(resource, 'metadata', 'name'));
}

function leaves(
  name: string,
  resource: JsonObject,
  users: readonly User[],
  input: RemovalInput,
): boolean {
  const kind = text(resource, 'kind') ?? '';
  if (isUsage(kind)) {
    if (!name.includes('-used-by-')) return false;
    // A Usage goes when its user is gone; before that it would let the used thing go too early.
    const by = refOf(at(resource, 'spec', 'by'));
    const used = by !== undefined && users.some((user) => isRef(by, user.kind, user.resource));
    return by !== undefined && (!used || isSucceeded(resource, input));
  }
  // Ours goes with the last thing that goes through it: `uses` sees to that.
  const config = kind === 'ProviderConfig' && /-(helm|kubernetes)-config$/.test(name);
  if (config && text(resource, 'metadata', 'labels', LABELS.tool) === undefined) return true;
  return input.verdict(name, resource) === 'leave';
}

/** The Usage of a node pool that has a ready successor: provider configs use that one now. */
function isSucceeded(usage: JsonObject, { observed, verdict }: RemovalInput): boolean {
  const of = refOf(at(usage, 'spec', 'of'));
  if (of?.kind !== 'NodePool') return false;
  for (const [name, { resource }] of observed) {
    if (!isRef(of, text(resource, 'kind'), text(resource, 'metadata', 'name'))) continue;
    return verdict(name, resource) === 'leave';
  }
  return false;
}

interface Ref {
  readonly kind: string;
  readonly name: string;
}

function isRef(ref: Ref, kind: string | undefined, name: string | undefined): boolean {
  return ref.kind === kind && ref.name === name;
}

function followsItsUsers(resource: JsonObject): boolean {
  return text(resource, 'kind') === 'ProviderConfig';
}

function isUsage(kind: string): boolean {
  return kind === 'Usage' || kind === 'ClusterUsage';
}

function refOf(value: Json | undefined): Ref | undefined {
  const kind = text(value, 'kind');
  const name = text(value, 'resourceRef', 'name');
  return kind === undefined || name === undefined ? undefined : { kind, name };
}

/**
 * Inside a vcluster things are composed without Delete, so leaving them out would only orphan them:
 * first the policy becomes `*`, and when that is observed they are left out, and really uninstalled.
 */
function deletable(found: ObservedResource): ObservedResource | undefined {
  const policies = at(found.resource, 'spec', 'managementPolicies');
  if (!Array.isArray(policies) || policies.includes('*') || policies.includes('Delete'))
    return undefined;
  if (isOnlyLookedAt(found.resource)) return undefined;
  const spec = at(found.resource, 'spec');
  return {
    ...found,
    resource: {
      ...found.resource,
      spec: { ...(isObject(spec) ? spec : {}), managementPolicies: ['*'] },
    },
  };
}

/** Somebody else's: with more rights it would be deleted. */
export function isOnlyLookedAt(resource: JsonObject): boolean {
  return equal(at(resource, 'spec', 'managementPolicies'), OBSERVE_ONLY);
}

function leavingOf(name: string, resource: JsonObject, observed: Observed): Leaving {
  return {
    name,
    apiVersion: text(resource, 'apiVersion') ?? '',
    kind: text(resource, 'kind') ?? '',
    resource: text(resource, 'metadata', 'name') ?? '',
    needs: [...needsOf(resource), ...usedBy(resource, observed)],
  };
}

/** What a Usage holds: a delete of it is refused as long as the Usage is there. */
function usedBy(usage: JsonObject, observed: Observed): string[] {
  const of = isUsage(text(usage, 'kind') ?? '') ? refOf(at(usage, 'spec', 'of')) : undefined;
  if (of === undefined) return [];
  return [...observed]
    .filter(([, { resource }]) =>
      isRef(of, text(resource, 'kind'), text(resource, 'metadata', 'name')),
    )
    .map(([name]) => name);
}

function needsOf(resource: JsonObject): string[] {
  const needs = text(resource, 'metadata', 'annotations', ANNOTATIONS.needs);
  return needs === undefined ? [] : needs.split(',');
}

/** The observed spec verbatim, with our labels and annotations. */
export function keptStep(name: string, { resource }: ObservedResource): Step {
  const kind = text(resource, 'kind') ?? '';
  const spec = at(resource, 'spec');
  const namespace = text(resource, 'metadata', 'namespace');
  const manifest: Manifest = {
    apiVersion: text(resource, 'apiVersion') ?? '',
    kind,
    metadata: {
      name: text(resource, 'metadata', 'name') ?? '',
      ...(namespace === undefined ? {} : { namespace }),
      ...ourOwn('labels', resource),
      ...ourOwn('annotations', resource),
    },
    spec: isObject(spec) ? withoutSecrets(spec) : {},
  };
  return {
    name,
    title: titleOf(name),
    part: text(resource, 'metadata', 'labels', LABELS.tool) ?? 'cluster',
    needs: needsOf(resource),
    // The Usages that exist are kept as they are.
    protects: [],
    manifest,
    notReady: readinessOf(kind),
  };
}

/** `knative-serving` of `gke-knative-serving`: what remains without the home. */
export function titleOf(name: string): string {
  return name.replace(/^(gke|vcluster|ci|tools)-(tool-)?/, '');
}

function ourOwn(key: 'labels' | 'annotations', resource: JsonObject) {
  const map = at(resource, 'metadata', key);
  const ours = Object.entries(isObject(map) ? map : {}).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' &&
      (entry[0].startsWith(`${PREFIX}/`) || entry[0] === ANNOTATIONS.externalName),
  );
  return ours.length === 0 ? {} : { [key]: Object.fromEntries(ours) };
}

/** A copied Secret's content may have been written back into the Object by the provider: it goes no further. */
function withoutSecrets(spec: JsonObject): JsonObject {
  const manifest = at(spec, 'forProvider', 'manifest');
  const provider = at(spec, 'forProvider');
  if (!isObject(manifest) || !isObject(provider) || manifest.kind !== 'Secret') return spec;
  // Without a reference nothing was copied into it: what stands there is ours, and no secret.
  if (at(spec, 'references') === undefined) return spec;
  const { data: _, stringData, ...clean } = manifest;
  // What is said beside the copy, see CopyTarget.
  const beside = compact({ type: text(stringData, 'type'), url: text(stringData, 'url') });
  const kept = Object.keys(beside).length === 0 ? clean : { ...clean, stringData: beside };
  return { ...spec, forProvider: { ...provider, manifest: kept } };
}

/** What the anchor remembers of earlier calls. */
export function rememberedOn(anchor: ObservedResource | undefined): Leaving[] {
  const content = text(anchor?.resource, 'metadata', 'annotations', ANNOTATIONS.leaving);
  if (content === undefined) return [];
  try {
    const list: unknown = JSON.parse(content);
    return Array.isArray(list) ? list.flatMap(shaped) : [];
  } catch {
    return [];
  }
}

function shaped(value: unknown): Leaving[] {
  const name = text(value, 'name');
  const apiVersion = text(value, 'apiVersion');
  const kind = text(value, 'kind');
  const resource = text(value, 'resource');
  if (
    name === undefined ||
    apiVersion === undefined ||
    kind === undefined ||
    resource === undefined
  )
    return [];
  const needs = at(value, 'needs');
  return [
    {
      name,
      apiVersion,
      kind,
      resource,
      needs: Array.isArray(needs) ? needs.filter((n) => typeof n === 'string') : [],
    },
  ];
}
