// What goes, of all that is composed and no longer planned. When in doubt it stays.
import { isOf } from './clusters/team-access.ts';
import type { Request } from './environment.ts';
import { toolOf } from './environment.ts';
import { at, text } from './json.ts';
import { ANNOTATIONS } from './manifests/common.ts';
import type { Plan } from './plan.ts';
import { isOnlyLookedAt, type Verdict } from './removal.ts';
import { isBuiltIn } from './spec.ts';
import type { JsonObject, Progress } from './step.ts';
import { agentOf } from './tools/ci/suffixes.ts';
import type { WantedTools } from './wanted.ts';

/** What goes: a tool that the environment asked for and dropped or disabled, and what has a ready successor. */
export function verdictOf(
  { wanted: { tools }, plan, request }: { wanted: WantedTools; plan: Plan; request: Request },
  gated: readonly Progress[],
): (name: string, resource: JsonObject) => Verdict {
  const wanted = new Set([...tools.map((tool) => tool.name), ...plan.stuck.keys()]);
  const agent = request.tools.ci?.agent;
  // Of a tool that cannot be planned now everything stays.
  const isSuperseded = (tool: string, name: string, resource: JsonObject) =>
    plan.tools.has(tool) &&
    (isOnlyLookedAt(resource) || (tool === 'ci' && isOldAgents(name, resource, agent)));
  // The developer may have given the environment to a team without a group.
  const isOver = (name: string, resource: JsonObject) =>
    plan.withdrawn.has(name) ||
    isSucceeded(name, resource, gated) ||
    (TEAM_ACCESS.test(name) && !isOf(resource, request.environment.team));
  return (name, resource) => {
    const tool = toolOf(resource);
    if (isOver(name, resource)) return 'leave';
    if (tool === undefined) return 'keep';
    if (isSuperseded(tool, name, resource)) return 'leave';
    if (wanted.has(tool)) return 'keep';
    if (isDisabled(request, tool)) return 'leave';
    const requestedBy = text(resource, 'metadata', 'annotations', ANNOTATIONS.requestedBy);
    return requestedBy === 'environment' && !isAskedFor(request, tool) ? 'leave' : 'keep';
  };
}

const TEAM_ACCESS = /^(gke|vcluster)-team-(edit|view)$/;

/** Of the agent that was chosen before; or something that the developer's block no longer asks for. */
function isOldAgents(name: string, resource: JsonObject, agent: string | undefined): boolean {
  if (!['Release', 'Object'].includes(text(resource, 'kind') ?? '')) return false;
  if (agentOf(name) !== agent) return true;
  return text(resource, 'metadata', 'annotations', ANNOTATIONS.requestedBy) === 'environment';
}

function blockOf(request: Request, tool: string): unknown {
  if (isBuiltIn(tool)) return request.asked.tools?.[tool];
  return request.asked.tools?.extra?.find((extra) => extra.name === tool);
}

function isDisabled(request: Request, tool: string): boolean {
  return at(blockOf(request, tool), 'enabled') === false;
}

function isAskedFor(request: Request, tool: string): boolean {
  return blockOf(request, tool) !== undefined;
}

/**
 * `gke-nodes-<hash>`, `gke-team-<role>`: another one of the same base that is planned and ready
 * takes over.
 */
function isSucceeded(name: string, resource: JsonObject, gated: readonly Progress[]): boolean {
  const kind = at(resource, 'kind');
  if (kind !== 'NodePool' && !TEAM_ACCESS.test(name)) return false;
  const base = name.replace(/[^-]*$/, '');
  return gated.some(
    (p) =>
      p.state === 'ready' &&
      p.step.manifest.kind === kind &&
      p.step.name !== name &&
      p.step.name.replace(/[^-]*$/, '') === base,
  );
}
