/** Environments in a bed: ask for one, wait for it, look at what it consists of. */
import { at, text } from '../../../src/json.ts';
import type { JsonObject } from '../../../src/step.ts';
import type { KubernetesObject } from '../documents.ts';
import type { Flavour } from '../examples.ts';
import type { Bed } from './bed.ts';
import { installKnativeCrd } from './charts.ts';
import { environmentTypes } from './configurations.ts';
import { isReady } from './objects.ts';
import { type ComposedKind, composedKinds, kinds, type Ref } from './resources.ts';
import { waitFor } from './wait.ts';

export interface Environment {
  readonly flavour: Flavour;
  readonly ref: Ref;
  /** What the names of all its resources begin with. */
  readonly prefix: string;
}

/** The first time, or a developer's change: `spec` is all there is. */
export async function ask(
  { host }: Bed,
  flavour: Flavour,
  [namespace, name]: readonly [string, string],
  spec: JsonObject,
): Promise<Environment> {
  await host.apply({ ...kinds.namespace, metadata: { name: namespace } });
  const type = environmentTypes[flavour];
  await host.apply({ ...type, metadata: { name, namespace }, spec });
  return { flavour, ref: { ...type, namespace, name }, prefix: `${namespace}-${name}-` };
}

export const flavours = ['namespaced', 'claims'] as const;

/** Virtual clusters, one of each flavour, in a namespace for each. */
export async function askBoth(
  bed: Bed,
  [suite, name]: readonly [string, string],
  spec: JsonObject,
): Promise<Environment[]> {
  // Two operators that come at the same moment would both bring it.
  await installKnativeCrd(bed.remote);
  return each(flavours, (flavour) => ask(bed, flavour, [`${suite}-${flavour}`, name], spec));
}

export function each<Item, Result>(
  items: readonly Item[],
  act: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(items.map(act));
}

/** Waits until the Environment is as `condition` says. */
export function until(
  { host }: Bed,
  { ref }: Environment,
  what: string,
  condition: (environment: KubernetesObject) => boolean,
  bound: number,
): Promise<KubernetesObject> {
  return waitFor(
    `${ref.namespace}/${ref.name} ${what}`,
    async () => {
      const found = await host.get(ref);
      if (found !== undefined && condition(found)) return found;
      throw new Error(summaryOf(found));
    },
    bound,
  );
}

/** What a condition says: `False InvalidCatalog`. */
export function says(environment: KubernetesObject, type: string): string {
  const conditions = at(environment, 'status', 'conditions');
  const found = Array.isArray(conditions) ? conditions.find((c) => at(c, 'type') === type) : {};
  return `${text(found, 'status')} ${text(found, 'reason')}`;
}

/** Has Crossplane look at it. */
export async function touch({ host }: Bed, { ref }: Environment): Promise<void> {
  const annotations = { 'bed.xenvironment.dev/touched': String(Date.now()) };
  await host.patch(ref, { metadata: { annotations } });
}

/** The Environment, once it is Ready. */
export function ready(bed: Bed, env: Environment, bound: number): Promise<KubernetesObject> {
  return until(bed, env, 'to be Ready', isSettled, bound);
}

/**
 * Crossplane writes the status first and the conditions a moment later: for that moment a change shows beside the
 * Ready of the state before it. The phase is written with the rest of the status.
 */
export function isSettled(environment: KubernetesObject): boolean {
  return isReady(environment) && text(environment, 'status', 'phase') === 'Ready';
}

export function summaryOf(environment: KubernetesObject | undefined): string {
  const { phase, summary, conditions } = (environment?.status ?? {}) as JsonObject;
  const bad = (Array.isArray(conditions) ? conditions : [])
    .filter((c) => at(c, 'status') !== 'True')
    .map((c) => `${at(c, 'type')}: ${at(c, 'reason')} ${at(c, 'message') ?? ''}`);
  return [String(phase), text(summary, 'message') ?? '', ...bad].join('; ');
}

/** Its composed resources of one kind. */
export async function composed(
  { host }: Bed,
  { flavour, prefix, ref }: Environment,
  kind: ComposedKind,
): Promise<KubernetesObject[]> {
  const all = await host.list(composedKinds[flavour][kind]);
  return all.filter(
    ({ metadata }) =>
      metadata?.name?.startsWith(prefix) &&
      (flavour === 'claims' || metadata.namespace === ref.namespace),
  );
}

const allKinds: readonly ComposedKind[] = [
  ...(['release', 'object', 'helmConfig', 'kubernetesConfig', 'nodePool', 'cluster'] as const),
  'usage',
];

export async function allComposed(bed: Bed, env: Environment): Promise<KubernetesObject[]> {
  return (await Promise.all(allKinds.map((kind) => composed(bed, env, kind)))).flat();
}
