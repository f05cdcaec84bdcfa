// The registry of tools. A new one is its file and a line here, or in the index of agents or engines.
import { agents } from './ci/index.ts';
import { engines, hubs } from './gitops/index.ts';
import { knative } from './knative.ts';

export { chartTool, lostTool } from './charts.ts';
export { agents, engines, hubs, knative };
