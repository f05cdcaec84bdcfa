// What was accepted last, remembered on the cluster's own composed resource (the anchor), so that a
// changed catalog is never mistaken for a developer's change.
import { at, canonical, equal, isObject, text } from './json.ts';
import { ANNOTATIONS } from './manifests/common.ts';
import type { Json, JsonObject, ObservedResource } from './step.ts';
import type { UnderWay } from './upgrade/start.ts';

/** The annotation's content: the resolved spec, and beside it how it came about. */
export interface Accepted {
  /** The spec with every default filled in. */
  readonly resolved: Resolved;
  /** What the developer had written. */
  readonly asked: JsonObject;
  /** Versions by `cluster/component`. */
  readonly versions: Readonly<Record<string, string>>;
  /** What decided when the environment was created. */
  readonly decision: { readonly rule: string; readonly reason: string };
  /** The hop that is under way. */
  readonly underWay: UnderWay | undefined;
}

export interface Resolved {
  readonly purpose: string;
  readonly team: string;
  readonly size: string;
  readonly access: 'direct' | 'gitops';
  readonly upgrades: 'automatic' | 'manual';
  readonly cluster: { readonly type: string; readonly host?: string; readonly location?: string };
  readonly tools: JsonObject;
  readonly lifetime?: string;
  /** What the size meant: the catalog may lose it. */
  readonly sizeMeans: Json;
}

export function acceptedText(accepted: Accepted): string {
  const { resolved, asked, versions, decision, underWay } = accepted;
  const hop = underWay === undefined ? {} : { underWay: { ...underWay } };
  return canonical({ ...resolved, asked, versions, decision, ...hop });
}

/** What the anchor remembers, or undefined if it remembers nothing that can be used. */
export function acceptedOf(anchor: ObservedResource | undefined): Accepted | undefined {
  const content = text(anchor?.resource, 'metadata', 'annotations', ANNOTATIONS.accepted);
  if (content === undefined) return undefined;
  try {
    return shaped(JSON.parse(content));
  } catch {
    // Somebody edited the annotation: better no memory than a wrong one.
    return undefined;
  }
}

function shaped(value: unknown): Accepted | undefined {
  const purpose = text(value, 'purpose');
  const size = text(value, 'size');
  const team = text(value, 'team');
  const type = text(value, 'cluster', 'type');
  const asked = at(value, 'asked');
  if (purpose === undefined || size === undefined || team === undefined || type === undefined)
    return undefined;
  if (!isObject(asked)) return undefined;
  const tools = at(value, 'tools');
  const versions = at(value, 'versions');
  const host = text(value, 'cluster', 'host');
  const location = text(value, 'cluster', 'location');
  const lifetime = text(value, 'lifetime');
  return {
    resolved: {
      purpose,
      team,
      size,
      access: at(value, 'access') === 'gitops' ? 'gitops' : 'direct',
      upgrades: at(value, 'upgrades') === 'automatic' ? 'automatic' : 'manual',
      cluster: {
        type,
        ...(host === undefined ? {} : { host }),
        ...(location === undefined ? {} : { location }),
      },
      tools: isObject(tools) ? tools : {},
      ...(lifetime === undefined ? {} : { lifetime }),
      sizeMeans: at(value, 'sizeMeans') ?? null,
    },
    asked,
    versions: Object.fromEntries(
      Object.entries(isObject(versions) ? versions : {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    ),
    decision: {
      rule: text(value, 'decision', 'rule') ?? '',
      reason: text(value, 'decision', 'reason') ?? '',
    },
    underWay: underWayOf(at(value, 'underWay')),
  };
}

function underWayOf(value: Json | undefined): UnderWay | undefined {
  const component = text(value, 'component');
  const from = text(value, 'from');
  const to = text(value, 'to');
  if (component === undefined || from === undefined || to === undefined) return undefined;
  return { component, from, to };
}

/** Whether the developer changed something: by a path below spec, such as `tools.extra.cert-manager`. */
export type Changed = (path: string) => boolean;

/**
 * @param exists false: the environment is new, everything in it is the developer's change
 * @param accepted undefined although it exists: nothing can be told to be a change, so nothing is
 */
export function changesOf(
  asked: JsonObject,
  accepted: Accepted | undefined,
  exists: boolean,
): Changed {
  if (!exists) return () => true;
  if (accepted === undefined) return () => false;
  return (path) => !equal(valueAt(asked, path), valueAt(accepted.asked, path));
}

/** The value at a dotted path; an entry of `extra` goes by its name. */
export function valueAt(spec: JsonObject, path: string): Json | undefined {
  const [tools, extra, ...name] = path.split('.');
  if (tools !== 'tools' || extra !== 'extra') return at(spec, ...path.split('.'));
  const entries = at(spec, 'tools', 'extra');
  if (name.length === 0 || !Array.isArray(entries)) return entries;
  return entries.find((entry) => at(entry, 'name') === name.join('.'));
}
