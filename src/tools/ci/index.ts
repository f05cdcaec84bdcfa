// CI agents that are built, by their name in spec.tools.ci.agent.
import type { Tool } from '../../context.ts';
import type { AGENTS } from '../../spec.ts';
import { type CiBlock, github } from './github.ts';

export const agents: Readonly<Partial<Record<(typeof AGENTS)[number], Tool<CiBlock>>>> = { github };
