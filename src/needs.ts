// Which components need a version: the cluster's, the CI agents' own cluster's, the tools'.
import { valueAt } from './accepted.ts';
import { clusters } from './clusters/index.ts';
import type { ClusterName, Need } from './decided.ts';
import type { Request } from './environment.ts';
import { at } from './json.ts';
import type { Decision } from './placement.ts';
import type { JsonObject } from './step.ts';
import type { Survey } from './survey.ts';
import { direct, minorByMinor } from './upgrade/moves.ts';
import type { Wanted, WantedTools } from './wanted.ts';

/** kubernetes and vcluster first: tools must fit them. */
export function needsOf(
  request: Request,
  decision: Decision,
  wanted: WantedTools,
  survey: Survey,
): Need[] {
  const { ours, accepted } = survey;
  const remembered = (cluster: ClusterName, component: string) =>
    accepted?.versions[`${cluster}/${component}`];
  const running = clusters[decision.type].observedVersions(ours, decision.type);
  const needs: Need[] = [
    {
      cluster: 'environment',
      component: 'kubernetes',
      path: 'kubernetes.version',
      asked: request.asked.kubernetes?.version,
      pinned: request.asked.kubernetes?.version !== undefined,
      running: running.kubernetes,
      // GKE chooses the patch itself.
      installed: decision.type === 'gke' ? '' : running.kubernetes,
      part: 'cluster',
      moves: minorByMinor,
      accepted: remembered('environment', 'kubernetes'),
      changed: request.changed('kubernetes.version'),
      type: decision.type,
    },
  ];
  const unasked = { path: 'cluster', asked: undefined, pinned: false, changed: false } as const;
  if (decision.type === 'vcluster') {
    needs.push({
      ...unasked,
      cluster: 'environment',
      component: 'vcluster',
      running: running.vcluster,
      installed: running.vcluster,
      part: 'cluster',
      moves: minorByMinor,
      accepted: remembered('environment', 'vcluster'),
      type: 'vcluster',
    });
  }
  if (wanted.ciCluster !== undefined) {
    const ci = clusters.vcluster.observedVersions(ours, 'ci');
    for (const component of ['kubernetes', 'vcluster'] as const) {
      needs.push({
        ...unasked,
        path: 'tools.ci',
        cluster: 'ci',
        component,
        running: ci[component],
        installed: ci[component],
        part: 'ci',
        moves: minorByMinor,
        accepted: remembered('ci', component),
        type: 'vcluster',
      });
    }
  }
  const typeOf = (tool: Wanted) => {
    if (tool.cluster === 'environment') return decision.type;
    return tool.cluster === 'ci' ? ('vcluster' as const) : undefined;
  };
  return [
    ...needs,
    // What is the platform's own has the platform's version.
    ...wanted.tools
      .filter((tool) => tool.tool.unversioned !== true)
      .map(
        (tool): Need => ({
          cluster: tool.cluster,
          component: tool.tool.component,
          path: tool.path,
          asked: tool.asked,
          pinned: typeof at(blockAt(request, tool), 'version') === 'string',
          running: tool.tool.observedVersion(ours, tool.home),
          installed: (tool.tool.observedChart ?? tool.tool.observedVersion)(ours, tool.home),
          part: tool.name,
          moves: tool.tool.moves ?? direct,
          ahead: tool.tool.observedChart !== undefined,
          away: isReplaced(tool, survey),
          accepted: remembered(tool.cluster, tool.tool.component),
          changed: request.changed(tool.path),
          type: typeOf(tool),
          ...(tool.tool.chartFor === undefined ? {} : { chartFor: tool.tool.chartFor }),
        }),
      ),
  ];
}

/** Something is missing that a hop has taken away. Without a hop it is missing for another reason, and is made anew. */
function isReplaced({ tool, cluster, home }: Wanted, { ours, accepted }: Survey): boolean {
  const underWay = accepted?.underWay?.component === `${cluster}/${tool.component}`;
  return underWay && tool.isAway?.(ours, home) === true;
}

/** A tool's block as the developer wrote it. */
function blockAt({ asked }: Request, { path }: Wanted) {
  return valueAt(asked as JsonObject, path);
}
