// xenv explain: why an environment is where it is and on which versions, and what would change that.
import type { Command } from 'commander';
import { explain } from '../explain/explanation.ts';
import { explanationText } from '../explain/text.ts';
import { aboutEnvironment } from './environment.ts';

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
    .addHelpText(
      'after',
      `
Exit code: 0 accepted, 1 refused, 2 cannot read the input.

Examples:
  xenv explain checkout.yaml --catalog catalog.yaml
  kubectl get environment checkout -n team-payments -o yaml | xenv explain - --catalog catalog.yaml`,
    );
  aboutEnvironment(command, ['table', 'json'], ({ environment, input, now, output }) => {
    const explanation = explain(environment, input, now);
    answer(
      output === 'json' ? JSON.stringify(explanation, undefined, 2) : explanationText(explanation),
      explanation.accepted ? 0 : 1,
    );
  });
}
