// What the group of a team may do inside its environment: edit where developers have direct access, view where git has.

import type { ClusterContext, Target } from '../context.ts';
import { own, text } from '../json.ts';
import { LABELS } from '../manifests/common.ts';
import { object } from '../manifests/kubernetes.ts';
import { labelValue } from '../manifests/names.ts';
import { objectReady } from '../readiness.ts';
import type { JsonObject, Step } from '../step.ts';
import { identified, metaOf } from './configs.ts';
import { observedText } from './observed.ts';

export const ROLES = ['edit', 'view'] as const;
type Role = (typeof ROLES)[number];

interface TeamAccess {
  readonly steps: readonly Step[];
  readonly kept: readonly string[];
}

const SUBJECT = ['spec', 'forProvider', 'manifest', 'subjects', 0, 'name'] as const;

/** @param target the environment's own cluster */
export function teamAccess(context: ClusterContext, target: Target): TeamAccess {
  const { environment, catalog, observed, home, part } = context;
  if (part !== 'cluster') return { steps: [], kept: [] };
  const group = own(catalog.teams, environment.team)?.group;
  if (group !== undefined) {
    const role = environment.access === 'gitops' ? 'view' : 'edit';
    return { steps: [bindingStep(context, target, group, role)], kept: [] };
  }
  // Another team's goes: see `verdict.ts`.
  const groups = ROLES.map((role) => observed.get(`${home}-team-${role}`))
    .filter((found) => isOf(found?.resource, environment.team))
    .flatMap((found) => observedText(found, ...SUBJECT) ?? []);
  return {
    steps: [],
    kept: groups.map(
      (name) =>
        `access of group ${name} stays: the catalog no longer gives team ${environment.team} a group`,
    ),
  };
}

/** Whether what is composed was made for this team. */
export function isOf(resource: JsonObject | undefined, team: string): boolean {
  return text(resource, 'metadata', 'labels', LABELS.team) === labelValue(team);
}

/**
 * A step for each role, because a binding's role cannot be changed: with another access the other
 * one comes first, and this one goes when that is ready.
 */
function bindingStep(context: ClusterContext, target: Target, group: string, role: Role): Step {
  const suffix = `team-${role}`;
  const config = target.configs.kubernetes;
  const through = config === undefined ? [] : [config.name];
  return {
    ...identified(context, suffix, `access of group ${group}`),
    needs: [...target.needs, ...through],
    protects: target.diesWithCluster ? [] : through,
    manifest: object(context, metaOf(context, suffix), {
      providerConfig: target.kubernetes,
      manifest: bindingManifest(group, role),
      deletable: !target.diesWithCluster,
      ready: 'exists',
    }),
    notReady: objectReady,
  };
}

function bindingManifest(group: string, role: Role): JsonObject {
  const apiGroup = 'rbac.authorization.k8s.io';
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `environment-team-${role}` },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup, kind: 'Group', name: group }],
  };
}
