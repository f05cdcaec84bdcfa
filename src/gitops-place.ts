// Which GitOps engine serves an environment, and from where: what runs stays until it is taken away.
import type { Catalog } from './catalog/parse.ts';
import type { Home } from './context.ts';
import type { Decision } from './placement.ts';
import type { Problem, RefusalReason } from './problem.ts';
import { ENGINES } from './spec.ts';
import type { Survey } from './survey.ts';
import { CLUSTER } from './tools/gitops/hub.ts';
import type { GitopsBlock } from './tools/gitops/repository.ts';
import { engines } from './tools/index.ts';

type Engine = NonNullable<GitopsBlock['engine']>;
type Mode = NonNullable<GitopsBlock['mode']>;

export interface GitopsPlace {
  readonly engine: Engine | undefined;
  readonly mode: Mode;
  readonly home: Home;
  readonly problems: readonly Problem[];
}

const PATH = 'tools.gitops';

export function gitopsPlace(
  block: GitopsBlock,
  decision: Decision,
  catalog: Catalog,
  survey: Survey,
): GitopsPlace {
  const running = runningOf(decision, survey);
  const mode = running?.mode ?? block.mode ?? 'install';
  const engine = running?.engine ?? block.engine;
  return {
    engine,
    mode,
    home: mode === 'hub' ? 'tools' : decision.type,
    problems: [
      ...anotherOne(block, running),
      ...withoutRepository(block, survey),
      ...(block.mode === 'hub' ? hubProblems(block, decision, catalog) : []),
    ],
  };
}

interface Running {
  readonly engine: Engine;
  readonly mode: Mode;
}

function runningOf({ type }: Decision, { ours }: Survey): Running | undefined {
  const installed = ENGINES.find((name) => engines[name].observedVersion(ours, type) !== undefined);
  if (installed !== undefined) return { engine: installed, mode: 'install' };
  const registered = ENGINES.find((name) => ours.has(`tools-${CLUSTER[name]}`));
  return registered === undefined ? undefined : { engine: registered, mode: 'hub' };
}

function problem(reason: RefusalReason, field: string, message: string): Problem {
  return { reason, path: `spec.${PATH}.${field}`, message, blame: [PATH] };
}

/** Two engines at once would fight over what they deploy. */
function anotherOne(block: GitopsBlock, running: Running | undefined): Problem[] {
  if (running === undefined) return [];
  const { engine = running.engine, mode = 'install' } = block;
  if (engine !== running.engine) {
    const message = `${running.engine} runs here, and two engines would fight over what they deploy; write ${running.engine}, or first enabled: false, and ${engine} when ${running.engine} is gone`;
    return [problem('ChangeNotPossible', 'engine', message)];
  }
  if (mode === running.mode) return [];
  const message = `${running.engine} serves this environment with mode: ${running.mode}, and two would fight over what they deploy; write ${running.mode}, or first enabled: false, and ${mode} when that is gone`;
  return [problem('ChangeNotPossible', 'mode', message)];
}

/** What applies a repository, by the end of its composition resource name. */
const DEPLOYS = /-(argocd-application|flux-source|gitops-application|gitops-source)$/;

/** What has been deployed from a repository is not taken away by leaving that out: nobody could tell why it went. */
function withoutRepository({ repository }: GitopsBlock, { ours }: Survey): Problem[] {
  const deploys = [...ours.keys()].some((name) => DEPLOYS.test(name));
  if (repository !== undefined || !deploys) return [];
  const message =
    'this environment deploys from a repository, and goes on doing so; write that, or another one, or enabled: false to take GitOps away';
  return [problem('ChangeNotPossible', 'repository', message)];
}

const INSTEAD = 'write mode: install, or leave mode out';

function hubProblems(block: GitopsBlock, { type }: Decision, { clusters }: Catalog): Problem[] {
  const hub = clusters.tools?.gitops;
  if (hub === undefined) {
    const message = `the platform has no GitOps hub; ${INSTEAD}, or ask the platform team to add clusters.tools.gitops: {engine, namespace} to the catalog`;
    return [problem('ToolNotAllowed', 'mode', message)];
  }
  const problems: Problem[] = [];
  if (block.version !== undefined) {
    const message = 'goes with mode: install only; a hub has the version that the platform gave it';
    problems.push(problem('InvalidSpec', 'version', message));
  }
  if (block.engine !== undefined && block.engine !== hub.engine) {
    const message = `the hub is ${hub.engine}; write engine: ${hub.engine}, or mode: install`;
    problems.push(problem('ToolNotAllowed', 'engine', message));
  }
  if (hub.engine === 'argocd' && type === 'vcluster') {
    const message = `Argo CD wants the credentials of a vcluster inside a document of its own, which nobody can write without reading them; ${INSTEAD}`;
    problems.push(problem('ToolNotAllowed', 'mode', message));
  }
  return problems;
}
