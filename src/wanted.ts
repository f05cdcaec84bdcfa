// Which tools the environment wants, where each is installed, and what is wrong with its block.
import { refuses } from './blame.ts';
import type { Catalog } from './catalog/parse.ts';
import type { CatalogTool, Size } from './catalog/schema.ts';
import { type CiCluster, type CiPlace, ciPlace } from './ci-place.ts';
import type { Bounds, Home, Tool } from './context.ts';
import type { ClusterName } from './decided.ts';
import { isInstalled, type Request } from './environment.ts';
import { gitopsPlace } from './gitops-place.ts';
import { own } from './json.ts';
import type { Decision } from './placement.ts';
import { type Problem, type RefusalReason, suggest } from './problem.ts';
import { knativeMode, shared } from './shared-knative.ts';
import { AGENTS, type ClusterType, ENGINES } from './spec.ts';
import type { Survey } from './survey.ts';
import { agents, chartTool, engines, hubs, knative, lostTool } from './tools/index.ts';

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

export interface WantedTools {
  readonly tools: readonly Wanted[];
  /** The CI agents' own vcluster, if they have one. */
  readonly ciCluster: CiCluster | undefined;
  /** Size of the CI agents' node pool, if they have one. */
  readonly ciNodes: Size | undefined;
  /** What the CI agents may use of the tools cluster, if they go there. */
  readonly ciBounds: Bounds | undefined;
  /** What of the place of CI agents the catalog has changed, and they keep. */
  readonly ciNotes: readonly string[];
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

interface Found {
  readonly tools: readonly Wanted[];
  readonly problems: readonly Problem[];
  readonly place?: CiPlace;
}

const NONE: Found = { tools: [], problems: [] };

export function wantedTools(
  request: Request,
  decision: Decision,
  catalog: Catalog,
  survey: Survey,
): WantedTools {
  const ci = ciOf(request, decision, catalog, survey);
  const found = [
    knativeOf(request, decision, catalog, survey),
    ci,
    gitopsOf(request, decision, catalog, survey),
    ...(request.tools.extra ?? []).map((block) =>
      extraOf(block, request, decision.type, catalog, survey),
    ),
  ];
  const tools = found.flatMap((f) => f.tools);
  return {
    tools: inOrder(tools),
    ciCluster: ci.place?.ciCluster,
    ciNodes: ci.place?.ciNodes,
    ciBounds: ci.place?.ciBounds,
    ciNotes: ci.place?.notes ?? [],
    problems: [
      ...found.flatMap((f) => f.problems),
      ...tools.flatMap(blockProblems),
      ...twice(request),
    ],
  };
}

function requestedBy(block: unknown): Wanted['requestedBy'] {
  return block === undefined ? 'purpose' : 'environment';
}

function knativeOf(request: Request, decision: Decision, catalog: Catalog, survey: Survey): Found {
  const block = request.tools.knative;
  if (block === undefined || block.enabled === false) return NONE;
  const { mode, problems } = knativeMode(block, decision, catalog, survey);
  const entry = {
    name: 'knative',
    path: 'tools.knative',
    asked: block.version,
    home: decision.type,
    cluster: mode === 'shared' ? 'host' : 'environment',
    requestedBy: requestedBy(request.asked.tools?.knative),
    declaration: undefined,
    after: [],
  } as const;
  return { tools: [wanted(entry, mode === 'shared' ? shared : knative, block)], problems };
}

function ciOf(request: Request, decision: Decision, catalog: Catalog, survey: Survey): Found {
  const block = request.tools.ci;
  if (block === undefined || block.enabled === false) return NONE;
  const place = ciPlace(request, decision, catalog, survey);
  // Nothing else can be said of agents that have no place, and where they run already they have one.
  const nowhere =
    place.isNowhere === true && place.problems.some((p) => refuses(p, request, survey));
  if (nowhere) return { tools: [], problems: place.problems };
  const { tool, problems } = built(agents, block.agent, 'tools.ci', 'agent', AGENTS);
  if (tool === undefined) return { tools: [], problems: [...place.problems, ...problems], place };
  const entry = {
    name: 'ci',
    path: 'tools.ci',
    asked: block.version,
    home: place.home,
    cluster: place.cluster,
    requestedBy: requestedBy(request.asked.tools?.ci),
    declaration: undefined,
    after: [],
  } as const;
  return { tools: [wanted(entry, tool, block)], problems: place.problems, place };
}

function gitopsOf(request: Request, decision: Decision, catalog: Catalog, survey: Survey): Found {
  const block = request.tools.gitops;
  if (block === undefined || block.enabled === false) return NONE;
  const { engine, mode, home, problems: misplaced } = gitopsPlace(block, decision, catalog, survey);
  const registry = mode === 'hub' ? hubs : engines;
  const { tool, problems } = built(registry, engine, 'tools.gitops', 'engine', ENGINES);
  if (tool === undefined) return { tools: [], problems: [...problems, ...misplaced] };
  const entry = {
    name: 'gitops',
    path: 'tools.gitops',
    asked: block.version,
    home,
    cluster: mode === 'hub' ? 'tools' : 'environment',
    requestedBy: requestedBy(request.asked.tools?.gitops),
    declaration: undefined,
    after: [],
  } as const;
  return { tools: [wanted(entry, tool, block)], problems: misplaced };
}

type ExtraBlock = NonNullable<Request['tools']['extra']>[number];

function extraOf(
  block: ExtraBlock,
  request: Request,
  home: ClusterType,
  catalog: Catalog,
  survey: Survey,
): Found {
  const { name } = block;
  const path = `tools.extra.${name}`;
  const isGoing = block.enabled === false;
  if (isGoing && (own(catalog.tools, name) !== undefined || isInstalled(survey, name))) return NONE;
  const entry = {
    name,
    path,
    asked: block.version,
    home,
    cluster: 'environment',
    requestedBy: requestedBy(request.asked.tools?.extra?.find((e) => e.name === name)),
  } as const;
  const declaration = own(catalog.tools, name);
  const template = catalog.compiled.templates.get(name);
  if (declaration !== undefined && template !== undefined) {
    const tool = chartTool(declaration, template, name);
    const after = declaration.after ?? [];
    return { tools: [wanted({ ...entry, declaration, after }, tool, block)], problems: [] };
  }
  if (isInstalled(survey, name) && !request.changed(path)) {
    const lost = { ...entry, declaration: undefined, after: [] };
    return { tools: [wanted(lost, lostTool(name), block)], problems: [] };
  }
  const message = `no tool ${JSON.stringify(name)}; ${suggest(name, Object.keys(catalog.tools ?? {}))}`;
  return {
    tools: [],
    problems: [{ reason: 'InvalidSpec', path: `spec.${path}`, message, blame: [path] }],
  };
}

function blockProblems({ tool, block, path, home }: Wanted): Problem[] {
  return tool.problems(block, home).map((problem) => ({
    reason: problem.reason ?? 'InvalidSpec',
    path: problem.path === '' ? `spec.${path}` : `spec.${path}.${problem.path}`,
    message: problem.message,
    blame: [path],
  }));
}

/** The agent or engine that is asked for, if this release has it. */
function built<Block>(
  registry: Readonly<Partial<Record<string, Tool<Block>>>>,
  name: string | undefined,
  path: string,
  field: string,
  all: readonly string[],
): { tool: Tool<Block> | undefined; problems: Problem[] } {
  const names = [...all].sort();
  const known = names.filter((key) => own(registry, key) !== undefined).join(', ') || 'none';
  const problem = (reason: RefusalReason, message: string): Problem => ({
    reason,
    path: `spec.${path}.${field}`,
    message,
    blame: [path],
  });
  if (name === undefined) {
    const message = `is missing; write one of: ${names.join(', ')} (built in this release: ${known})`;
    return { tool: undefined, problems: [problem('InvalidSpec', message)] };
  }
  const tool = own(registry, name);
  if (tool !== undefined) return { tool, problems: [] };
  const message = `${name} is not built in this release (built: ${known}); leave ${path} out, or write enabled: false in it`;
  return { tool: undefined, problems: [problem('NotImplemented', message)] };
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
