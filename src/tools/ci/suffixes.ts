// Names of the agents' steps: those of two agents are never the same, so that one can follow another.
import type { Home } from '../../context.ts';
import { AGENTS } from '../../spec.ts';

export type Agent = (typeof AGENTS)[number];

/** GitHub's came first and do not say whose they are. */
const UNNAMED: Agent = 'github';

/** A step's suffix: the agents' own cluster needs not say that it is about CI. */
export function suffixOf(home: Home, agent: Agent, part: string): string {
  if (agent !== UNNAMED) return home === 'ci' ? `${agent}-${part}` : `ci-${agent}-${part}`;
  if (home === 'ci') return part === 'runners' ? part : `runners-${part}`;
  return `ci-${part}`;
}

/** Whose agents a composed Release or Object is part of, by its composition resource name. */
export function agentOf(name: string): Agent {
  const named = /^(?:ci|gke-ci|tools-ci)-([a-z]+)-/.exec(name)?.[1];
  return AGENTS.find((agent) => agent === named && agent !== UNNAMED) ?? UNNAMED;
}
