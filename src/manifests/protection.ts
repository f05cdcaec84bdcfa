// Usage and ClusterUsage: Crossplane refuses to delete what is in use, and deletes it when its user is gone.
import type { Context } from '../context.ts';
import type { Manifest } from '../step.ts';
import { type Meta, metadata } from './common.ts';

export function usage(context: Context, meta: Meta, of: Manifest, by: Manifest): Manifest {
  return {
    apiVersion: 'protection.crossplane.io/v1beta1',
    kind: context.flavour === 'namespaced' ? 'Usage' : 'ClusterUsage',
    metadata: metadata(context, meta),
    spec: {
      of: { apiVersion: of.apiVersion, kind: of.kind, resourceRef: { name: of.metadata.name } },
      by: { apiVersion: by.apiVersion, kind: by.kind, resourceRef: { name: by.metadata.name } },
      reason: `${by.kind} ${by.metadata.name} must be gone before ${of.kind} ${of.metadata.name} is deleted`,
      // Without it the refused delete is only tried again after the garbage collector's backoff, minutes on.
      replayDeletion: true,
    },
  };
}
