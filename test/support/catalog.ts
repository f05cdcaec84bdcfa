// The catalog of the examples, and changed copies of it.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../src/step.ts';

const source = readFileSync(new URL('../../examples/catalog.yaml', import.meta.url), 'utf8');

/** A fresh copy. */
export function exampleCatalog(): JsonObject {
  return parse(source) as JsonObject;
}

/**
 * A copy with other values at dotted paths (`placement.rules.0.use`); undefined takes the key away.
 */
export function catalogWith(changes: Readonly<Record<string, Json | undefined>>): JsonObject {
  return changed(exampleCatalog(), changes);
}

export function changed(
  document: JsonObject,
  changes: Readonly<Record<string, Json | undefined>>,
): JsonObject {
  const copy = structuredClone(document) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let place = copy;
    for (const key of keys) {
      if (typeof place[key] !== 'object' || place[key] === null) place[key] = {};
      place = place[key] as Record<string, unknown>;
    }
    if (value === undefined) delete place[last];
    else
      Object.defineProperty(place, last, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return copy as JsonObject;
}
