// Options that every command has, and what their text means.
import { type Command, InvalidArgumentError, Option } from 'commander';

export const OUTPUTS = ['table', 'json', 'markdown', 'html', 'yaml', 'ics'] as const;
export type Output = (typeof OUTPUTS)[number];

/** @param outputs those that make sense, the default first */
export function common(command: Command, outputs: readonly Output[]): Command {
  const [standard] = outputs;
  return command
    .option('--now <date>', 'a fixed clock, such as 2026-11-22T00:00:00Z', dateOf)
    .addOption(
      new Option('-o, --output <format>', 'how to print it')
        .choices([...outputs])
        .default(standard),
    );
}

export function daysOption(standard: number, what: string): Option {
  return new Option('--days <number>', what).default(standard).argParser(daysOf);
}

function dateOf(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('write a date like 2026-11-22 or 2026-11-22T00:00:00Z.');
  return date;
}

/** About a century: dates stay dates. */
const MOST_DAYS = 36_500;

function daysOf(value: string): number {
  const days = Number(value);
  if (!Number.isInteger(days) || days < 0 || days > MOST_DAYS || value.trim() === '')
    throw new InvalidArgumentError(`write a whole number of days, at most ${MOST_DAYS}.`);
  return days;
}

/** The option, else XENVIRONMENT_NOW, else the clock. @throws InvalidArgumentError */
export function nowOf(option: Date | undefined): Date {
  const fixed = process.env.XENVIRONMENT_NOW;
  if (option !== undefined) return option;
  return fixed ? dateOf(fixed) : new Date();
}
