// An explanation for a terminal.
import { at, text } from '../../json.ts';
import { harmless, table } from '../output/table.ts';
import { titleOf } from '../view.ts';
import type { Alternative, Explanation } from './explanation.ts';

export function explanationText(explanation: Explanation): string {
  const { namespace, name, purpose, accepted, reason, message } = explanation;
  const title = namespace === '' ? name : `${namespace}/${name}`;
  const head = accepted
    ? `${title} (${purpose}) is accepted: ${message}`
    : `${title} (${purpose}) is refused: ${reason}: ${message}`;
  return [
    harmless(head),
    ...decisionText(explanation),
    ...versionsText(explanation),
    ...moneyText(explanation),
    ...alternativesText(explanation),
  ].join('\n');
}

function decisionText({ decision, cluster }: Explanation): string[] {
  if (decision === undefined) return [];
  const where = whereText(
    text(decision, 'type'),
    text(cluster, 'host') ?? text(cluster, 'location'),
  );
  const considered = at(decision, 'considered');
  const rules = Array.isArray(considered) ? considered : [];
  return [
    '',
    `Cluster: ${where}, ${HOW[text(decision, 'by') ?? ''] ?? ''}`,
    ...rules.map((rule) => {
      const matched = at(rule, 'matched') === true;
      const error = text(rule, 'error');
      return harmless(
        `  ${matched ? 'matches' : 'no     '} ${text(rule, 'rule')}${error === undefined ? '' : `: ${error}`}`,
      );
    }),
    ...(rules.some((rule) => at(rule, 'matched') === true) || rules.length === 0
      ? []
      : ['  matches default']),
  ];
}

const HOW: Readonly<Record<string, string>> = {
  rule: 'by the placement rules:',
  request: 'because spec asks for it',
  existing: 'where it lives already; today the rules say:',
};

function versionsText({ versions }: Explanation): string[] {
  if (versions.length === 0) return [];
  const rows = versions.map((row) => [
    titleOf(row),
    row.version,
    row.reason ?? row.state,
    row.expires ?? '',
    row.target ?? '',
    [row.why, row.message, row.waiver === undefined ? undefined : `waived: ${row.waiver}`]
      .filter((part) => part !== undefined)
      .join('; '),
  ]);
  return ['', table(['COMPONENT', 'VERSION', 'STATE', 'EXPIRES', 'NEXT', 'WHY'], rows)];
}

function moneyText({ cost, expiresAt, notes = [] }: Explanation): string[] {
  const lines = [
    ...(cost === undefined
      ? []
      : [
          `Cost: ${at(cost, 'hourly')} ${at(cost, 'currency')} an hour, ${at(cost, 'monthly')} a month`,
        ]),
    ...(expiresAt === undefined ? [] : [`Lifetime ends: ${expiresAt}`]),
    ...notes.map((note) => harmless(`Note: ${note}`)),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

function alternativesText({ alternatives }: Explanation): string[] {
  const other = alternatives.filter(({ same }) => !same);
  const same = alternatives.filter((each) => each.same).map(({ change }) => change);
  if (alternatives.length === 0) return [];
  return [
    '',
    'What would change it (for a new environment like this one):',
    ...(other.length === 0 ? [] : [table([], other.map(row))]),
    ...(same.length === 0 ? [] : [`  no difference: ${same.join(', ')}`]),
  ];
}

function row({ change, accepted, message, type, place, rule, hourly, currency }: Alternative) {
  if (!accepted) return [`  ${change}`, `would be refused: ${message}`];
  const by = rule === undefined ? '' : ` by rule ${rule}`;
  const cost = hourly === undefined ? '' : `, ${hourly} ${currency} an hour`;
  return [`  ${change}`, `would choose ${whereText(type, place)}${by}${cost}`];
}

function whereText(type = '', place = 'an unknown place'): string {
  return type === 'gke' ? `gke in ${place}` : `${type} on ${place}`;
}
