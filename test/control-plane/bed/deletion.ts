/** Takes environments away in a bed, and looks for what they left behind. */
import { at, text } from '../../../src/json.ts';
import type { KubernetesObject } from '../documents.ts';
import type { Bed } from './bed.ts';
import { compositeTypes } from './configurations.ts';
import { allComposed, composed, type Environment } from './environments.ts';
import { SYSTEM } from './install.ts';
import type { KubeError } from './kube.ts';
import { kinds, labelOf, refOf } from './resources.ts';
import { contentOf } from './virtual.ts';
import { waitFor } from './wait.ts';

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
  await Promise.all(
    young.map((one) =>
      bed.host.patch(refOf(one), { metadata: { annotations } }).catch((error: KubeError) => {
        // It went meanwhile.
        if (error.status !== 404) throw error;
      }),
    ),
  );
}

/** A Usage that waits for its user looks again only every 30 s, unless touched. */
export async function nudgeUsages(bed: Bed, env: Environment): Promise<void> {
  const annotations = { 'bed.xenvironment.dev/nudge': String(Date.now()) };
  const usages = await composed(bed, env, 'usage');
  await Promise.allSettled(
    usages.map((one) => bed.host.patch(refOf(one), { metadata: { annotations } })),
  );
}

export interface TakeAway {
  readonly propagation?: 'Foreground' | 'Background';
  readonly bound?: number;
}

/** Deletes one or several, and waits until nothing is left anywhere. */
export async function takeAway(
  bed: Bed,
  which: Environment | readonly Environment[],
  { propagation = 'Background', bound = 120 }: TakeAway = {},
): Promise<void> {
  const all = [which].flat();
  for (const env of all) {
    await forgetCreation(bed, env);
    await bed.host.remove(env.ref, propagation);
  }
  for (const env of all) await gone(bed, env, bound);
}

/** Waits until nothing is left of what was told to go. */
export function gone(bed: Bed, env: Environment, bound: number): Promise<boolean> {
  return waitFor(
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
