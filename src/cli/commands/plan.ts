// xenv plan: what a catalog change does to every environment of a fleet.
import type { Command } from 'commander';
import { overFleet } from '../fleet/fleet.ts';
import { catalogFileOf, validated } from '../input/catalogs.ts';
import { allOf } from '../input/failure.ts';
import { common, daysOption, nowOf, type Output } from '../options.ts';
import { planPage } from '../output/plan-page.ts';
import { progressOn } from '../output/progress.ts';
import { isSomebodyWorse, type PlanReport, reportOf } from '../plan/report.ts';
import { planMarkdown, planTable } from '../plan/text.ts';

interface Options {
  readonly from: string;
  readonly to: string;
  readonly environments: readonly string[];
  readonly days: number;
  readonly now?: Date;
  readonly output: Output;
}

export function planCommand(program: Command, answer: (text: string, code: number) => void): void {
  const command = program
    .command('plan')
    .summary('the effect of a catalog change on every environment')
    .description(
      'Asks the function about every environment with the old and with the new catalog, and says what would change: who would be refused, who runs on a version that ends, what upgrades by itself and by which hops, what waits for somebody, what would be placed elsewhere, what would cost more.\nFILE is what `kubectl get environments,managed -A -o yaml` (with claims `environments,xenvironments,managed`; json is read faster) gives, or a folder of manifests.',
    )
    .requiredOption('--from <catalog>', 'the catalog as it is')
    .requiredOption('--to <catalog>', 'the catalog as it would be')
    .requiredOption('--environments <file...>', 'dumps, folders, or -')
    .addOption(daysOption(30, 'an end without a way on is told when it is within so many days'))
    .addHelpText(
      'after',
      `
Exit code: 0 nobody is worse off, 1 somebody would be refused, expire or stay unblessed, 2 the input is wrong.

Examples:
  kubectl get environments,managed -A -o yaml > fleet.yaml     (with claims: environments,xenvironments,managed)
  xenv plan --from catalog.yaml --to new.yaml --environments fleet.yaml
  xenv plan --from catalog.yaml --to new.yaml --environments fleet.yaml -o html > plan.html
  git show main:catalog.yaml | xenv plan --from - --to catalog.yaml --environments fleet.yaml -o markdown`,
    );
  common(command, ['table', 'json', 'markdown', 'html']).action(async (options: Options) => {
    const now = nowOf(options.now);
    const [from, to] = allOf([options.from, options.to], (file) => validated(catalogFileOf(file)));
    const question = {
      from: from?.input ?? {},
      to: to?.input ?? {},
      now,
      days: options.days,
    };
    const effects = await overFleet(
      { name: 'plan', question } as const,
      options.environments,
      progressOn(process.stderr),
    );
    const report = reportOf(effects, now);
    answer(printed(report, options.output), isSomebodyWorse(report) ? 1 : 0);
  });
}

function printed(report: PlanReport, output: Output): string {
  switch (output) {
    case 'json':
      return JSON.stringify(report, undefined, 2);
    case 'markdown':
      return planMarkdown(report);
    case 'html':
      return planPage(report);
    default:
      return planTable(report);
  }
}
