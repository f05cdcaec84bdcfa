// What decides about an environment's versions, apart from its name: environments that share it share the outcome.
import type { Catalog } from '../catalog/parse.ts';
import { matchesGlob } from '../catalog/waivers.ts';
import type { Answer } from '../compose.ts';
import { compositeOf, identityOf } from '../composite.ts';
import { at, canonical } from '../json.ts';
import type { Environment } from './fleet/environments.ts';
import { decisionOf, versionsOf } from './view.ts';

/** Readiness is left out: a play takes everything for ready in the end. */
export function signatureOf({ composite }: Environment, answer: Answer, catalog: Catalog): string {
  const { flavour, ...who } = compositeOf(composite);
  const identity = identityOf(who);
  const { spec } = composite;
  const waivers = (catalog.waivers ?? []).flatMap(({ environments }, i) =>
    environments.some((pattern) => matchesGlob(pattern, identity)) ? [i] : [],
  );
  return canonical([
    flavour,
    versionsOf(answer),
    decisionOf(answer).type,
    at(answer.desired?.status, 'cluster', 'host'),
    at(spec, 'purpose'),
    at(spec, 'kubernetes'),
    at(spec, 'tools'),
    waivers,
  ]);
}
