// Small, total helpers for unknown JSON: nothing here throws, and no key reaches a prototype.
import type { Json, JsonObject } from './step.ts';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own property `key`, never an inherited one (`constructor`, `__proto__`). */
export function own<T>(
  record: Readonly<Record<string, T>> | undefined,
  key: string,
): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The value at a path of own properties and array indices, or undefined. */
export function at(value: unknown, ...path: readonly (string | number)[]): Json | undefined {
  let current: unknown = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key))
      return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current as Json | undefined;
}

export function text(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** JSON with sorted keys and without undefined: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value)) ?? 'null';
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

export function equal(a: unknown, b: unknown): boolean {
  return a === b || canonical(a) === canonical(b);
}

/** Objects merge key by key, the right one wins; everything else (arrays too) is replaced. */
export function merge(left: Json | undefined, right: Json | undefined): Json | undefined {
  if (right === undefined) return left;
  if (!isObject(left) || !isObject(right)) return right;
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return Object.fromEntries(keys.map((key) => [key, merge(own(left, key), own(right, key))]));
}

/** The object without its undefined values; itself if there are none. */
export function compact<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  type Kept = { [K in keyof T]: Exclude<T[K], undefined> };
  if (!Object.values(object).includes(undefined)) return object as Kept;
  return Object.fromEntries(Object.entries(object).filter(([, v]) => v !== undefined)) as Kept;
}
