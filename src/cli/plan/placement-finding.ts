// Where the rules would put an environment today, if that is elsewhere. It stays.
import type { Catalog } from '../../catalog/parse.ts';
import type { Answer } from '../../compose.ts';
import { compositeOf } from '../../composite.ts';
import { requestOf } from '../../environment.ts';
import { text } from '../../json.ts';
import { place } from '../../placement.ts';
import { surveyOf } from '../../survey.ts';
import type { Environment } from '../fleet/environments.ts';
import { decisionOf } from '../view.ts';
import type { Finding } from './finding.ts';
import type { Side } from './side.ts';

export function placementFinding(environment: Environment, answer: Answer, side: Side): Finding[] {
  const decision = decisionOf(answer);
  if (decision.by !== 'existing') return [];
  const there = placeText(
    text(decision, 'type'),
    text(answer.desired?.status, 'cluster', 'host'),
    text(answer.desired?.status, 'cluster', 'location'),
  );
  const today = placedToday(environment, side.catalog);
  if (today === undefined || today.place === there) return [];
  const how = today.rule === '' ? '' : ` by rule ${today.rule}`;
  return [
    {
      kind: 'moves',
      from: there,
      to: today.place,
      new: true,
      message: `a new environment like it would live in a ${today.place}${how}; it stays in its ${there}`,
    },
  ];
}

/** What the core decides for the same spec, as if nothing were there. */
function placedToday(
  { composite, observed }: Environment,
  catalog: Catalog,
): { place: string; rule: string } | undefined {
  const request = requestOf(compositeOf(composite), catalog, surveyOf(observed, NOBODY));
  if (!('environment' in request)) return undefined;
  const { decision, problems } = place(request, catalog, surveyOf(new Map(), NOBODY));
  const isRefused = problems.some(({ reason }) => reason === 'ClusterTypeNotAllowed');
  if (decision === undefined || isRefused) return undefined;
  return {
    place: placeText(decision.type, decision.host, decision.location),
    rule: decision.rule,
  };
}

const NOBODY: ReadonlySet<string> = new Set();

function placeText(type = '', host?: string, location?: string): string {
  if (type === 'gke') return `gke in ${location ?? 'an unknown location'}`;
  return `${type} on ${host ?? 'an unknown host'}`;
}
