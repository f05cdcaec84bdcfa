// Everything that should exist, in order: the cluster, the provider configs that something goes through, the tools.
import type { Catalog } from './catalog/parse.ts';
import { clusters } from './clusters/index.ts';
import { keptSentence, observedProviderConfig } from './clusters/observed.ts';
import type { Bounds, ClusterPlan, Context, Target } from './context.ts';
import type { ClusterName, Decided } from './decided.ts';
import { isInstalled, type Request, toolOf } from './environment.ts';
import { at, text } from './json.ts';
import { ANNOTATIONS, LABELS } from './manifests/common.ts';
import { labelValue } from './manifests/names.ts';
import type { Decision } from './placement.ts';
import { type Problem, Refused } from './problem.ts';
import type { JsonObject, Manifest, Observed, Step } from './step.ts';
import type { Wanted, WantedTools } from './wanted.ts';

export interface Plan {
  readonly steps: readonly Step[];
  /** Names of steps that a replacement has taken away for a while. */
  readonly withdrawn: ReadonlySet<string>;
  /** Undefined: the catalog no longer says enough; what exists of the cluster is kept as it is. */
  readonly cluster: ClusterPlan | undefined;
  /** Names of the tools whose steps are in `steps`. */
  readonly tools: ReadonlySet<string>;
  /** Tools that are installed and cannot be planned anew: what exists of them stays as it is. */
  readonly notes: readonly string[];
  /** Why a tool cannot be installed now, by its name. */
  readonly stuck: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

export interface PlanInput {
  readonly context: Context;
  readonly request: Request;
  readonly decision: Decision;
  readonly catalog: Catalog;
  readonly wanted: WantedTools;
  readonly versions: readonly Decided[];
  /** Tools that must not be installed now, with why. */
  readonly held: ReadonlyMap<string, string>;
}

export function planOf(input: PlanInput): Plan {
  const cluster = clusterPlan(input);
  const ci = ciClusterPlan(input);
  const installed = (name: string) => isInstalled({ ours: input.context.observed }, name);
  const stuck = new Map(input.held);
  const notes: string[] = [];
  const problems: Problem[] = [];
  const tools: Step[] = [];
  const stepsOf = new Map<string, readonly string[]>();
  for (const tool of input.wanted.tools) {
    if (stuck.has(tool.name)) continue;
    const planned = planTool(
      tool,
      targetOf(tool, cluster, ci, input),
      stepsOf,
      input,
      cluster?.target,
    );
    if ('steps' in planned) {
      stepsOf.set(
        tool.name,
        planned.steps.map((step) => step.name),
      );
      tools.push(...planned.steps);
      continue;
    }
    problems.push(...planned.problems);
    // Tools that come after it still need what is installed of it.
    stepsOf.set(tool.name, installedSteps(tool.name, input.context.observed));
    // What is installed stays as it is; what is not cannot be.
    if (!installed(tool.name)) stuck.set(tool.name, planned.why);
    else if (planned.problems.length === 0) notes.push(planned.why);
  }
  notes.push(...input.wanted.ciNotes, ...toolNotes(input, tools));
  for (const kept of [...(ci?.kept ?? []), ...(ci?.unresizable ?? [])])
    notes.push(`CI agents: ${kept}`);
  const own = [...(cluster?.steps ?? []), ...(ci?.steps ?? []).map(ciStep)];
  const access = cluster?.access ?? [];
  const configs = configsFor([cluster?.target, ci?.target], [...access, ...tools]).map((step) =>
    step.part === 'ci' ? ciStep(step) : step,
  );
  const requestedBy = new Map(input.wanted.tools.map((tool) => [tool.name, tool.requestedBy]));
  const all = [...own, ...configs, ...access, ...tools];
  const steps = all
    .filter((step) => step.withdrawn !== true)
    .map((step) => annotated(pinned(step, input.context.observed), requestedBy.get(step.part)));
  const withdrawn = new Set(all.filter((step) => step.withdrawn).map((step) => step.name));
  const planned = new Set(tools.map((step) => step.part));
  return { steps, withdrawn, cluster, tools: planned, notes, stuck, problems };
}

function versionOf(input: PlanInput, cluster: ClusterName, component: string) {
  return input.versions.find((d) => d.need.cluster === cluster && d.need.component === component)
    ?.chosen;
}

function clusterPlan(input: PlanInput): ClusterPlan | undefined {
  const { decision, context, request, wanted } = input;
  const kubernetes = versionOf(input, 'environment', 'kubernetes');
  const vcluster = versionOf(input, 'environment', 'vcluster');
  if (kubernetes === undefined || (decision.type === 'vcluster' && vcluster === undefined))
    return undefined;
  return clusters[decision.type].plan({
    ...context,
    home: decision.type,
    part: 'cluster',
    size: request.size,
    placement: placementOf(decision),
    kubernetes,
    ...(vcluster === undefined ? {} : { vcluster }),
    sharesKnative: wanted.tools.some((tool) => tool.cluster === 'host'),
    ...(wanted.ciNodes === undefined ? {} : { ciNodes: wanted.ciNodes }),
  });
}

function placementOf({ type, host, location }: Decision) {
  return {
    type,
    ...(host === undefined ? {} : { host }),
    ...(location === undefined ? {} : { location }),
  };
}

function ciClusterPlan(input: PlanInput): ClusterPlan | undefined {
  const { ciCluster } = input.wanted;
  const kubernetes = versionOf(input, 'ci', 'kubernetes');
  const vcluster = versionOf(input, 'ci', 'vcluster');
  if (ciCluster === undefined || kubernetes === undefined || vcluster === undefined)
    return undefined;
  if (input.held.has('ci')) return undefined;
  return clusters.vcluster.plan({
    ...input.context,
    home: 'ci',
    part: 'ci',
    size: ciCluster.size,
    placement: { type: 'vcluster', host: ciCluster.host },
    kubernetes,
    vcluster,
  });
}

function targetOf(
  { home, name }: Wanted,
  cluster: ClusterPlan | undefined,
  ci: ClusterPlan | undefined,
  { catalog, wanted, context }: PlanInput,
): Target | undefined {
  if (home === 'ci') return ci?.target;
  if (home === 'tools') return toolsTarget(name, catalog, context.observed, wanted.ciBounds);
  return name === 'ci' ? cluster?.ciTarget : cluster?.target;
}

/** The platform's own cluster: its provider config is not ours to create. A tool that is there stays on its one. */
function toolsTarget(
  tool: string,
  catalog: Catalog,
  observed: Observed,
  bounds: Bounds | undefined,
): Target | undefined {
  const { tools } = catalog.clusters;
  if (tools === undefined) return undefined;
  const config = toolsConfig(tool, observed) ?? {
    kind: tools.providerConfig.kind ?? ('ClusterProviderConfig' as const),
    name: tools.providerConfig.name,
  };
  return {
    home: 'tools',
    helm: config,
    kubernetes: config,
    configs: {},
    needs: [],
    diesWithCluster: false,
    cluster: {
      type: 'tools',
      name: config.name,
      location: '',
      host: '',
      version: tools.kubernetes ?? '',
    },
    ...(bounds === undefined ? {} : { bounds }),
  };
}

/** What the tool's own resources on the tools cluster go through. */
function toolsConfig(tool: string, observed: Observed) {
  const [first] = installedSteps(tool, observed).filter((name) => name.startsWith('tools-'));
  return observedProviderConfig(first === undefined ? undefined : observed.get(first));
}

function installedSteps(tool: string, observed: Observed): string[] {
  return [...observed]
    .filter(([, { resource }]) => toolOf(resource) === tool)
    .filter(([, { resource }]) => ['Release', 'Object'].includes(text(resource, 'kind') ?? ''))
    .map(([name]) => name)
    .sort();
}

/** What of the places of tools the catalog has changed, and they keep. */
function toolNotes({ wanted, catalog, context }: PlanInput, steps: readonly Step[]): string[] {
  const { tools } = catalog.clusters;
  return wanted.tools.flatMap(({ name, home, declaration }) => {
    const config = home === 'tools' ? toolsConfig(name, context.observed)?.name : undefined;
    const release = steps.find((s) => s.part === name && s.manifest.kind === 'Release');
    const namespace = text(release?.manifest.spec, 'forProvider', 'namespace');
    return [
      ...keptSentence(
        `provider config of ${name}`,
        config,
        tools?.providerConfig.name,
        'tear it apart',
      ),
      ...keptSentence(`namespace of ${name}`, namespace, declaration?.namespace, 'install it anew'),
    ];
  });
}

type PlannedTool =
  | { readonly steps: readonly Step[] }
  | { readonly why: string; readonly problems: readonly Problem[] };

const STAYS = 'what is installed stays as it is';

function planTool(
  tool: Wanted,
  target: Target | undefined,
  stepsOf: ReadonlyMap<string, readonly string[]>,
  input: PlanInput,
  environmentCluster: Target | undefined,
): PlannedTool {
  const { name } = tool;
  if (tool.tool.lost) return { why: `${name} is no longer in the catalog; ${STAYS}`, problems: [] };
  const version =
    tool.tool.unversioned === true
      ? { version: '', chart: '', image: '' }
      : versionOf(input, tool.cluster, tool.tool.component);
  if (target === undefined) {
    const why = `the catalog no longer describes the cluster that ${name} goes to; ${STAYS}`;
    return { why, problems: [] };
  }
  if (version === undefined) {
    return { why: `the catalog no longer has the version of ${name}; ${STAYS}`, problems: [] };
  }
  try {
    const steps = tool.tool.plan(tool.block, {
      ...input.context,
      target,
      version,
      name,
      ...(environmentCluster === undefined ? {} : { environmentCluster }),
      after: tool.after.flatMap((other) => stepsOf.get(other) ?? []),
      ...(tool.declaration === undefined ? {} : { declaration: tool.declaration }),
    });
    return { steps };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const problems = error.problems.map((p) => ({ ...p, blame: [tool.path] }));
    return { why: error.message, problems };
  }
}

/** The steps of the CI agents' own cluster belong to the tool ci. */
function ciStep(step: Step): Step {
  return {
    ...step,
    manifest: {
      ...step.manifest,
      metadata: {
        ...step.manifest.metadata,
        labels: { ...step.manifest.metadata.labels, [LABELS.tool]: labelValue('ci') },
      },
    },
  };
}

/** Provider configs exist only with the first thing that goes through them. */
function configsFor(targets: readonly (Target | undefined)[], tools: readonly Step[]): Step[] {
  const used = new Set(tools.flatMap((step) => step.needs));
  return targets
    .flatMap((target) => [target?.configs.helm, target?.configs.kubernetes])
    .filter((step) => step !== undefined)
    .filter((step) => used.has(step.name));
}

/** An existing resource keeps its name, and the digest of a chart that stays. */
function pinned(step: Step, observed: Observed): Step {
  const found = observed.get(step.name)?.resource;
  if (found === undefined) return step;
  const { manifest } = step;
  const name = text(found, 'metadata', 'name') ?? manifest.metadata.name;
  return {
    ...step,
    manifest: {
      ...manifest,
      metadata: { ...manifest.metadata, name },
      spec: pinnedDigest(manifest, found),
    },
  };
}

/** The catalog may have lost the entry of a chart that runs: its digest is still the one that was blessed. */
function pinnedDigest(manifest: Manifest, found: JsonObject): JsonObject {
  const chart = at(manifest.spec, 'forProvider', 'chart') as JsonObject | undefined;
  const digest = text(found, 'spec', 'forProvider', 'chart', 'digest');
  const version = text(found, 'spec', 'forProvider', 'chart', 'version');
  if (manifest.kind !== 'Release' || chart === undefined || digest === undefined)
    return manifest.spec;
  if (chart.digest !== undefined || chart.version !== version) return manifest.spec;
  const provider = at(manifest.spec, 'forProvider') as JsonObject;
  return { ...manifest.spec, forProvider: { ...provider, chart: { ...chart, digest } } };
}

/** What a later call needs to know when this is no longer planned. */
function annotated(step: Step, requestedBy: string | undefined): Step {
  const annotations = {
    ...step.manifest.metadata.annotations,
    ...(step.needs.length === 0 ? {} : { [ANNOTATIONS.needs]: step.needs.join(',') }),
    ...(requestedBy === undefined ? {} : { [ANNOTATIONS.requestedBy]: requestedBy }),
  };
  if (Object.keys(annotations).length === 0) return step;
  return {
    ...step,
    manifest: { ...step.manifest, metadata: { ...step.manifest.metadata, annotations } },
  };
}
