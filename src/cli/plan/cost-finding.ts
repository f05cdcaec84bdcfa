// What an environment costs under both catalogs.
import type { Answer } from '../../compose.ts';
import { canonical } from '../../json.ts';
import type { Cost } from '../view.ts';
import type { Effect, Finding } from './finding.ts';

export interface Costs {
  readonly from: Cost | undefined;
  readonly to: Cost | undefined;
}

export function costsOf({ from, to }: Costs): Effect['cost'] {
  const currency = to?.currency ?? from?.currency;
  if (currency === undefined) return undefined;
  return { from: from?.hourly ?? null, to: to?.hourly ?? null, currency };
}

export function costFinding({ from, to }: Costs, answer: Answer): Finding[] {
  if (answer.desired === undefined || canonical(from) === canonical(to)) return [];
  const said = (cost: Cost | undefined) =>
    cost === undefined
      ? 'nothing that the catalog says'
      : `${cost.hourly} ${cost.currency} an hour`;
  return [
    {
      kind: 'cost',
      from: from === undefined ? 'unknown' : String(from.hourly),
      to: to === undefined ? 'unknown' : String(to.hourly),
      new: true,
      message: `costs ${said(to)} instead of ${said(from)}`,
    },
  ];
}
