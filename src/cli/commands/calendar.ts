// xenv calendar: what happens on which day with nobody touching anything.
import type { Command } from 'commander';
import { type CalendarReport, calendarIcs, calendarOf, calendarTable } from '../calendar/report.ts';
import { overFleet } from '../fleet/fleet.ts';
import { catalogFileOf, validated } from '../input/catalogs.ts';
import { common, daysOption, nowOf, type Output } from '../options.ts';
import { calendarPage } from '../output/calendar-page.ts';
import { progressOn } from '../output/progress.ts';

interface Options {
  readonly catalog: string;
  readonly environments: readonly string[];
  readonly days: number;
  readonly now?: Date;
  readonly output: Output;
}

export function calendarCommand(
  program: Command,
  answer: (text: string, code: number) => void,
): void {
  const command = program
    .command('calendar')
    .summary('what happens on which day with nobody touching anything')
    .description(
      'Plays the function from one date of the catalog to the next: versions that change their state, upgrades that start by themselves, waivers and lifetimes that end.',
    )
    .requiredOption('--catalog <file>', 'the catalog')
    .requiredOption('--environments <file...>', 'dumps, folders, or -')
    .addOption(daysOption(90, 'how far to look'))
    .addHelpText(
      'after',
      `
Exit code: 0, or 2 when the input cannot be read.

Examples:
  xenv calendar --catalog catalog.yaml --environments fleet.yaml
  xenv calendar --catalog catalog.yaml --environments fleet.yaml --days 180 -o ics > environments.ics`,
    );
  common(command, ['table', 'json', 'ics', 'html']).action(async (options: Options) => {
    const now = nowOf(options.now);
    const { input } = validated(catalogFileOf(options.catalog));
    const outcomes = await overFleet(
      { name: 'calendar', question: { input, now, days: options.days } } as const,
      options.environments,
      progressOn(process.stderr),
    );
    answer(printed(calendarOf(outcomes, now, options.days), options.output), 0);
  });
}

function printed(report: CalendarReport, output: Output): string {
  switch (output) {
    case 'json':
      return JSON.stringify(report, undefined, 2);
    case 'ics':
      return calendarIcs(report);
    case 'html':
      return calendarPage(report);
    default:
      return calendarTable(report);
  }
}
