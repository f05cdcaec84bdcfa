// `${…}` in the strings of a value: compiled once, rendered for each environment.
import { isObject } from '../json.ts';
import { pathText } from '../schema.ts';
import type { Json, JsonObject } from '../step.ts';
import { compilerOf, type Expression, entriesOf, LONGEST, toCel, typeOf } from './cel.ts';
import type { Outcome } from './outcome.ts';

export interface TemplateProblem {
  /** Inside the value, such as `ingress.hosts[0]`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** What `${…}` sees. */
export interface TemplateInput {
  readonly environment: JsonObject;
  readonly cluster: Readonly<Record<(typeof CLUSTER)[number], string>>;
  readonly tool: Readonly<Record<(typeof TOOL)[number], string>>;
}

export interface CompiledTemplate {
  /** Never throws. */
  render(
    input: TemplateInput,
  ): { readonly ok: true; readonly value: Json } | ({ readonly ok: false } & TemplateProblem);
}

const CLUSTER = ['type', 'name', 'location', 'host', 'version'] as const;
const TOOL = ['name', 'version', 'namespace'] as const;
const strings = (names: readonly string[]) => Object.fromEntries(names.map((n) => [n, 'string']));
const expressionOf = compilerOf({
  environment: 'map',
  cluster: strings(CLUSTER),
  tool: strings(TOOL),
});

/** No chart's values are nested deeper, and our recursion is. */
const DEEPEST = 64;

type Path = readonly (string | number)[];
type Variables = ReadonlyMap<string, unknown>;
/** Gives the value, and adds what went wrong to `problems`. */
type Render = (variables: Variables, problems: TemplateProblem[]) => Json;

/** Compiles a value whose strings, at any depth, may have `${…}`. Keys of maps are taken as they are. */
export function compileTemplate(
  value: Json,
):
  | { readonly ok: true; readonly template: CompiledTemplate }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] } {
  const found: TemplateProblem[] = [];
  const render = compile(value, [], found);
  if (found.length > 0) return { ok: false, problems: found };
  const template: CompiledTemplate = {
    render(input) {
      const problems: TemplateProblem[] = [];
      const variables = new Map(Object.entries(input).map(([name, v]) => [name, toCel(v)]));
      const rendered = render(variables, problems);
      const [problem] = problems;
      return problem === undefined ? { ok: true, value: rendered } : { ok: false, ...problem };
    },
  };
  return { ok: true, template };
}

function compile(value: Json, path: Path, found: TemplateProblem[]): Render {
  if (path.length > DEEPEST) {
    found.push({ path: pathText(path), message: `is nested more than ${DEEPEST} levels deep` });
    return () => null;
  }
  if (typeof value === 'string') return compileText(value, path, found);
  if (Array.isArray(value)) {
    const items = value.map((item: Json, i) => compile(item, [...path, i], found));
    return (variables, problems) => items.map((item) => item(variables, problems));
  }
  if (!isObject(value)) return () => value;
  const entries = Object.entries(value).flatMap(([key, v]) =>
    v === undefined ? [] : [[key, compile(v, [...path, key], found)] as const],
  );
  return (variables, problems) =>
    // Not by assignment: `__proto__` is a key like any other.
    Object.fromEntries(entries.map(([key, render]) => [key, render(variables, problems)]));
}

function compileText(text: string, path: Path, found: TemplateProblem[]): Render {
  const here = pathText(path);
  const parts = partsOf(text).map((part): Outcome<'part', string | Expression> => {
    if (typeof part === 'string') return { ok: true, part };
    if (part.source === undefined) return { ok: false, message: UNTERMINATED };
    const result = expressionOf(part.source);
    return result.ok ? { ok: true, part: result.expression } : result;
  });
  const compiled = parts.flatMap((part) => {
    if (part.ok) return [part.part];
    found.push({ path: here, message: part.message });
    return [];
  });
  const [only] = compiled;
  if (compiled.length === 1 && typeof only === 'object') {
    return (variables, problems) => resultOf(only, variables, here, problems);
  }
  return (variables, problems) =>
    compiled
      .map((part) => {
        if (typeof part === 'string') return part;
        return textOf(resultOf(part, variables, here, problems), here, problems);
      })
      .join('');
}

function resultOf(
  expression: Expression,
  variables: Variables,
  path: string,
  problems: TemplateProblem[],
): Json {
  const result = expression.evaluate(variables);
  const json = result.ok ? fromCel(result.value) : result;
  if (json.ok) return json.value;
  problems.push({ path, message: json.message });
  return '';
}

function textOf(value: Json, path: string, problems: TemplateProblem[]): string {
  if (value !== null && typeof value !== 'object') return String(value);
  problems.push({
    path,
    message: `a value of type ${typeOf(value)} cannot stand inside a text; let the expression be the whole string`,
  });
  return '';
}

/** CEL's ints become numbers; what JSON cannot say is a failure. */
function fromCel(value: unknown): Outcome<'value', Json> {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') {
    return { ok: true, value };
  }
  if (typeof value === 'number' || typeof value === 'bigint') return numberOf(value);
  if (Array.isArray(value)) return allOf(value.map(fromCel), (items) => items);
  const entries = entriesOf(value);
  if (entries === undefined) return unsignedOf(value);
  const keys = entries.map(([key]) => String(key));
  return allOf(
    entries.map(([, v]) => fromCel(v)),
    (items) => Object.fromEntries(items.map((item, i) => [keys[i], item])),
  );
}

/** Unsigned ints are objects of cel-js that give a bigint; timestamps, durations and bytes do not. */
function unsignedOf(value: unknown): Outcome<'value', Json> {
  const number: unknown = value?.valueOf();
  if (typeof number === 'bigint') return numberOf(number);
  return {
    ok: false,
    message: `a ${typeOf(value)} is no JSON value; turn it into text or a number`,
  };
}

function numberOf(value: number | bigint): Outcome<'value', Json> {
  const number = Number(value);
  const exact = typeof value === 'bigint' ? Number.isSafeInteger(number) : Number.isFinite(number);
  return exact ? { ok: true, value: number } : { ok: false, message: `${value} is no JSON number` };
}

function allOf(
  items: readonly Outcome<'value', Json>[],
  make: (values: readonly Json[]) => Json,
): Outcome<'value', Json> {
  const values: Json[] = [];
  for (const item of items) {
    if (!item.ok) return item;
    values.push(item.value);
  }
  return { ok: true, value: make(values) };
}

const UNTERMINATED = `has an expression without end: its } is missing, a quote is open, or it has more than ${LONGEST} characters`;
const OPENING = /\$?\$\{/g;

/** Literal text, and the sources of expressions in order; undefined: it has no end. */
function partsOf(text: string): (string | { readonly source: string | undefined })[] {
  const parts: (string | { readonly source: string | undefined })[] = [];
  let literal = '';
  let position = 0;
  while (position < text.length) {
    OPENING.lastIndex = position;
    const opening = OPENING.exec(text);
    const after = OPENING.lastIndex;
    literal += text.slice(position, opening?.index);
    if (opening === null) break;
    position = after;
    if (opening[0].startsWith('$$')) {
      literal += '${';
      continue;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    const source = sourceOf(text.slice(after, after + LONGEST + 1));
    parts.push({ source });
    position += source === undefined ? text.length : source.length + 1;
  }
  return literal === '' && parts.length > 0 ? parts : [...parts, literal];
}

/** A string of CEL, a comment, a brace, or a quote that is not closed: as cel-js reads them. */
const TOKEN = /("""|'''|"|')(?:\\[\s\S]|(?!\1)[\s\S])*\1|\/\/[^\n]*|[{}"']/g;

/** Up to the `}` that belongs to the `${` before. */
function sourceOf(text: string): string | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '"' || token === "'") return undefined;
    if (token === '{') depth++;
    if (token === '}' && depth-- === 0) return text.slice(0, index);
  }
  return undefined;
}
