// The text of one item → resources. A dump has tens of thousands, so this is js-yaml: ten times as fast as `yaml`, which
// knows positions and is used for catalogs.
import { CORE_SCHEMA, load, YAMLException } from 'js-yaml';
import { isObject } from '../../json.ts';
import type { JsonObject } from '../../step.ts';
import { InputError } from '../input/failure.ts';
import type { Item } from './items.ts';
import { textOf } from './text.ts';

/** @throws InputError with file, line and column */
export function parseItem(item: Item): JsonObject[] {
  const text = textOf(item);
  return resourcesIn(jsonOf(text) ?? parseYaml(item, withoutManagedFields(text)));
}

/** JSON, ten times as fast; what is not quite JSON may still be YAML, which says where it is wrong. */
function jsonOf(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Half of a resource where kubectl was asked to show them; only those of the resource itself are before its spec. */
function withoutManagedFields(text: string): string {
  const at = text.indexOf('managedFields:\n');
  if (at < 0 || at > text.search(/\n *spec:/)) return text;
  // Lines are kept, so that errors name the right one.
  return text.replace(/^( *)managedFields:\n(?:\1[ -].*\n)*/m, (lines) =>
    '\n'.repeat(lines.split('\n').length - 1),
  );
}

function parseYaml({ file, line }: Item, text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { mark, reason } = error;
    // Nothing but comments.
    if (mark === undefined && /empty/.test(reason)) return undefined;
    const at =
      mark === null || mark === undefined ? `${line}` : `${line + mark.line}:${mark.column + 1}`;
    throw new InputError([`${file}:${at}: ${reason}`]);
  }
}

/** An item of a YAML list still has its dash, and a List in flow style its items. */
function resourcesIn(value: unknown): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(resourcesIn);
  if (!isObject(value)) return [];
  const { kind, items } = value;
  if (Array.isArray(items) && typeof kind === 'string' && kind.endsWith('List'))
    return items.flatMap(resourcesIn);
  return [value];
}
