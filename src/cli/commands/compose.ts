// xenv compose: what the function answers for one environment, as YAML.
import type { Command } from 'commander';
import { documentsOf, yamlOf } from '../answer-file.ts';
import { environmentOf } from '../environment-file.ts';
import { catalogFileOf } from '../input/catalogs.ts';
import { common, nowOf, type Output } from '../options.ts';
import { ask } from '../play.ts';

interface Options {
  readonly catalog: string;
  readonly observed?: string;
  readonly now?: Date;
  readonly output: Output;
}

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
    .argument('<environment>', 'a file with one Environment or XEnvironment, or -')
    .requiredOption('--catalog <file>', 'the catalog')
    .option('--observed <file>', 'its composed resources, if it exists')
    .addHelpText(
      'after',
      `
Exit code: 0 accepted, 1 refused, 2 cannot read the input.

Examples:
  xenv compose checkout.yaml --catalog catalog.yaml
  xenv compose checkout.yaml --catalog catalog.yaml --observed observed.yaml --now 2026-11-22`,
    );
  common(command, ['yaml', 'json']).action((file: string, options: Options) => {
    const environment = environmentOf(file, options.observed);
    const { input } = catalogFileOf(options.catalog);
    const result = ask(environment, input, nowOf(options.now));
    const documents = documentsOf(environment.composite, result);
    answer(
      options.output === 'json' ? JSON.stringify(documents, undefined, 2) : yamlOf(documents),
      result.desired === undefined ? 1 : 0,
    );
  });
}
