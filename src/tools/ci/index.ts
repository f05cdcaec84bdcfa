// CI agents that are built, by their name in spec.tools.ci.agent.
import type { Tool } from '../../context.ts';
import type { CiBlock } from './block.ts';
import { buildkite } from './buildkite.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { jenkins } from './jenkins.ts';
import type { Agent } from './suffixes.ts';
import { tekton } from './tekton.ts';

export const agents: Readonly<Partial<Record<Agent, Tool<CiBlock>>>> = {
  github,
  gitlab,
  tekton,
  buildkite,
  jenkins,
};
