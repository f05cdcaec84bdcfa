// Which tools the environment wants, where each is installed, and what is wrong with its block.
import type { Catalog } from './catalog/parse.ts';
import type { CatalogTool, Host, Size } from './catalog/schema.ts';
import type { Home, Tool } from './context.ts';
import type { Request } from './environment.ts';
import { own } from './json.ts';
import type { Decision } from './placement.ts';
import { type Problem, suggest } from './problem.ts';
import { AGENTS, type ClusterType, ENGINES } from './spec.ts';
import type { JsonObject } from './step.ts';
import type { Survey } from './survey.ts';
import { chartTool } from './tools/charts.ts';
import { agents } from './tools/ci/index.ts';
import { engines } from './tools/gitops/index.ts';
import { knative } from './tools/knative.ts';
import type { ClusterName } from './versions.ts';

export interface Wanted {
  /** Key in status.tools and value of the tool label. */
  readonly name: string;
  /** Below spec. */
  readonly path: string;
  readonly asked: string | undefined;
  readonly home: Home;
  readonly cluster: ClusterName;
  readonly requestedBy: 'environment' | 'purpose';
  readonly tool: Tool<never>;
  readonly block: never;
  readonly declaration: CatalogTool | undefined;
  /** Names of wanted tools that come before this one. */
  readonly after: readonly string[];
}

export interface CiCluster {
  readonly host: string;
  readonly hostEntry: Host | undefined;
  readonly size: Size | undefined;
}

export interface WantedTools {
  readonly tools: readonly Wanted[];
  /** The CI agents' own vcluster, if they have one. */
  readonly ciCluster: CiCluster | undefined;
  /** Size of the CI agents' node pool, if they have one. */
  readonly ciNodes: Size | undefined;
  readonly problems: readonly Problem[];
}

/** Forgets the block's type, so that all tools fit one list; the block went through the tool's schema. */
function wanted<Block>(
  entry: Omit<Wanted, 'tool' | 'block'>,
  tool: Tool<Block>,
  block: Block,
): Wanted {
  return { ...entry, tool: tool as Tool<never>, block: block as never };
}

export function wantedTools(
  request: Request,
  decision: Decision,
  catalog: Catalog,
  survey: Survey,
): WantedTools {
  const problems: Problem[] = [];
  const home: Home = decision.type;
  const tools: Wanted[] = [];
  const requestedBy = (asked: unknown) => (asked === undefined ? 'purpose' : 'environment');

  const { knative: serving, ci, gitops, extra = [] } = request.tools;
  if (serving !== undefined && serving.enabled !== false) {
    const path = 'tools.knative';
    if (serving.mode === 'shared') problems.push(sharedKnative());
    tools.push(
      wanted(
        {
          name: 'knative',
          path,
          asked: serving.version,
          home,
          cluster: 'environment',
          requestedBy: requestedBy(request.asked.tools?.knative),
          declaration: undefined,
          after: [],
        },
        knative,
        serving,
      ),
    );
  }
  const placed =
    ci !== undefined && ci.enabled !== false
      ? ciPlace(request, decision, catalog, survey)
      : undefined;
  if (ci !== undefined && placed !== undefined) {
    problems.push(...placed.problems);
    const tool = agentOf(ci.agent, problems);
    if (tool !== undefined) {
      tools.push(
        wanted(
          {
            name: 'ci',
            path: 'tools.ci',
            asked: ci.version,
            home: placed.home,
            cluster: placed.cluster,
            requestedBy: requestedBy(request.asked.tools?.ci),
            declaration: undefined,
            after: [],
          },
          tool,
          ci,
        ),
      );
    }
  }
  if (gitops !== undefined && gitops.enabled !== false) problems.push(engineProblem(gitops.engine));
  for (const block of extra.filter((e) => e.enabled !== false)) {
    const path = `tools.extra.${block.name}`;
    const declaration = own(catalog.tools, block.name);
    const template = catalog.compiled.templates.get(block.name);
    if (declaration === undefined || template === undefined) {
      problems.push({
        reason: 'InvalidSpec',
        path: `spec.${path}`,
        message: `no tool ${JSON.stringify(block.name)}; ${suggest(block.name, Object.keys(catalog.tools ?? {}))}`,
        blame: [path],
      });
      continue;
    }
    tools.push(
      wanted(
        {
          name: block.name,
          path,
          asked: block.version,
          home,
          cluster: 'environment',
          requestedBy: requestedBy(request.asked.tools?.extra?.find((e) => e.name === block.name)),
          declaration,
          after: declaration.after ?? [],
        },
        chartTool(declaration, template, block.name),
        block,
      ),
    );
  }
  for (const { tool, block, path } of tools) {
    problems.push(
      ...tool.problems(block).map(
        (p): Problem => ({
          reason: 'InvalidSpec',
          path: p.path === '' ? `spec.${path}` : `spec.${path}.${p.path}`,
          message: p.message,
          blame: [path],
        }),
      ),
    );
  }
  return {
    tools: inOrder(tools),
    ciCluster: placed?.ciCluster,
    ciNodes: placed?.ciNodes,
    problems: [...problems, ...twice(request)],
  };
}

function twice(request: Request): Problem[] {
  const names = (request.asked.tools?.extra ?? []).map((e) => e.name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))].map((name) => ({
    reason: 'InvalidSpec',
    path: 'spec.tools.extra',
    message: `${name} is there twice`,
    blame: ['tools.extra'],
  }));
}

function sharedKnative(): Problem {
  return {
    reason: 'NotImplemented',
    path: 'spec.tools.knative.mode',
    message: 'shared Knative is not built in this release; write dedicated, or leave mode out',
    blame: ['tools.knative'],
  };
}

/** Tools that come after others stand behind them; otherwise the order stays. */
function inOrder(tools: readonly Wanted[]): Wanted[] {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const placed = new Set<string>();
  const ordered: Wanted[] = [];
  const put = (tool: Wanted) => {
    if (placed.has(tool.name)) return;
    placed.add(tool.name);
    for (const name of [...tool.after].sort()) {
      const before = byName.get(name);
      if (before !== undefined) put(before);
    }
    ordered.push(tool);
  };
  for (const tool of tools) put(tool);
  return ordered;
}

type Agent = NonNullable<(typeof agents)[keyof typeof agents]>;

function agentOf(agent: string | undefined, problems: Problem[]): Agent | undefined {
  if (agent === undefined) {
    problems.push({
      reason: 'InvalidSpec',
      path: 'spec.tools.ci.agent',
      message: `is missing; write one of: ${Object.keys(agents).sort().join(', ')}`,
      blame: ['tools.ci'],
    });
    return undefined;
  }
  const tool = own(agents as Readonly<Record<string, Agent>>, agent);
  if (tool !== undefined) return tool;
  problems.push({
    reason: 'NotImplemented',
    path: 'spec.tools.ci.agent',
    message: `${agent} is not built in this release; built: ${AGENTS.filter((a) => own(agents as JsonObject, a) !== undefined).join(', ')}`,
    blame: ['tools.ci'],
  });
  return undefined;
}

function engineProblem(engine: string | undefined): Problem {
  const built =
    ENGINES.filter((e) => own(engines as JsonObject, e) !== undefined).join(', ') || 'none';
  if (engine === undefined) {
    return {
      reason: 'InvalidSpec',
      path: 'spec.tools.gitops.engine',
      message: `is missing; write one of: ${ENGINES.join(', ')} (built in this release: ${built})`,
      blame: ['tools.gitops'],
    };
  }
  return {
    reason: 'NotImplemented',
    path: 'spec.tools.gitops.engine',
    message: `${engine} is not built in this release; built: ${built}; leave gitops out or write enabled: false`,
    blame: ['tools.gitops'],
  };
}

interface CiPlace {
  readonly home: Home;
  readonly cluster: ClusterName;
  readonly ciCluster?: CiCluster;
  readonly ciNodes?: Size;
  readonly problems: readonly Problem[];
}

/** Where CI agents go: never onto the applications' nodes. What runs already stays where it is. */
function ciPlace(request: Request, decision: Decision, catalog: Catalog, survey: Survey): CiPlace {
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
