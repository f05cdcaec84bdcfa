// A catalog from outside of the pipeline step's input: EnvironmentConfigs, under what the input itself says.
import { z } from 'zod';
import { isObject, merge, own, text } from '../json.ts';
import { Refused } from '../problem.ts';
import { dnsSubdomain, issuesOf, PARSE, strict } from '../schema.ts';
import type { Json, JsonObject } from '../step.ts';
import { catalogShape } from './schema.ts';

/** What function-environment-configs writes into the pipeline's context (its fn.go, `FunctionContextKeyEnvironment`). */
export const CONTEXT_KEY = 'apiextensions.crossplane.io/environment';

export const catalogFromSchema = strict({
  name: dnsSubdomain.optional().describe('Name of the EnvironmentConfig.'),
  matchLabels: z
    .record(z.string().max(317), z.string().max(63))
    .refine((labels) => Object.keys(labels).length > 0, { error: 'must have at least one label' })
    .optional()
    .describe('Labels of the EnvironmentConfigs; they are merged in the order of their names.'),
})
  .refine((from) => (from.name === undefined) !== (from.matchLabels === undefined), {
    error: 'must have either name or matchLabels',
  })
  .describe(
    'EnvironmentConfigs whose data holds the catalog, or parts of it. The input itself wins over them.',
  );
export type CatalogFrom = z.output<typeof catalogFromSchema>;

/**
 * What the input says of where its catalog comes from.
 * @throws Refused with InvalidCatalog when it says it wrongly
 */
export function catalogFromOf(input: unknown): CatalogFrom | undefined {
  const from = isObject(input) ? own(input, 'catalogFrom') : undefined;
  if (from === undefined) return undefined;
  const parsed = catalogFromSchema.safeParse(from, PARSE);
  if (parsed.success) return parsed.data;
  throw new Refused(
    issuesOf(parsed.error, 'catalogFrom').map((issue) => ({ reason: 'InvalidCatalog', ...issue })),
  );
}

export interface Sources {
  readonly input: unknown;
  readonly from: CatalogFrom | undefined;
  /** The EnvironmentConfigs that were looked up. */
  readonly configs: readonly JsonObject[];
  /** The environment in the pipeline's context. */
  readonly context: Json | undefined;
}

/**
 * The whole catalog: the context's environment, over it the EnvironmentConfigs in the order of their names, over them
 * the input. Maps merge key by key; lists and everything else are replaced.
 * @throws Refused with InvalidCatalog that says which EnvironmentConfig is not there
 */
export function catalogFrom({ input, from, configs, context }: Sources): unknown {
  const environment = partOf(context);
  if (from === undefined && environment === undefined) return input;
  if (from !== undefined && configs.length === 0) throw missing(from);
  const sorted = [...configs].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const { catalogFrom: _, ...rest } = isObject(input) ? input : {};
  return [...sorted.map(dataOf), rest].reduce<Json | undefined>(
    (below, above) => merge(below, above),
    environment,
  );
}

/** The environment is shared with other functions: only what a catalog can have is taken. */
function partOf(context: Json | undefined): JsonObject | undefined {
  if (!isObject(context)) return undefined;
  const part = Object.entries(context).filter(([key]) => Object.hasOwn(catalogShape, key));
  return part.length === 0 ? undefined : Object.fromEntries(part);
}

function dataOf(config: JsonObject): JsonObject {
  const data = own(config, 'data');
  if (isObject(data)) return data;
  throw refused(`EnvironmentConfig ${nameOf(config)} has no data; write the catalog there`);
}

function nameOf(config: JsonObject): string {
  return text(config, 'metadata', 'name') ?? '';
}

function missing({ name, matchLabels }: CatalogFrom): Refused {
  if (name !== undefined) {
    return refused(`there is no EnvironmentConfig ${name}; make it, or correct catalogFrom.name`);
  }
  const labels = Object.entries(matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(', ');
  return refused(
    `there is no EnvironmentConfig with ${labels}; label one, or correct catalogFrom.matchLabels`,
  );
}

function refused(message: string): Refused {
  return new Refused([{ reason: 'InvalidCatalog', path: 'catalogFrom', message }]);
}
