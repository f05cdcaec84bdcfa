// The registry of cluster kinds.
import type { ClusterKind } from '../context.ts';
import type { ClusterType } from '../spec.ts';
import { gke } from './gke.ts';
import { vcluster } from './vcluster.ts';

export const clusters: Readonly<Record<ClusterType, ClusterKind>> = { gke, vcluster };
