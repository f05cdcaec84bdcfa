/** Environments in a bed: ask for one, wait for it, look at what it consists of, take it away. */
import { at, text } from '../../../src/json.ts';
import type { JsonObject } from '../../../src/step.ts';
import type { KubernetesObject } from '../documents.ts';
import type { Flavour } from '../examples.ts';
import type { Bed } from './bed.ts';
import { compositeTypes, environmentTypes } from './configurations.ts';
import { SYSTEM } from './install.ts';
import { isReady } from './objects.ts';
import { type ComposedKind, composedKinds, kinds, labelOf, type Ref, refOf } from './resources.ts';
import { contentOf } from './virtual.ts';
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

/** The Environment, once it is Ready. */
export function ready({ host }: Bed, { ref }: Environment, bound: number) {
  return waitFor(
    `${ref.namespace}/${ref.name} to be Ready`,
    async () => {
      const found = await host.get(ref);
      if (found !== undefined && isReady(found)) return found;
      throw new Error(summaryOf(found));
    },
    bound,
  );
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

/** Everything of it that is anywhere, one line each: the empty list is what a deletion promises. */
export async function leftovers(bed: Bed, env: Environment): Promise<string[]> {
  const { host, remote } = bed;
  const { ref, prefix, flavour } = env;
  const named = (object: KubernetesObject) => object.metadata?.name?.startsWith(prefix);
  const composites = (await host.list(compositeTypes[flavour])).filter(
    (xr) =>
      at(xr, 'metadata', 'name') === ref.name || text(xr, 'spec', 'claimRef', 'name') === ref.name,
  );
  const secrets = [
    ...(await host.list({ ...kinds.secret, namespace: SYSTEM })).filter(
      (secret) => secret.metadata?.name !== 'host-kubeconfig',
    ),
    ...(await host.list({ ...kinds.secret, namespace: ref.namespace ?? '' })),
  ];
  const claim = await host.get(ref);
  return [
    ...[claim === undefined ? [] : [claim], composites, await allComposed(bed, env), secrets],
    (await host.list(kinds.namespace)).filter(named),
  ]
    .flat()
    .map(labelOf)
    .concat((await contentOf(remote)).map((line) => `${line} inside`));
}

/**
 * A provider takes a resource that vanishes within 30 s of its creation for one that is still being created, and
 * waits; without this mark it does not.
 */
export async function forgetCreation(bed: Bed, env: Environment): Promise<void> {
  const annotations = { 'crossplane.io/external-create-succeeded': null };
  const young = [...(await composed(bed, env, 'release')), ...(await composed(bed, env, 'object'))];
  await Promise.all(young.map((one) => bed.host.patch(refOf(one), { metadata: { annotations } })));
}

/** A Usage that waits for its user looks again only every 30 s, unless touched. */
export async function nudgeUsages(bed: Bed, env: Environment): Promise<void> {
  const annotations = { 'bed.xenvironment.dev/nudge': String(Date.now()) };
  const usages = await composed(bed, env, 'usage');
  await Promise.allSettled(
    usages.map((one) => bed.host.patch(refOf(one), { metadata: { annotations } })),
  );
}

/** Deletes it, and waits until nothing is left anywhere. */
export async function takeAway(
  bed: Bed,
  env: Environment,
  {
    propagation = 'Background',
    bound = 60,
  }: {
    readonly propagation?: 'Foreground' | 'Background';
    readonly bound?: number;
  } = {},
): Promise<void> {
  await forgetCreation(bed, env);
  await bed.host.remove(env.ref, propagation);
  await waitFor(
    `nothing to be left of ${env.ref.namespace}/${env.ref.name}`,
    async () => {
      const left = await leftovers(bed, env);
      if (left.length === 0) return true;
      await nudgeUsages(bed, env);
      throw new Error(`left: ${left.join(', ')}`);
    },
    bound,
  );
}
