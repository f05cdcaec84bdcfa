// Turns a zod schema into a structural schema: the subset of OpenAPI v3 that Kubernetes takes in a CRD or an XRD.
import { z } from 'zod';
import { compact, isObject } from './json.ts';
import type { JsonObject } from './step.ts';

const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const LIST_TYPE = 'x-kubernetes-list-type';

/** Keywords that mean the same in zod's output and in a CRD, in the order in which they are written. */
const PLAIN = [
  'type',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
] as const;
const NESTED = ['required', 'properties', 'additionalProperties', 'items'] as const;
/** A CRD has no word for these. Keys of a map are the function's to check; the rest is zod's bookkeeping. */
const DROPPED = ['propertyNames', 'definitions', '$schema'] as const;
const OURS = ['description', PRESERVE, LIST_TYPE, 'x-kubernetes-list-map-keys'] as const;
const KNOWN: readonly string[] = [...PLAIN, ...NESTED, ...DROPPED, ...OURS];

/**
 * The structural schema of what may be written (zod's input, before its defaults).
 * @throws Error if the schema says something that a CRD cannot, such as a union
 */
export function structuralSchema(schema: z.ZodType): JsonObject {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  return structural(JSON.parse(JSON.stringify(json)), '');
}

function structural(node: unknown, path: string): JsonObject {
  if (!isObject(node)) throw new Error(`${path}: not a schema`);
  const { description } = node;
  // What lies below is free, so whatever zod says about it (z.json() is a recursive union) is not for a CRD.
  if (node[PRESERVE] === true) return compact({ description, type: 'object', [PRESERVE]: true });
  const strange = Object.keys(node).filter((key) => !KNOWN.includes(key));
  if (strange.length > 0) throw new Error(`${path}: a CRD cannot say ${strange.join(', ')}`);
  if (node.type === undefined) throw new Error(`${path}: has no type`);
  return compact({
    description,
    ...Object.fromEntries(PLAIN.map((key) => [key, node[key]])),
    ...fields(node, path),
    ...entries(node, path),
    ...list(node, path),
  });
}

/** An object's own keys. Unknown ones are refused by pruning, so `additionalProperties` is left out beside them. */
function fields(node: JsonObject, path: string): JsonObject {
  const { properties, required } = node;
  if (!isObject(properties)) return {};
  // A reserved field (z.undefined()) becomes the empty schema: nothing may be written there.
  const writable = Object.entries(properties).filter(([, value]) => !isEmpty(value));
  return {
    required,
    properties: Object.fromEntries(
      writable.map(([key, value]) => [key, structural(value, `${path}.${key}`)]),
    ),
  };
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).every((key) => key === 'description');
}

/** The values of a map with keys of the author's choice. */
function entries(node: JsonObject, path: string): JsonObject {
  const { additionalProperties } = node;
  if (isObject(node.properties) || !isObject(additionalProperties)) return {};
  return { additionalProperties: structural(additionalProperties, `${path}.*`) };
}

function list(node: JsonObject, path: string): JsonObject {
  if (node.type !== 'array') return {};
  return {
    items: structural(node.items, `${path}[]`),
    [LIST_TYPE]: node[LIST_TYPE] ?? 'atomic',
    'x-kubernetes-list-map-keys': node['x-kubernetes-list-map-keys'],
  };
}
