// A catalog that the schema refuses, made whole with stand-ins, so that everything else in it is checked too.
import type { z } from 'zod';
import { at, isObject } from '../json.ts';
import { keysOf, pathText } from '../schema.ts';
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
  const copy = structuredClone(input);
  const tried = new Map<string, number>();
  let { issues } = error;
  for (let round = 0; round < ROUNDS; round++) {
    for (const issue of issues) {
      const path = pathText(issue.path);
      const times = tried.get(path) ?? 0;
      if (!mend(copy, issue, times, variant)) return undefined;
      if (issue.code !== 'unrecognized_keys') tried.set(path, times + 1);
    }
    const result = catalogSchema.safeParse(copy);
    if (result.success) return { document: result.data, standIns: [...tried.keys()] };
    issues = result.error.issues;
  }
  return undefined;
}

function mend(copy: Json, issue: z.core.$ZodIssue, times: number, variant: Variant): boolean {
  const place = keysOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const found = at(copy, ...place);
    for (const key of issue.keys) if (isObject(found)) Reflect.deleteProperty(found, key);
    return isObject(found);
  }
  const last = place.at(-1);
  const parent = at(copy, ...place.slice(0, -1));
  if (last === undefined || typeof parent !== 'object' || parent === null) return false;
  // What its parts are right for, and the whole is not, is left out; if it cannot be, there is a stand-in for it.
  const whole = at(copy, ...place);
  if (issue.code === 'custom' && typeof whole === 'object' && times < 2)
    return Reflect.deleteProperty(parent, last);
  const value = standIn(issue, times, variant);
  return value !== undefined && Reflect.set(parent, last, value);
}

function standIn(issue: z.core.$ZodIssue, times: number, variant: Variant): Json | undefined {
  if (issue.code === 'invalid_value') return String(issue.values.at(variant === 0 ? 0 : -1));
  const text = TEXTS[0][variant];
  if (issue.code === 'too_small' && issue.origin === 'array') return [text];
  if (issue.code === 'custom' && times > 1) return { [text]: {} };
  const expected = issue.code === 'invalid_type' ? issue.expected : 'string';
  return OF_TYPE[expected]?.(variant, issue.path.at(-1)) ?? TEXTS[times]?.[variant];
}

type Maker = (variant: Variant, key: PropertyKey | undefined) => Json;

/** By the type that the schema expects; anything else is a text. */
const OF_TYPE: Readonly<Record<string, Maker>> = {
  object: () => ({}),
  record: () => ({}),
  array: (variant, key) => (key === 'versions' ? [{ version: TEXTS[1][variant] }] : []),
  boolean: () => true,
  number: (variant) => variant + 1,
  int: (variant) => variant + 1,
};
