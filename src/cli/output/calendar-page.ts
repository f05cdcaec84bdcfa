// A calendar as a page: a row for each thing that happens, in the order of days.
import type { EventKind } from '../calendar/event.ts';
import { type CalendarReport, type Entry, entriesOf, when } from '../calendar/report.ts';
import { filters, type Html, html, page } from './html.ts';
import { plural } from './table.ts';

const LOOKS: Readonly<Record<EventKind, { readonly tone: string; readonly sign: string }>> = {
  'lifetime-ends': { tone: 'bad', sign: '✕' },
  expires: { tone: 'bad', sign: '⊘' },
  'waiver-ends': { tone: 'bad', sign: '§' },
  deprecated: { tone: 'warn', sign: '!' },
  waits: { tone: 'warn', sign: '…' },
  upgrades: { tone: 'go', sign: '↑' },
  supported: { tone: 'calm', sign: '✓' },
};

export function calendarPage(report: CalendarReport): string {
  const entries = entriesOf(report);
  const kinds = [...new Set(entries.map(({ kind }) => kind))].sort();
  const months = [...new Set(entries.map(({ at }) => at.slice(0, 7)))].sort();
  const body = html`${filters([
    { name: 'kind', values: kinds },
    { name: 'month', values: months },
  ])}
<main class="scroll"><table>
<thead><tr><th scope="col">when</th><th scope="col">kind</th><th scope="col">what</th><th scope="col">environments</th></tr></thead>
${entries.map(row)}
</table></main>`;
  return page({
    title: `What happens in the next ${report.days} days`,
    lead: `${plural(report.events.length, 'event')} for ${plural(report.environments, 'environment')}, as of ${report.now}, with nobody touching anything.`,
    body,
  });
}

function row({ at, kind, message, environments }: Entry): Html {
  const { tone, sign } = LOOKS[kind];
  return html`<tbody data-row data-kind="${kind}" data-month="${at.slice(0, 7)}"><tr><th scope="row">${when(at)}</th><td data-label="kind"><span class="state ${tone}">${sign} ${kind}</span></td><td data-label="what">${message}</td><td data-label="environments">${namesOf(environments)}</td></tr></tbody>
`;
}

const OPEN = 3;

function namesOf(environments: readonly string[]): Html {
  const names = environments.join(', ');
  if (environments.length <= OPEN) return html`${names}`;
  return html`<details><summary>${environments.length} environments</summary>${names}</details>`;
}
