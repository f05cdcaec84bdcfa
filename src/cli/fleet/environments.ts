// Resources → environments: each composite with what it composes, and a claim together with its composite.
import { at, isObject, text } from '../../json.ts';
import type { JsonObject, Observed, ObservedResource } from '../../step.ts';

/** An environment as the function would be given it. */
export interface Environment {
  readonly composite: JsonObject;
  readonly observed: Observed;
}

export const RESOURCE_NAME = 'crossplane.io/composition-resource-name';
export const COMPOSITE_LABEL = 'crossplane.io/composite';
/**
 * Stands for a kubeconfig that a dump does not hold; it is never shown. Of a real one the function looks only for the
 * address, which the values of the chart have too.
 */
export function kubeconfigOf(cluster: JsonObject): Uint8Array {
  const exported = at(cluster, 'spec', 'forProvider', 'values', 'exportKubeConfig');
  return new TextEncoder().encode(`a kubeconfig ${JSON.stringify(exported ?? {})}`);
}

export interface Gathered {
  readonly environments: readonly Environment[];
  /** What belongs to no composite among these: composed resources, and claims. */
  readonly strays: readonly JsonObject[];
}

export function gather(resources: readonly JsonObject[]): Gathered {
  const roots = resources.filter(isRoot);
  const composites = distinct(roots.filter((root) => !isClaim(root)));
  const owned = new Map<JsonObject, Map<string, ObservedResource>>(
    composites.map((composite) => [composite, new Map()]),
  );
  const isKnown = claimsAmong(composites);
  const strays = roots.filter((root) => isClaim(root) && !isKnown(root));
  const owner = ownersAmong(composites);
  for (const resource of resources) {
    const name = text(resource, 'metadata', 'annotations', RESOURCE_NAME);
    if (name === undefined) continue;
    const composite = owner(resource);
    if (composite === undefined) strays.push(resource);
    else owned.get(composite)?.set(name, observedOf(resource));
  }
  return {
    environments: [...owned].map(([composite, observed]) => ({ composite, observed })),
    strays,
  };
}

/** An Environment or XEnvironment of any group, or, where the kinds were renamed too, what has a purpose. */
export function isRoot(resource: JsonObject): boolean {
  if (text(resource, 'metadata', 'annotations', RESOURCE_NAME) !== undefined) return false;
  return (
    /^X?Environment$/.test(text(resource, 'kind') ?? '') ||
    text(resource, 'spec', 'purpose') !== undefined
  );
}

/** A claim has the reference to its composite; a composite has those to what it composes. */
export function isClaim(root: JsonObject): boolean {
  return (
    text(root, 'metadata', 'namespace') !== undefined &&
    text(root, 'spec', 'resourceRef', 'name') !== undefined
  );
}

/** Whether a claim's composite is among these: the one that names it, or the one that it names. */
export function claimsAmong(composites: readonly JsonObject[]): (claim: JsonObject) => boolean {
  const named = new Set<string>();
  const names = new Set<string>();
  for (const composite of composites) {
    const claim = at(composite, 'spec', 'claimRef');
    const name = text(claim, 'name');
    if (name !== undefined) named.add(`${text(claim, 'namespace') ?? ''}/${name}`);
    else names.add(nameKey(composite, text(composite, 'metadata', 'name')));
  }
  return (claim) =>
    named.has(nameKey(claim, text(claim, 'metadata', 'name'))) ||
    names.has(`/${text(claim, 'spec', 'resourceRef', 'name') ?? ''}`);
}

/** A claim whose composite is not there speaks for itself. */
export function onItsOwn(claim: JsonObject): JsonObject {
  const spec = at(claim, 'spec');
  const { resourceRef: _, ...rest } = isObject(spec) ? spec : {};
  return { ...claim, spec: rest };
}

/** Files may overlap. */
function distinct(composites: readonly JsonObject[]): JsonObject[] {
  const byName = composites.map((composite): [string, JsonObject] => [
    nameKey(composite, text(composite, 'metadata', 'name')),
    composite,
  ]);
  return [...new Map(byName).values()];
}

/**
 * Finds the composite of a composed resource: by the uid of its controller, which the label does not overrule (what a
 * nested composite composes has the label of the outer one), else by the label.
 */
export function ownersAmong(
  composites: readonly JsonObject[],
): (resource: JsonObject) => JsonObject | undefined {
  const byUid = new Map<string, JsonObject>();
  const byName = new Map<string, JsonObject>();
  for (const composite of composites) {
    const uid = text(composite, 'metadata', 'uid');
    if (uid !== undefined) byUid.set(uid, composite);
    byName.set(nameKey(composite, text(composite, 'metadata', 'name')), composite);
  }
  return (resource) => {
    const references = at(resource, 'metadata', 'ownerReferences');
    const controller = Array.isArray(references)
      ? references.find((reference) => at(reference, 'controller') === true)
      : undefined;
    const uid = text(controller, 'uid');
    const owner = uid === undefined ? undefined : byUid.get(uid);
    if (owner !== undefined) return owner;
    const labelled = byName.get(
      nameKey(resource, text(resource, 'metadata', 'labels', COMPOSITE_LABEL)),
    );
    // A manifest that was kept without its uid is known by its name alone.
    const isKnown = uid !== undefined && text(labelled, 'metadata', 'uid') !== undefined;
    return isKnown ? undefined : labelled;
  };
}

function nameKey(resource: JsonObject, name: string | undefined): string {
  return `${text(resource, 'metadata', 'namespace') ?? ''}/${name ?? ''}`;
}

/** A Ready cluster has published its kubeconfig: a dump does not show connection details. */
function observedOf(resource: JsonObject): ObservedResource {
  const kind = text(resource, 'kind');
  const conditions = at(resource, 'status', 'conditions');
  const ready =
    (kind === 'Cluster' || kind === 'Release') &&
    Array.isArray(conditions) &&
    conditions.some((c) => at(c, 'type') === 'Ready' && at(c, 'status') === 'True');
  return ready ? { resource, kubeconfig: kubeconfigOf(resource) } : { resource };
}
