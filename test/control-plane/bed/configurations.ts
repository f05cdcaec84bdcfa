/**
 * The example Configurations, both in one control plane. The claim of one and the composite of the other are the
 * same kind, so the claims flavour is installed under another group: a team may re-brand it, and the function must
 * not notice.
 */
import { createHash } from 'node:crypto';
import { at, text } from '../../../src/json.ts';
import type { JsonObject } from '../../../src/step.ts';
import { type KubernetesObject, readDocument } from '../documents.ts';
import { type Flavour, packageFile } from '../examples.ts';
import { expectCondition } from './install.ts';
import type { Kube } from './kube.ts';
import { refOf, type Type } from './resources.ts';
import { waitFor } from './wait.ts';

const GROUPS: Readonly<Record<Flavour, string>> = {
  namespaced: 'platform.xenvironment.dev',
  claims: 'claims.xenvironment.dev',
};

/** What a developer writes: the claim, or the namespaced composite. */
export const environmentTypes: Readonly<Record<Flavour, Type>> = {
  namespaced: { apiVersion: `${GROUPS.namespaced}/v1alpha1`, kind: 'Environment' },
  claims: { apiVersion: `${GROUPS.claims}/v1alpha1`, kind: 'Environment' },
};

/** What composes: the cluster-scoped composite, or again the namespaced one. */
export const compositeTypes: Readonly<Record<Flavour, Type>> = {
  namespaced: environmentTypes.namespaced,
  claims: { apiVersion: `${GROUPS.claims}/v1alpha1`, kind: 'XEnvironment' },
};

export async function installConfiguration(
  host: Kube,
  flavour: Flavour,
  catalog: JsonObject,
): Promise<void> {
  const xrd = definition(flavour);
  await host.apply(xrd);
  await installCatalog(host, flavour, catalog);
  const wanted = flavour === 'claims' ? ['Established', 'Offered'] : ['Established'];
  await waitFor(
    `the XRD of the ${flavour} flavour to be ${wanted.join(' and ')}`,
    async () => {
      const found = await host.get(refOf(xrd));
      return wanted.every((type) => expectCondition(found, type));
    },
    120,
  );
}

/** Until nothing of it is left. */
export async function removeConfiguration(host: Kube, flavour: Flavour): Promise<void> {
  const objects = [composition(flavour, {}), definition(flavour)];
  for (const object of objects) await host.remove(refOf(object));
  await configurationGone(host, objects);
}

/** The garbage collector takes the revisions, and what came with a package, when it gets to it. */
export async function configurationGone(
  host: Kube,
  objects: readonly KubernetesObject[],
): Promise<void> {
  const isThere = async (object: KubernetesObject) =>
    (await host.get(refOf(object))) !== undefined ||
    (await revisionsOf(host, object.metadata?.name ?? '')).length > 0;
  for (const object of objects) {
    const what = `${object.kind} ${object.metadata?.name} to go, and its revisions`;
    await waitFor(what, async () => !(await isThere(object)), 120);
  }
}

/** On what a bed installs, so that its revision is found again. */
const CATALOG = 'bed.xenvironment.dev/catalog';

/**
 * A change of the platform: a new revision of the Composition, and who comes from now on gets it.
 * @param labels by which a revision can be chosen
 */
export async function installCatalog(
  host: Kube,
  flavour: Flavour,
  catalog: JsonObject,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { metadata, ...rest } = composition(flavour, catalog);
  const content = createHash('sha256').update(JSON.stringify(catalog)).digest('hex').slice(0, 12);
  const own = Object.entries({ ...labels, [CATALOG]: content });
  await host.apply({ ...rest, metadata: { ...metadata, labels: Object.fromEntries(own) } });
  // Crossplane makes it a moment later; until then environments get the one before.
  await waitFor(
    `the newest revision of ${metadata?.name} to be this one`,
    async () => {
      const newest = (await revisionsOf(host, metadata?.name ?? '')).at(-1);
      const isOurs = own.every(([key, value]) => newest?.metadata?.labels?.[key] === value);
      return isOurs && expectCondition(newest, 'ValidPipeline');
    },
    120,
  );
}

/** Of a Composition, the oldest first; one that is taken up again is the newest. */
export async function revisionsOf(host: Kube, name: string): Promise<KubernetesObject[]> {
  const all = await host.list({
    apiVersion: 'apiextensions.crossplane.io/v1',
    kind: 'CompositionRevision',
  });
  const number = (one: KubernetesObject) => Number(at(one, 'spec', 'revision'));
  return all
    .filter(({ metadata }) => metadata?.labels?.['crossplane.io/composition-name'] === name)
    .sort((one, other) => number(one) - number(other));
}

function definition(flavour: Flavour): KubernetesObject {
  const xrd = readDocument(packageFile(flavour, 'definition'));
  const spec = xrd.spec as JsonObject;
  const group = GROUPS[flavour];
  const name = `${text(spec, 'names', 'plural')}.${group}`;
  return { ...xrd, metadata: { name }, spec: { ...spec, group } };
}

export function composition(flavour: Flavour, catalog: JsonObject): KubernetesObject {
  const packaged = readDocument(packageFile(flavour, 'composition'));
  const spec = packaged.spec as { readonly pipeline: readonly JsonObject[] };
  const { apiVersion, kind } = compositeTypes[flavour];
  const pipeline = spec.pipeline.map((step) => ({ ...step, input: catalog }));
  return {
    ...packaged,
    metadata: { name: `${kind.toLowerCase()}s.${GROUPS[flavour]}` },
    spec: { ...spec, compositeTypeRef: { apiVersion, kind }, pipeline },
  };
}
