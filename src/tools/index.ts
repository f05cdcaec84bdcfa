// The registry of tools. A new one is its file and a line here, or in the index of agents or engines.
import { COMPONENTS } from '../catalog/schema.ts';
import { agents } from './ci/index.ts';
import { engines } from './gitops/index.ts';
import { knative } from './knative.ts';

export { chartTool } from './charts.ts';
export { agents, engines, knative };

/** Tools that spec.tools names itself, in the order in which they are planned. */
export const BUILT_IN_TOOLS = ['knative', 'ci', 'gitops'] as const;

/** Names that the catalog's own tools may not have: versions and `requires` go by them. */
export const RESERVED_TOOL_NAMES: readonly string[] = [...BUILT_IN_TOOLS, ...COMPONENTS];
