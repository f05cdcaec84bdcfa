// Where CI agents run: never on the nodes of the applications. What runs already stays where it is.
import type { Catalog } from './catalog/parse.ts';
import type { Host, Size } from './catalog/schema.ts';
import type { Home } from './context.ts';
import type { Request } from './environment.ts';
import { own } from './json.ts';
import type { Decision } from './placement.ts';
import type { Problem } from './problem.ts';
import type { ClusterType } from './spec.ts';
import type { Survey } from './survey.ts';
import type { ClusterName } from './versions.ts';

export interface CiCluster {
  readonly host: string;
  readonly hostEntry: Host | undefined;
  readonly size: Size | undefined;
}

export interface CiPlace {
  readonly home: Home;
  readonly cluster: ClusterName;
  readonly ciCluster?: CiCluster;
  readonly ciNodes?: Size;
  readonly problems: readonly Problem[];
}

export function ciPlace(
  request: Request,
  decision: Decision,
  catalog: Catalog,
  survey: Survey,
): CiPlace {
  const blame = ['tools.ci'];
  const isolation = observedIsolation(survey) ?? catalog.ci?.isolation;
  if (isolation === undefined) {
    return {
      home: 'ci',
      cluster: 'ci',
      problems: [
        {
          reason: 'ToolNotAllowed',
          path: 'spec.tools.ci',
          message:
            'the catalog says nothing about where CI agents may run; leave ci out, or ask the platform team to add ci.isolation',
          blame,
        },
      ],
    };
  }
  if (isolation === 'tools-cluster') return { home: 'tools', cluster: 'tools', problems: [] };
  const sizeName = catalog.ci?.size ?? request.environment.size;
  const size = catalog.ci?.size === undefined ? request.size : own(catalog.sizes, sizeName);
  const missing = (type: ClusterType): Problem[] =>
    size?.[type] !== undefined
      ? []
      : [
          {
            reason: 'ToolNotAllowed',
            path: 'spec.tools.ci',
            message: `CI agents run in a ${type} of size ${sizeName}, which says nothing about ${type}`,
            blame: [...blame, 'size'],
          },
        ];
  if (isolation === 'node-pool') {
    if (decision.type !== 'gke') {
      return {
        home: decision.type,
        cluster: 'environment',
        problems: [
          {
            reason: 'ToolNotAllowed',
            path: 'spec.tools.ci',
            message: `CI agents run on a node pool of their own here (ci.isolation: node-pool), which a ${decision.type} does not have; leave ci out, or use a gke environment`,
            blame: [...blame, 'cluster'],
          },
        ],
      };
    }
    return {
      home: 'gke',
      cluster: 'environment',
      ...(size === undefined ? {} : { ciNodes: size }),
      problems: missing('gke'),
    };
  }
  const hosts = catalog.clusters.vcluster?.hosts ?? [];
  const host = catalog.ci?.host ?? decision.host ?? hosts.find((h) => h.closed === undefined)?.name;
  if (host === undefined) {
    return {
      home: 'ci',
      cluster: 'ci',
      problems: [
        {
          reason: 'ToolNotAllowed',
          path: 'spec.tools.ci',
          message: 'no host takes a vcluster for CI agents',
          blame,
        },
      ],
    };
  }
  const hostEntry = hosts.find((h) => h.name === host);
  return {
    home: 'ci',
    cluster: 'ci',
    ciCluster: { host, hostEntry, size },
    problems: missing('vcluster'),
  };
}

/** By the homes in which CI resources are composed. */
function observedIsolation(
  survey: Survey,
): 'tools-cluster' | 'virtual-cluster' | 'node-pool' | undefined {
  const names = [...survey.ours.keys()];
  if (names.some((name) => name.startsWith('ci-'))) return 'virtual-cluster';
  if (names.some((name) => name.startsWith('tools-ci-'))) return 'tools-cluster';
  return names.some((name) => name.startsWith('gke-ci-')) ? 'node-pool' : undefined;
}
