/** What dies with a virtual cluster: all stand-ins share one API server, so each takes its own part of it along. */
import { text } from '../../../src/json.ts';
import type { KubernetesObject } from '../documents.ts';
import { STAND_IN } from './charts.ts';
import type { Kube } from './kube.ts';
import { kinds, refOf, type Type } from './resources.ts';

/** @param release of the virtual cluster; the names of what is inside begin with it */
export async function emptied(remote: Kube, release: string, last: boolean): Promise<void> {
  const named = (object: KubernetesObject) => (object.metadata?.name ?? '').includes(release);
  // Helm's record of a release is a Secret that has the release's name in it.
  for (const type of [kinds.statefulSet, kinds.configMap, kinds.secret]) {
    await removeAll(remote, type, (object) => named(object) && ours(object));
  }
  if (!last) return;
  // Nobody is left who could share these.
  for (const serving of await remote.list(kinds.serving)) {
    await remote.patch(refOf(serving), { metadata: { finalizers: [] } });
  }
  await removeAll(remote, kinds.crd, () => true);
  const own = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
  await removeAll(remote, kinds.namespace, ({ metadata }) => !own.includes(metadata?.name ?? ''));
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
