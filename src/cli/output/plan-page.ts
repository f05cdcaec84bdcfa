// A plan as a page: a matrix of environments and components, each cell coloured by its state.
import type { Effect, Finding, Verdict } from '../plan/finding.ts';
import { type PlanReport, titleOf, verdictsIn } from '../plan/report.ts';
import { conclusionOf } from '../plan/text.ts';
import { filters, type Html, html, page } from './html.ts';
import { plural } from './table.ts';

/** How a state looks: a colour, and a sign for those who do not see it. */
interface Look {
  readonly tone: 'bad' | 'warn' | 'go' | 'move' | 'calm';
  readonly sign: string;
}

const LOOKS: Readonly<Record<Verdict, Look>> = {
  refused: { tone: 'bad', sign: '✕' },
  expires: { tone: 'bad', sign: '⊘' },
  deprecated: { tone: 'warn', sign: '!' },
  waits: { tone: 'warn', sign: '…' },
  moves: { tone: 'move', sign: '⇄' },
  cost: { tone: 'move', sign: '¤' },
  upgrades: { tone: 'go', sign: '↑' },
  unchanged: { tone: 'calm', sign: '✓' },
};

export function planPage(report: PlanReport): string {
  const { environments, summary } = report;
  const components = [
    ...new Set(environments.flatMap((e) => e.versions.map((row) => row.component))),
  ].sort();
  const distinct = (values: readonly string[]) =>
    [...new Set(values)].filter((value) => value !== '').sort();
  const verdicts = verdictsIn(report);
  const body = html`<ul class="tiles">${verdicts.map((verdict) => tile(verdict, summary[verdict]))}</ul>
${filters([
  { name: 'verdict', values: verdicts },
  { name: 'purpose', values: distinct(environments.map((e) => e.purpose)) },
  { name: 'cluster', values: distinct(environments.map((e) => e.cluster)) },
  { name: 'since', values: ['new', 'already'] },
])}
<main class="scroll"><table>
<thead><tr><th scope="col">environment</th><th scope="col">verdict</th><th scope="col">cluster</th>${components.map(
    (name) => html`<th scope="col">${name}</th>`,
  )}<th scope="col">an hour</th></tr></thead>
${environments.map((effect) => row(effect, components))}
</table></main>
<ul class="legend">${Object.entries(LEGEND).map(
    ([verdict, words]) => html`<li>${badge(verdict as Verdict, verdict)} ${words}</li>`,
  )}</ul>`;
  return page({
    title: 'What this catalog changes',
    lead: `${plural(summary.environments, 'environment')}, as of ${report.now}. ${conclusionOf(report)}`,
    body,
  });
}

const LEGEND: Readonly<Record<Verdict, string>> = {
  refused: 'the function would refuse it',
  expires: 'runs, or soon will, on a version that is not blessed, with no way on',
  deprecated: 'its version should be left',
  waits: 'a newer version waits until somebody asks for it',
  moves: 'a new one would be placed elsewhere; it stays',
  cost: 'costs something else',
  upgrades: 'goes on by itself',
  unchanged: 'nothing changes',
};

function tile(verdict: Verdict, count: number): Html {
  const { tone, sign } = LOOKS[verdict];
  return html`<li><button type="button" class="${tone}" data-tile="verdict" value="${verdict}" aria-pressed="false"><b>${count}</b>${sign} ${verdict}</button></li>`;
}

function badge(verdict: Verdict, text: string): Html {
  const { tone, sign } = LOOKS[verdict];
  return html`<span class="state ${tone}">${sign} ${text}</span>`;
}

function row(effect: Effect, components: readonly string[]): Html {
  const { verdict, purpose, cluster, findings } = effect;
  const since = findings.map((finding) => (finding.new ? 'new' : 'already')).join(' ');
  return html`<tbody data-row data-verdict="${verdict}" data-purpose="${purpose}" data-cluster="${cluster}" data-since="${since}"><tr><th scope="row">${titleOf(effect)}<small>${purpose}</small></th><td data-label="verdict">${badge(verdict, verdict)}</td><td data-label="cluster">${cluster}</td>${components.map(
    (name) => cell(effect, name),
  )}${costCell(effect)}</tr>${findings.length === 0 ? undefined : html`<tr class="what"><td colspan="${components.length + FIXED}"><ul>${findings.map(item)}</ul></td></tr>`}</tbody>
`;
}

/** Columns beside those of components. */
const FIXED = 4;

function item({ message, new: isNew }: Finding): Html {
  return isNew
    ? html`<li>${message}</li>`
    : html`<li class="already">${message} (already so with the old catalog)</li>`;
}

function cell({ versions, findings }: Effect, name: string): Html {
  const state = versions.find((version) => version.component === name);
  if (state === undefined) return html`<td class="none" data-label="${name}"></td>`;
  const of = findings.find(
    ({ component, cluster }) =>
      component !== undefined &&
      (cluster === undefined ? component : `${component} (${cluster})`) === name,
  );
  const text =
    of?.to === undefined || of.kind === 'cost' ? state.version : `${state.version} → ${of.to}`;
  return html`<td data-label="${name}">${badge(of?.kind ?? 'unchanged', text)}</td>`;
}

function costCell({ cost }: Effect): Html {
  if (cost === undefined) return html`<td class="none" data-label="an hour"></td>`;
  const { from, to, currency } = cost;
  const text =
    from === to ? `${to ?? '?'} ${currency}` : `${from ?? '?'} → ${to ?? '?'} ${currency}`;
  return html`<td data-label="an hour">${from === to ? text : badge('cost', text)}</td>`;
}
