// A catalog that the schema refuses, made whole with stand-ins, so that everything else in it is checked too.
import type { z } from 'zod';
import { at, isObject } from '../json.ts';
import { pathText, withoutIssues } from '../schema.ts';
import type { Json } from '../step.ts';
import { type CatalogDocument, catalogSchema } from './schema.ts';

export interface Mended {
  readonly document: CatalogDocument;
  /** Paths at which something stands that nobody wrote. */
  readonly standIns: readonly string[];
}

/**
 * What may stand for a text: a name, a version, an address, a duration, a date, an expression. In pairs: what the
 * checks find with the one and not with the other is about the stand-in, and not about what somebody wrote.
 */
const TEXTS = [
  ['stand-in-a', 'stand-in-b'],
  ['0.1', '0.2'],
  ['1', '2'],
  ['https://a.invalid', 'https://b.invalid'],
  ['1h', '2h'],
  ['2000-01-01', '2000-01-02'],
] as const;
export const VARIANTS = [0, 1] as const;
type Variant = (typeof VARIANTS)[number];

/** Each round puts one level of what is missing, or another text where one does not fit. */
const ROUNDS = 16;

/** Undefined: nothing that we know fits. */
export function mended(input: Json, error: z.ZodError, variant: Variant): Mended | undefined {
  const copy = withoutIssues(input, error);
  const tried = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const result = catalogSchema.safeParse(copy);
    if (result.success) return { document: result.data, standIns: [...tried.keys()] };
    for (const issue of result.error.issues) {
      const path = pathText(issue.path);
      const times = tried.get(path) ?? 0;
      const value = standIn(issue, times, variant);
      if (value === undefined || !put(copy, issue.path, value)) return undefined;
      tried.set(path, times + 1);
    }
  }
  return undefined;
}

function standIn(issue: z.core.$ZodIssue, times: number, variant: Variant): Json | undefined {
  if (issue.code === 'invalid_value') return issue.values.map(String).at(times === 0 ? 0 : -1);
  const text = TEXTS[0][variant];
  if (issue.code === 'too_small' && issue.origin === 'array') return [text];
  if (issue.code === 'custom' && times === 1) return { [text]: {} };
  const expected = issue.code === 'invalid_type' ? issue.expected : 'string';
  if (expected === 'object' || expected === 'record') return {};
  if (expected === 'array') return [];
  if (expected === 'boolean') return true;
  if (expected === 'number' || expected === 'int') return variant + 1;
  return TEXTS[times]?.[variant];
}

function put(document: Json, path: readonly PropertyKey[], value: Json): boolean {
  const keys = path.map((key) => (typeof key === 'number' ? key : String(key)));
  const last = keys.at(-1);
  const place = at(document, ...keys.slice(0, -1));
  if (last === undefined || typeof place !== 'object' || place === null) return false;
  return isObject(place) || Array.isArray(place) ? Reflect.set(place, last, value) : false;
}
