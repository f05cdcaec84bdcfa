// One run of xenv: arguments in, texts and an exit code out.
import { Command, CommanderError } from 'commander';
import { calendarCommand } from './commands/calendar.ts';
import { composeCommand } from './commands/compose.ts';
import { explainCommand } from './commands/explain.ts';
import { lintCommand } from './commands/lint.ts';
import { planCommand } from './commands/plan.ts';
import { InputError } from './input/failure.ts';

/** Exit code of everything that could not be read or understood. */
const CANNOT_READ = 2;

/** Where texts go. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** @returns the exit code */
export async function run(arguments_: readonly string[], streams: Streams): Promise<number> {
  let code = 0;
  const program = programOf(streams, (text, exit) => {
    code = exit;
    streams.out(`${text}\n`);
  });
  try {
    await program.parseAsync(arguments_, { from: 'user' });
    return code;
  } catch (error) {
    return codeOf(error, streams);
  }
}

function programOf(streams: Streams, answer: (text: string, code: number) => void): Command {
  const program = new Command('xenv')
    .description(
      'Looks at environments and catalogs with the same code as the function, without a cluster.\nFILE is YAML or JSON with one or many documents, a folder, or - for standard input.',
    )
    .exitOverride()
    .configureOutput({ writeOut: streams.out, writeErr: streams.err })
    .showHelpAfterError('Try --help.');
  for (const add of [lintCommand, explainCommand, composeCommand, planCommand, calendarCommand]) {
    add(program, answer);
  }
  return program;
}

function codeOf(error: unknown, { err }: Streams): number {
  // commander has said what is wrong; help ends this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CANNOT_READ;
  if (error instanceof InputError) {
    for (const problem of error.problems) err(`xenv: ${problem}\n`);
    return CANNOT_READ;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  err(`xenv: this is a bug: ${message}\n`);
  return CANNOT_READ;
}
