// A plan as a table for the terminal, and as Markdown for a pull request.
import { escaped, markdownTable } from '../output/markdown.ts';
import { coloured, harmless, plural, table } from '../output/table.ts';
import type { Effect } from './finding.ts';
import { isSomebodyWorse, type PlanReport, titleOf, verdictsIn } from './report.ts';

export function planTable(report: PlanReport): string {
  const affected = report.environments.filter((e) => e.verdict !== 'unchanged');
  const rows = affected.flatMap((effect) =>
    effect.findings.map(({ kind, new: isNew, message }, i) => [
      i === 0 ? titleOf(effect) : '',
      i === 0 ? effect.purpose : '',
      kind,
      isNew ? 'new' : 'already',
      harmless(message),
    ]),
  );
  const counts = verdictsIn(report).map(
    (verdict) => `${coloured(verdict)} ${report.summary[verdict]}`,
  );
  return [
    ...(rows.length === 0
      ? []
      : [table(['ENVIRONMENT', 'PURPOSE', 'EFFECT', 'SINCE', 'WHAT'], rows), '']),
    `${plural(report.summary.environments, 'environment')}: ${counts.join(', ')}`,
    conclusionOf(report),
  ].join('\n');
}

export function conclusionOf(report: PlanReport): string {
  return isSomebodyWorse(report)
    ? 'Somebody is worse off: would be refused, expire, or stay on a version that is not blessed.'
    : 'Nobody is worse off.';
}

/** Rows that a comment shows without a click. */
const OPEN = 20;

export function planMarkdown(report: PlanReport): string {
  const verdicts = verdictsIn(report);
  return [
    `### What this catalog does to ${plural(report.summary.environments, 'environment')}`,
    `${isSomebodyWorse(report) ? '**' : ''}${conclusionOf(report)}${isSomebodyWorse(report) ? '**' : ''} As of ${report.now}.`,
    markdownTable(
      ['verdict', 'environments'],
      verdicts.map((verdict) => [verdict, String(report.summary[verdict])]),
    ),
    ...verdicts
      .filter((verdict) => verdict !== 'unchanged')
      .map((verdict) => {
        const effects = report.environments.filter((e) => e.verdict === verdict);
        const body = markdownTable(['environment', 'purpose', 'what'], effects.map(row));
        const title = `${verdict}: ${plural(effects.length, 'environment')}`;
        return `<details${effects.length > OPEN ? '' : ' open'}>\n<summary>${escaped(title)}</summary>\n\n${body}\n\n</details>`;
      }),
  ].join('\n\n');
}

function row(effect: Effect): string[] {
  const what = effect.findings.map(
    ({ kind, new: isNew, message }) => `${kind}${isNew ? '' : ' (already)'}: ${message}`,
  );
  return [titleOf(effect), effect.purpose, what.join('; ')];
}
