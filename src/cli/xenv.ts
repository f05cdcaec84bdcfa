#!/usr/bin/env node
// xenv: the function's core on a command line, offline.
import { Command, CommanderError } from 'commander';
import { calendarCommand } from './commands/calendar.ts';
import { composeCommand } from './commands/compose.ts';
import { explainCommand } from './commands/explain.ts';
import { lintCommand } from './commands/lint.ts';
import { planCommand } from './commands/plan.ts';
import { InputError } from './input/failure.ts';

/** Exit code of everything that could not be read or understood. */
const CANNOT_READ = 2;

function programOf(answer: (text: string, code: number) => void): Command {
  const program = new Command('xenv')
    .description(
      'Looks at environments and catalogs with the same code as the function, without a cluster.\nFILE is YAML or JSON with one or many documents, a folder, or - for standard input.',
    )
    .exitOverride()
    .showHelpAfterError('Try --help.');
  for (const add of [lintCommand, explainCommand, composeCommand, planCommand, calendarCommand]) {
    add(program, answer);
  }
  return program;
}

async function main(): Promise<void> {
  // `xenv plan … | head` closes the pipe: then there is nobody to tell.
  process.stdout.on('error', () => process.exit());
  const program = programOf((text, code) => {
    process.exitCode = code;
    process.stdout.write(`${text}\n`);
  });
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = codeOf(error);
  }
}

function codeOf(error: unknown): number {
  // commander has said what is wrong; help ends this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CANNOT_READ;
  if (!(error instanceof InputError)) throw error;
  for (const problem of error.problems) process.stderr.write(`xenv: ${problem}\n`);
  return CANNOT_READ;
}

await main();
