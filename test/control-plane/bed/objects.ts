/** Pieces of Kubernetes objects that the players write. */
import { at, text } from '../../../src/json.ts';
import type { KubernetesObject } from '../documents.ts';
import type { Kube } from './kube.ts';
import { refOf, uidOf } from './resources.ts';

export function condition(type: string, status: 'True' | 'False', reason: string, message = '') {
  // The same moment each time: what says the same is the same.
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

export function isReady(object: KubernetesObject | undefined): boolean {
  const conditions = at(object, 'status', 'conditions');
  if (!Array.isArray(conditions)) return false;
  return conditions.some((c) => at(c, 'type') === 'Ready' && at(c, 'status') === 'True');
}

export function isGoing(object: KubernetesObject): boolean {
  return at(object, 'metadata', 'deletionTimestamp') !== undefined;
}

export function finalizersOf(object: KubernetesObject): string[] {
  const finalizers = at(object, 'metadata', 'finalizers');
  return Array.isArray(finalizers) ? finalizers.map(String) : [];
}

/** Adds or takes away this one finalizer; others' are let be, and a conflict is an error. */
export async function withFinalizer(
  kube: Kube,
  object: KubernetesObject,
  finalizer: string,
  wanted: boolean,
): Promise<void> {
  const present = finalizersOf(object);
  if (present.includes(finalizer) === wanted) return;
  const finalizers = wanted
    ? [...present, finalizer]
    : present.filter((other) => other !== finalizer);
  const resourceVersion = text(object, 'metadata', 'resourceVersion');
  await kube.patch(refOf(object), { metadata: { finalizers, resourceVersion } });
}

/** What a provider writes for its managed resource; it dies with it. */
export function connectionSecret(
  owner: KubernetesObject,
  data: Readonly<Record<string, string>>,
): KubernetesObject {
  const to = at(owner, 'spec', 'writeConnectionSecretToRef');
  const namespace = text(to, 'namespace') ?? owner.metadata?.namespace ?? '';
  return secret(owner, text(to, 'name') ?? '', namespace, data);
}

export function secret(
  owner: KubernetesObject,
  name: string,
  namespace: string,
  data: Readonly<Record<string, string>>,
): KubernetesObject {
  const { apiVersion, kind, metadata } = owner;
  const reference = { apiVersion, kind, name: metadata?.name, uid: uidOf(owner), controller: true };
  const meta = { name, namespace, ownerReferences: [reference] };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta,
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
}
