// GitOps engines that are built, by their name in spec.tools.gitops.engine: none yet.
import type { Tool } from '../../context.ts';
import type { ENGINES, ToolsSpec } from '../../spec.ts';

export type GitopsBlock = NonNullable<ToolsSpec['gitops']>;

export const engines: Readonly<Partial<Record<(typeof ENGINES)[number], Tool<GitopsBlock>>>> = {};
