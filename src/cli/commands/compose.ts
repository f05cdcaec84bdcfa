// xenv compose: what the function answers for one environment, as YAML.
import type { Command } from 'commander';
import { documentsOf, yamlOf } from '../answer-file.ts';
import { ask } from '../play.ts';
import { aboutEnvironment } from './environment.ts';

export function composeCommand(
  program: Command,
  answer: (text: string, code: number) => void,
): void {
  const command = program
    .command('compose')
    .summary('the composed resources and the status, as the function answers')
    .description(
      'Prints what the function answers in one call: the status of the composite, what it composes now, and the results. An environment with a namespace is of the namespaced flavour, one without of the claims flavour.',
    )
    .addHelpText(
      'after',
      `
Exit code: 0 accepted, 1 refused, 2 cannot read the input.

Examples:
  xenv compose checkout.yaml --catalog catalog.yaml
  xenv compose checkout.yaml --catalog catalog.yaml --observed observed.yaml --now 2026-11-22`,
    );
  aboutEnvironment(command, ['yaml', 'json'], ({ environment, input, now, output }) => {
    const result = ask(environment, input, now);
    const documents = documentsOf(environment.composite, result);
    answer(
      output === 'json' ? JSON.stringify(documents, undefined, 2) : yamlOf(documents),
      result.desired === undefined ? 1 : 0,
    );
  });
}
