/** What dies with a virtual cluster: all stand-ins share one API server, so each takes its own part of it along. */
import { text } from '../../../src/json.ts';
import type { KubernetesObject } from '../documents.ts';
import { STAND_IN } from './charts.ts';
import type { Kube } from './kube.ts';
import { kinds, labelOf, refOf, type Type } from './resources.ts';

/** @param release of the virtual cluster; the names of what is inside begin with it */
export async function emptied(remote: Kube, release: string, last: boolean): Promise<void> {
  const named = (object: KubernetesObject) => nameOf(object).includes(release);
  // Helm's record of a release is a Secret that has the release's name in it.
  for (const type of [kinds.statefulSet, kinds.configMap, kinds.secret]) {
    await removeAll(remote, type, (object) => named(object) && ours(object));
  }
  if (!last) return;
  // Nobody is left who could share these.
  for (const serving of await remote.list(kinds.serving)) {
    await remote.patch(refOf(serving), { metadata: { finalizers: [] } });
  }
  await removeAll(remote, kinds.namespace, (object) => !BUILT_IN.includes(nameOf(object)));
  // Last: a namespace cannot end while kinds vanish under it.
  await removeAll(remote, kinds.crd, () => true);
}

/** What is in the clusters of environments and was not there at first, one line each. */
export async function contentOf(remote: Kube): Promise<string[]> {
  const types = [kinds.statefulSet, kinds.configMap, kinds.secret, kinds.serving, kinds.crd];
  const all = await Promise.all([...types, kinds.namespace].map((type) => remote.list(type)));
  return all
    .flat()
    .filter((object) => !BUILT_IN.includes(object.metadata?.namespace ?? nameOf(object)))
    .map(labelOf);
}

const BUILT_IN = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.name ?? '';
}

function ours(object: KubernetesObject): boolean {
  const isRecord = text(object, 'type') === 'helm.sh/release.v1';
  return isRecord || text(object, 'metadata', 'labels', STAND_IN) !== undefined;
}

async function removeAll(
  kube: Kube,
  type: Type,
  which: (object: KubernetesObject) => boolean,
): Promise<void> {
  for (const object of (await kube.list(type)).filter(which)) await kube.remove(refOf(object));
}
