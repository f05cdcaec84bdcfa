// Placement rules: CEL over environment, sizes and cost that gives true or false.
import type { JsonObject } from '../step.ts';
import { compilerOf, toCel, typeOf, type Variables } from './cel.ts';
import { failure, type Outcome } from './outcome.ts';

export interface RuleInput {
  readonly environment: JsonObject;
  readonly sizes: JsonObject;
  /** Per hour, for this size. */
  readonly cost: { readonly gke?: number | undefined; readonly vcluster?: number | undefined };
}

export interface CompiledRule {
  /** True too where only an iteration variable is called `cost`. */
  readonly usesCost: boolean;
  /** Fails on a missing key and on anything but true and false; never throws. */
  matches(input: RuleInput): Outcome<'matched', boolean>;
}

const ruleVariables: Variables = {
  // Not typed further: a key that is missing is known only when the rule runs.
  environment: 'map',
  sizes: 'map',
  cost: { gke: 'double', vcluster: 'double' },
};
const ruleCompiler = compilerOf(ruleVariables);

/** Compiles the `when` of a placement rule. */
export function compileRule(expression: string): Outcome<'rule', CompiledRule> {
  const compiled = ruleCompiler(expression);
  if (!compiled.ok) return compiled;
  const { type, names, evaluate } = compiled.expression;
  if (type !== 'bool' && !type.startsWith('dyn')) return failure(notBoolean(type));
  const rule: CompiledRule = {
    usesCost: names.has('cost'),
    matches({ environment, sizes, cost }) {
      // Prices are doubles even when they are whole numbers, so they are not converted.
      const prices = Object.entries(cost).filter(([, price]) => price !== undefined);
      const result = evaluate(
        new Map<string, unknown>([
          ['environment', toCel(environment)],
          ['sizes', toCel(sizes)],
          ['cost', new Map(prices)],
        ]),
      );
      if (!result.ok) return result;
      const { value } = result;
      return typeof value === 'boolean'
        ? { ok: true, matched: value }
        : failure(notBoolean(typeOf(value)));
    },
  };
  return { ok: true, rule };
}

function notBoolean(type: string): string {
  return `gives a value of type ${type}, and a rule must give true or false`;
}
