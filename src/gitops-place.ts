// Which GitOps engine serves an environment: what runs stays until it is taken away, a changed catalog replaces nothing.
import type { Home } from './context.ts';
import type { Problem } from './problem.ts';
import { ENGINES } from './spec.ts';
import type { Survey } from './survey.ts';
import type { GitopsBlock } from './tools/gitops/repository.ts';
import { engines } from './tools/index.ts';

export interface GitopsPlace {
  readonly engine: GitopsBlock['engine'];
  readonly problems: readonly Problem[];
}

const PATH = 'tools.gitops';

export function gitopsPlace(block: GitopsBlock, home: Home, { ours }: Survey): GitopsPlace {
  const running = ENGINES.find((name) => engines[name].observedVersion(ours, home) !== undefined);
  const problems = [...unbuiltMode(block), ...anotherEngine(block, running)];
  return { engine: running ?? block.engine, problems };
}

/** Two engines at once would fight over what they deploy. */
function anotherEngine({ engine }: GitopsBlock, running: GitopsBlock['engine']): Problem[] {
  if (running === undefined || engine === undefined || running === engine) return [];
  return [
    {
      reason: 'ChangeNotPossible',
      path: `spec.${PATH}.engine`,
      message: `${running} runs here, and two engines would fight over what they deploy; write ${running}, or first enabled: false, and ${engine} when ${running} is gone`,
      blame: [PATH],
    },
  ];
}

function unbuiltMode({ mode }: GitopsBlock): Problem[] {
  if (mode !== 'hub') return [];
  return [
    {
      reason: 'NotImplemented',
      path: `spec.${PATH}.mode`,
      message: 'hub is not built in this release; write install, or leave mode out',
      blame: [PATH],
    },
  ];
}
