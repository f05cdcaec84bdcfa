// What a rule looks at, as far as its text tells: the fields of the environment, and what they are compared with.
import { type ASTNode, parse } from '@marcbachmann/cel-js';

export interface Reading {
  /** Fields of environment that it reads; `*`: something that cannot be told. */
  readonly fields: ReadonlySet<string>;
  /** Texts that a field is compared with by ==, != or in. */
  readonly literals: readonly { readonly field: string; readonly text: string }[];
}

/** @param when an expression that compiles */
export function readingOf(when: string): Reading {
  const fields = new Set<string>();
  const literals: { field: string; text: string }[] = [];
  look(parse(when).ast);
  return { fields, literals };

  function look(node: unknown): void {
    if (Array.isArray(node)) {
      for (const each of node) look(each);
      return;
    }
    if (!isNode(node) || node.op === 'value') return;
    const field = fieldOf(node);
    if (field !== undefined) {
      fields.add(field);
      return;
    }
    // Variables other than a field of environment.
    if (node.op === 'id') fields.add('*');
    if (node.op === '==' || node.op === '!=' || node.op === 'in') compared(node);
    look(node.args);
  }

  function compared({ args }: ASTNode): void {
    const [left, right] = Array.isArray(args) ? args : [];
    for (const [side, other] of [
      [left, right],
      [right, left],
    ]) {
      const field = isNode(side) ? fieldOf(side) : undefined;
      if (field !== undefined) literals.push(...textsOf(other).map((text) => ({ field, text })));
    }
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** `environment.purpose` or `environment["purpose"]`. */
function fieldOf(node: ASTNode): string | undefined {
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [of, key] = node.args as readonly unknown[];
  if (!isNode(of) || of.op !== 'id' || of.args !== 'environment') return undefined;
  if (node.op === '.') return typeof key === 'string' ? key : undefined;
  return textsOf(key)[0];
}

function textsOf(node: unknown): string[] {
  if (!isNode(node)) return [];
  if (node.op === 'value') return typeof node.args === 'string' ? [node.args] : [];
  return node.op === 'list' && Array.isArray(node.args) ? node.args.flatMap(textsOf) : [];
}
