// xenv explain: why an environment is where it is and on which versions, and what would change that.
import type { Command } from 'commander';
import { environmentOf } from '../environment-file.ts';
import { explain } from '../explain/explanation.ts';
import { explanationText } from '../explain/text.ts';
import { catalogFileOf } from '../input/catalogs.ts';
import { common, nowOf, type Output } from '../options.ts';

interface Options {
  readonly catalog: string;
  readonly observed?: string;
  readonly now?: Date;
  readonly output: Output;
}

export function explainCommand(
  program: Command,
  answer: (text: string, code: number) => void,
): void {
  const command = program
    .command('explain')
    .summary('why an environment gets what it gets, and what would change that')
    .description(
      'Says what the function decides about an environment and why: every placement rule, every version, the cost, and what another purpose, size, team or cluster type would give.',
    )
    .argument('<environment>', 'a file with one Environment or XEnvironment, or -')
    .requiredOption('--catalog <file>', 'the catalog')
    .option('--observed <file>', 'its composed resources, if it exists')
    .addHelpText(
      'after',
      `
Exit code: 0 accepted, 1 refused, 2 cannot read the input.

Examples:
  xenv explain checkout.yaml --catalog catalog.yaml
  kubectl get environment checkout -n team-payments -o yaml | xenv explain - --catalog catalog.yaml`,
    );
  common(command, ['table', 'json']).action((file: string, options: Options) => {
    const environment = environmentOf(file, options.observed);
    const { input } = catalogFileOf(options.catalog);
    const explanation = explain(environment, input, nowOf(options.now));
    answer(
      options.output === 'json'
        ? JSON.stringify(explanation, undefined, 2)
        : explanationText(explanation),
      explanation.accepted ? 0 : 1,
    );
  });
}
