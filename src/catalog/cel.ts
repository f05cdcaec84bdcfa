// CEL for placement rules and for `${…}`: declared variables, bounded expressions, no way to a prototype.
import { type ASTNode, Environment, EvaluationError } from '@marcbachmann/cel-js';
import { isObject } from '../json.ts';
import { suggest } from '../problem.ts';
import { failure, type Outcome } from './outcome.ts';
import { compilePattern, NOTHING, type Pattern } from './pattern.ts';

/** Types of the variables by name; an object lists the fields of one, so that a misspelled field does not compile. */
export type Variables = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

export interface Expression {
  /** As far as it is known without running: `dyn` is anything. */
  readonly type: string;
  /** Every identifier in it. */
  readonly names: ReadonlySet<string>;
  evaluate(variables: ReadonlyMap<string, unknown>): Outcome<'value', unknown>;
}

/** Kubernetes allows more, but nobody reads a longer rule; depth also bounds our recursion. */
const LIMITS = { maxDepth: 50, maxAstNodes: 1000 } as const;
/** Characters of an expression. */
export const LONGEST = 4096;

/** A function that compiles expressions over these variables. */
export function compilerOf(
  variables: Variables,
): (source: string) => Outcome<'expression', Expression> {
  const known = Object.keys(variables);
  const environment = new Environment({
    limits: LIMITS,
    // Values of charts mix types in lists and maps.
    homogeneousAggregateLiterals: false,
  });
  for (const [name, type] of Object.entries(variables)) {
    if (typeof type === 'string') environment.registerVariable(name, type);
    else environment.registerVariable({ name, schema: { ...type } });
  }
  // `cost.gke == 0`: Kubernetes compares int and double by value, and so do < and > here.
  environment.registerOperator('double == int', (a: number, b: bigint) => a === Number(b));
  // cel-js refuses a second string.matches, but it looks macros up without the receiver's type.
  environment.registerFunction('list.matches(ast): bool', matchesMacro);
  return (source) => compile(environment, known, source);
}

function compile(
  environment: Environment,
  known: readonly string[],
  source: string,
): Outcome<'expression', Expression> {
  if (source.trim() === '') return failure('the expression is empty');
  if (source.length > LONGEST) {
    return failure(`the expression has ${source.length} characters; at most ${LONGEST}`);
  }
  try {
    const parsed = environment.parse(source);
    const checked = parsed.check();
    if (!checked.valid) return failure(explained(checked.error, known));
    const expression: Expression = {
      type: checked.type ?? 'dyn',
      names: identifiers(parsed.ast),
      evaluate(variables) {
        try {
          return { ok: true, value: parsed(variables) };
        } catch (error) {
          return failure(explained(error));
        }
      },
    };
    return { ok: true, expression };
  } catch (error) {
    return failure(explained(error, known));
  }
}

/** One line, without the picture of the source that cel-js adds. @param known for what does not compile */
function explained(error: unknown, known?: readonly string[]): string {
  if (error instanceof RangeError && error.message.includes('call stack')) {
    return 'the expression is nested too deeply';
  }
  const { code, summary, range } = error as Partial<EvaluationError>;
  const text = summary ?? (error instanceof Error ? error.message : String(error));
  const said = `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/dyn<(\w+)>/g, '$1');
  if (known === undefined) return said;
  const where = range === undefined ? said : `${said} (at character ${range.start + 1})`;
  if (code === 'unknown_variable')
    return `${where}; ${suggest(said.split(' ').at(-1) ?? '', known)}`;
  const mixed = code === 'no_such_overload' && /double \S+ int|int \S+ double/.test(said);
  return mixed ? `${where}; write 1.0 instead of 1 where a double is meant` : where;
}

function identifiers(part: unknown, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(part)) for (const each of part) identifiers(each, found);
  if (!isObject(part) || part.op === 'value') return found;
  if (part.op === 'id' && typeof part.args === 'string') found.add(part.args);
  return identifiers(part.args, found);
}

/** JSON for CEL: whole numbers are ints, and objects are Maps, where no key can reach a prototype. */
export function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return new Map(entries.map(([key, v]) => [key, toCel(v)]));
}

/** What CEL calls the type of a value. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (entriesOf(value) !== undefined) return 'map';
  if (typeof value === 'object') return value.constructor.name.toLowerCase();
  const names: Record<string, string> = { bigint: 'int', number: 'double', boolean: 'bool' };
  return names[typeof value] ?? typeof value;
}

/** Of a CEL map: those of the input are Maps, and those that an expression writes are plain objects. */
export function entriesOf(value: unknown): readonly [unknown, unknown][] | undefined {
  if (value instanceof Map) return [...value];
  const plain = isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
  return plain ? Object.entries(value) : undefined;
}

interface Checker {
  check(node: ASTNode, context: unknown): { readonly kind: string; readonly name: string };
  getType(name: string): unknown;
  createError(code: string, message: string, node: ASTNode): Error;
}
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}

/** `text.matches("pattern")`, with patterns that cannot keep the function busy: see {@link unsupported}. */
function matchesMacro({ args, receiver }: { args: readonly ASTNode[]; receiver: ASTNode }) {
  const [pattern] = args;
  let compiled: Pattern | undefined;
  return {
    async: false,
    typeCheck(checker: Checker, _macro: unknown, context: unknown) {
      const { kind, name } = checker.check(receiver, context);
      if (kind !== 'dyn' && name !== 'string') {
        throw checker.createError('no_text', `matches needs text, not ${name}`, receiver);
      }
      if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
        const message = 'the pattern of matches must be text in quotes, so that it can be checked';
        throw checker.createError('no_literal', message, pattern ?? receiver);
      }
      const result = compilePattern(pattern.args);
      if (!result.ok) throw checker.createError('bad_pattern', result.message, pattern);
      compiled = result.pattern;
      return checker.getType('bool');
    },
    evaluate(evaluator: Evaluator, _macro: unknown, context: unknown): boolean {
      const subject = evaluator.run(receiver, context);
      if (typeof subject !== 'string') {
        throw new EvaluationError(`matches needs text, not ${typeOf(subject)}`);
      }
      const { expression, longest } = compiled ?? NOTHING;
      if (subject.length <= longest) return expression.test(subject);
      throw new EvaluationError(
        `matches was given a text of ${subject.length} characters, and with this pattern it reads at most ${longest}`,
      );
    },
  };
}
