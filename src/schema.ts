// Building blocks of our zod schemas, with messages that say what would be right.
import { z } from 'zod';
import { at, isObject } from './json.ts';
import { suggest } from './problem.ts';
import type { Json } from './step.ts';

// Nothing is compiled at run time: a catalog is looked at once, and compiling takes longer than that.
z.config({ jitless: true });

/** An object that refuses unknown keys and names the nearest known one. */
export function strict<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .map((key) => `unknown key ${JSON.stringify(key)}; ${suggest(key, Object.keys(shape))}`)
            .join('; ')
        : undefined,
  });
}

/**
 * A version as text: `1.35`, `0.36.1`, `v1.2.3`. YAML reads an unquoted 1.20 as the number 1.2, so
 * a number is refused with the reason instead of being turned into text.
 */
export const version = z
  .string({
    error: (issue) =>
      typeof issue.input === 'number'
        ? `YAML read this version as the number ${issue.input}: quote it, ${quoted(issue.input)}`
        : 'must be a version in quotes, like "1.35" or "0.36.1"',
  })
  .max(63)
  .regex(/^v?\d{1,9}\.\d{1,9}(\.\d{1,9})?([-+][0-9A-Za-z.+-]{1,40})?$/, {
    error: (issue) =>
      `${JSON.stringify(issue.input)} is not a version; write it like "1.35" or "0.36.1"`,
  });

/** 1.2 was written 1.2 or 1.20: nobody can know. */
function quoted(number: number): string {
  return Number.isInteger(number) ? `like "${number}.0"` : `like "${number}" or "${number}0"`;
}

/** A DNS label: what may become part of a name. */
export const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
    error: (issue) =>
      `${JSON.stringify(issue.input)} must be a DNS label: lower-case letters, digits and "-"`,
  });

/** A DNS subdomain: what names of Secrets and other objects look like. */
export const dnsSubdomain = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, {
    error: (issue) =>
      `${JSON.stringify(issue.input)} must be a name: lower-case letters, digits, "-" and "."`,
  });

/** A calendar day, `2027-03-28`, or a moment in RFC 3339. A day begins at 00:00 UTC. */
export const date = z.string({ error: 'must be a date like "2027-03-28"' }).refine(isDate, {
  error: (issue) => `${JSON.stringify(issue.input)} is not a date; write it like "2027-03-28"`,
});

function isDate(value: string): boolean {
  const day = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/.exec(
    value,
  )?.[1];
  if (day === undefined || Number.isNaN(Date.parse(value))) return false;
  // Date.parse rolls 2026-02-30 over into March; the day must survive the round trip.
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}

/** A duration as Go and Kubernetes write it: `72h`, `1h30m`. */
export const duration = z
  .string({ error: 'must be a duration like "72h"' })
  .max(32)
  .regex(/^([0-9]{1,9}(h|m|s))+$/, {
    error: (issue) =>
      `${JSON.stringify(issue.input)} is not a duration; write it like "72h" or "1h30m"`,
  })
  .refine((value) => !/^([0-9]{1,9}(h|m|s))+$/.test(value) || milliseconds(value) > 0, {
    error: 'must be longer than nothing',
  });

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 };

/** Milliseconds of a valid {@link duration}. */
export function milliseconds(value: string): number {
  let sum = 0;
  for (const [, number, unit] of value.matchAll(/([0-9]+)(h|m|s)/g)) {
    sum += Number(number) * (UNITS[unit ?? ''] ?? 0);
  }
  return sum;
}

/** A Kubernetes quantity such as `8Gi`, `500m` or `4`. */
export const quantity = z
  .string({
    error: (issue) =>
      typeof issue.input === 'number'
        ? `quantities are text: write "${issue.input}"`
        : 'must be a quantity like "4", "500m" or "8Gi"',
  })
  .max(32)
  .regex(/^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, {
    error: (issue) =>
      `${JSON.stringify(issue.input)} is not a quantity; write it like "4" or "8Gi"`,
  });

/** The path of a zod issue as people write it: `placement.rules[1].use`. */
export function pathText(path: readonly PropertyKey[], root = ''): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, root);
}

/**
 * One sentence for each issue of a zod error. Parse with {@link PARSE}, so that the input is at hand.
 */
export function issuesOf(error: z.ZodError, root = ''): { path: string; message: string }[] {
  return error.issues.map((issue) => ({
    path: pathText(issue.path, root),
    message: sentence(issue),
  }));
}

/** The path of a zod issue as `at` takes it. */
export function keysOf(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((key) => (typeof key === 'number' ? key : String(key)));
}

/** A copy without the keys that zod complains about. Elements of lists stay: paths must not shift. */
export function withoutIssues(input: Json, error: z.ZodError): Json {
  const copy = structuredClone(input);
  for (const issue of error.issues) {
    const path = issue.code === 'unrecognized_keys' ? issue.path : issue.path.slice(0, -1);
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : issue.path.slice(-1);
    const place = at(copy, ...keysOf(path));
    if (!isObject(place)) continue;
    for (const key of keys) Reflect.deleteProperty(place, key);
  }
  return copy;
}

/** Options of `safeParse`: messages tell what was written. */
export const PARSE = { reportInput: true } as const;

/** zod's own words where ours would say no more. */
function sentence(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_key':
      return issue.issues[0] === undefined ? issue.message : sentence(issue.issues[0]);
    case 'invalid_value':
      if (issue.input === undefined) return `is missing; write ${oneOf(issue.values)}`;
      return typeof issue.input === 'string'
        ? `no ${JSON.stringify(issue.input.slice(0, 100))}; ${suggest(issue.input, issue.values.map(String))}`
        : `${shown(issue.input)} is not possible; write ${oneOf(issue.values)}`;
    case 'invalid_type':
      // Our own schemas say more in places.
      if (!issue.message.startsWith('Invalid input')) return issue.message;
      if (issue.input === undefined) return `is missing: a ${typeName(issue.expected)} is needed`;
      return `must be a ${typeName(issue.expected)}, and is ${shown(issue.input)}`;
    case 'too_small':
      return `must be ${bound(issue.origin, 'least', issue.minimum)}${isText(issue.origin) ? '' : `, and is ${shown(issue.input)}`}`;
    case 'too_big':
      return `must be ${bound(issue.origin, 'most', issue.maximum)}${isText(issue.origin) ? '' : `, and is ${shown(issue.input)}`}`;
    default:
      return issue.message;
  }
}

function isText(origin: string): boolean {
  return origin === 'string';
}

function bound(origin: string, end: 'least' | 'most', limit: number | bigint): string {
  const what = { string: ' characters long', array: ' entries', set: ' entries' }[origin] ?? '';
  return `at ${end} ${limit}${what}`;
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1
    ? String(values[0])
    : `one of: ${values.map(String).sort().join(', ')}`;
}

function typeName(expected: string): string {
  if (expected === 'array') return 'list';
  if (expected === 'object' || expected === 'record') return 'map';
  return expected === 'int' ? 'whole number' : expected;
}

function shown(input: unknown): string {
  if (input === null) return 'empty (null)';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a map';
  return `the ${typeof input} ${JSON.stringify(input).slice(0, 100)}`;
}
