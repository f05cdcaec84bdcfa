// GitOps engines that are built, by their name in spec.tools.gitops.engine.
import type { Tool } from '../../context.ts';
import type { ENGINES } from '../../spec.ts';
import { argocd } from './argocd.ts';
import { argocdHub } from './argocd-hub.ts';
import { flux } from './flux.ts';
import { fluxHub } from './flux-hub.ts';
import type { GitopsBlock } from './repository.ts';

export const engines: Readonly<Record<(typeof ENGINES)[number], Tool<GitopsBlock>>> = {
  argocd,
  flux,
};

/** The same, where one of the platform's serves many environments. */
export const hubs: Readonly<Record<(typeof ENGINES)[number], Tool<GitopsBlock>>> = {
  argocd: argocdHub,
  flux: fluxHub,
};
