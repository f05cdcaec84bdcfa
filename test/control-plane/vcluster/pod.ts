/** What the controllers of a cluster would write for the real chart's StatefulSet: its pod, and statuses. */
import { at } from '../../../src/json.ts';
import type { Json } from '../../../src/step.ts';
import { condition } from '../bed/objects.ts';
import { refOf, type Type, uidOf } from '../bed/resources.ts';
import type { KubernetesObject } from '../documents.ts';

export const podType = { apiVersion: 'v1', kind: 'Pod' } as const satisfies Type;
export const quotaType = { apiVersion: 'v1', kind: 'ResourceQuota' } as const satisfies Type;

/** Made of the chart's template; it dies with its StatefulSet. */
export function podOf(set: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, name, namespace = '' } = refOf(set);
  const { spec, metadata } = (at(set, 'spec', 'template') ?? {}) as KubernetesObject;
  const claimed = listOf(at(set, 'spec', 'volumeClaimTemplates')).map((claim): Json => {
    const volume = String(at(claim, 'metadata', 'name'));
    return { name: volume, persistentVolumeClaim: { claimName: `${volume}-${name}-0` } };
  });
  const ownerReferences = [{ apiVersion, kind, name, uid: uidOf(set), controller: true }];
  const own = { name: `${name}-0`, namespace, ownerReferences };
  return {
    ...podType,
    metadata: { ...metadata, ...own },
    spec: { ...(spec as object), volumes: [...listOf(at(spec, 'volumes')), ...claimed] },
  };
}

export function podStatus(ready: boolean) {
  const is = condition('Ready', ready ? 'True' : 'False', 'Probe');
  const status = { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] };
  return { status: { ...status, conditions: [is] } };
}

export function setStatus(set: KubernetesObject) {
  const counts = { replicas: 1, readyReplicas: 1, updatedReplicas: 1, currentReplicas: 1 };
  const revisions = { currentRevision: '1', updateRevision: '1', availableReplicas: 1 };
  const observedGeneration = at(set, 'metadata', 'generation');
  return { status: { observedGeneration, ...counts, ...revisions } };
}

/** From here on the API server refuses what does not fit; what was there before is not counted. */
export function quotaStatus(quota: KubernetesObject) {
  const hard = (at(quota, 'spec', 'hard') ?? {}) as Readonly<Record<string, string>>;
  const used = Object.fromEntries(Object.keys(hard).map((key) => [key, '0']));
  return { status: { hard, used } };
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
