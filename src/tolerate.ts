// Which problems refuse the call, and which a changed catalog only brought: those are said, never enforced.
import { refuses } from './blame.ts';
import { isInstalled, type Request } from './environment.ts';
import { foreignKinds } from './gate.ts';
import type { Plan } from './plan.ts';
import { messageOf, type Problem, Refused } from './problem.ts';
import type { Observed } from './step.ts';
import type { Survey } from './survey.ts';
import { together } from './unreadable.ts';
import type { WantedTools } from './wanted.ts';

/**
 * Refuses what the developer's change (or a new environment) brings, and returns the rest: what a
 * changed catalog finds wrong with an environment that exists is only said.
 */
export function tolerate(
  problems: readonly Problem[],
  request: Request,
  survey: Survey,
): Problem[] {
  const refused = problems.filter((problem) => refuses(problem, request, survey));
  const { unreadable } = request;
  if (unreadable.length + refused.length > 0) throw new Refused(together(unreadable, refused));
  return [...problems];
}

/** A tool that only the catalog brought and that does not fit is not installed; what exists goes on. */
export function heldTools(
  tolerated: readonly Problem[],
  wanted: WantedTools,
  survey: Survey,
): Map<string, string> {
  const held = new Map<string, string>();
  for (const { name, path } of wanted.tools) {
    const problems = tolerated.filter(
      (p) => p.path === `spec.${path}` || p.path.startsWith(`spec.${path}.`),
    );
    if (problems.length > 0 && !isInstalled(survey, name)) held.set(name, messageOf(problems));
  }
  return held;
}

/** A size that the living cluster cannot take on. */
export function unresizable({ cluster }: Plan, { accepted }: Survey): Problem[] {
  const before = accepted?.resolved.size;
  const instead = `; write the size it had${before === undefined ? '' : `, ${before}`}, or make a new environment`;
  return (cluster?.unresizable ?? []).map((message) => ({
    reason: 'ChangeNotPossible',
    path: 'spec.size',
    message: `${message}${instead}`,
    blame: ['size'],
  }));
}
/** What is kept as it was observed takes no other version. */
export function unplannable(
  { cluster }: Plan,
  { changed }: Request,
  { anchor }: Survey,
): Problem[] {
  if (cluster !== undefined || anchor === undefined || !changed('kubernetes')) return [];
  const message =
    'the catalog no longer describes the cluster of this environment, which stays as it is; undo the change, or ask the platform team';
  return [{ reason: 'ChangeNotPossible', path: 'spec.kubernetes', message }];
}

/** An earlier step of the pipeline desires something under one of our names: neither may win silently. */
export function taken(plan: Plan, foreign: ReadonlySet<string>): Problem[] {
  return plan.steps
    .filter((step) => foreign.has(step.name))
    .map((step) => ({
      reason: 'InvalidCatalog',
      path: '',
      message: `an earlier step of the pipeline desires ${step.name}, which is a name of this function's; it must use another`,
      always: true,
    }));
}

/** Something of another kind under one of our names: applying ours would orphan it. */
export function clashes(plan: Plan, observed: Observed): Problem[] {
  return foreignKinds(plan.steps, observed).map(({ step, kind }) => ({
    reason: 'ChangeNotPossible',
    path: '',
    message: `composed resource ${step.name} is a ${kind} here, and this function would make it a ${step.manifest.apiVersion} ${step.manifest.kind}; nothing is touched until that one is renamed or deleted`,
    always: true,
  }));
}
