// unknown → the environment with its purpose's defaults; what is wrong becomes problems, not exceptions.
import { type Changed, changesOf } from './accepted.ts';
import { unknownPlaces } from './asked-place.ts';
import type { Catalog } from './catalog/parse.ts';
import {
  type Bundle,
  bundleSchema,
  type Purpose,
  type Size,
  sizeSchema,
} from './catalog/schema.ts';
import { matchesGlob } from './catalog/waivers.ts';
import { sharesKnative } from './clusters/vcluster-shared.ts';
import type { Composite } from './composite.ts';
import type { Environment } from './context.ts';
import { at, equal, isObject, merge, own, text } from './json.ts';
import { type Problem, suggest } from './problem.ts';
import { milliseconds } from './schema.ts';
import { BUILT_IN_TOOLS, isBuiltIn, type Spec } from './spec.ts';
import type { Json, JsonObject } from './step.ts';
import type { Survey } from './survey.ts';
import { readSpec, together } from './unreadable.ts';

/** What the developer asks for, with every default filled in. */
export interface Request {
  readonly environment: Environment;
  /** Our part of spec as written. */
  readonly asked: Spec;
  readonly changed: Changed;
  /** The catalog's purpose, or what is remembered of one that the catalog lost. */
  readonly purpose: Purpose;
  /** The bundle with spec merged over it; tools that only the bundle lost are still in. */
  readonly tools: Bundle;
  /** Tools in `tools` that are kept although the bundle no longer has them. */
  readonly lost: ReadonlySet<string>;
  readonly size: Size | undefined;
  readonly lifetime: string | undefined;
  /** What the schema refuses of spec; the rest of the request is made without it. */
  readonly unreadable: readonly Problem[];
  readonly problems: readonly Problem[];
  /** What was kept although the catalog says otherwise. */
  readonly notes: readonly string[];
}

/** Too wrong to go on with: the problems say why. */
export interface Unusable {
  readonly problems: readonly Problem[];
}

export function requestOf(
  composite: Composite,
  catalog: Catalog,
  survey: Survey,
): Request | Unusable {
  const { asked, problems: unreadable } = readSpec(composite, catalog);
  if (asked === undefined) return { problems: unreadable };
  const { accepted } = survey;
  const changed = changesOf(asked as JsonObject, accepted, survey.anchor !== undefined);
  const problems: Problem[] = [];
  const notes: string[] = [];

  const purpose = purposeOf(asked, catalog, survey, changed, notes);
  if (purpose === undefined) {
    if (asked.size !== undefined)
      sizeOf(asked.size, asked, catalog, survey, changed, problems, notes);
    teamOf(asked, composite, catalog, survey, problems);
    checkUnbuilt(asked, problems);
    problems.push(...unknownPlaces(asked.cluster, catalog, accepted?.resolved.cluster));
    const isUnread = unreadable.some(({ path }) => path === 'spec.purpose');
    if (!isUnread) problems.push(noPurpose(asked, catalog));
    return { problems: together(unreadable, problems) };
  }
  const sizeName = asked.size ?? purpose.size;
  const size = sizeOf(sizeName, asked, catalog, survey, changed, problems, notes);
  const { tools, lost } = toolsOf(asked, purpose, survey, notes);
  const lifetime = lifetimeOf(asked, purpose, problems);
  checkUnbuilt(asked, problems);
  checkRequired(asked, purpose, problems);
  checkExtra(asked, problems);
  return {
    environment: {
      name: composite.name,
      namespace: composite.namespace,
      team: teamOf(asked, composite, catalog, survey, problems),
      purpose: asked.purpose,
      size: sizeName,
      access: purpose.access ?? 'direct',
      labels: composite.labels,
      ...connectionSecretOf(composite),
      tools: tools as JsonObject,
    },
    asked,
    changed,
    purpose,
    tools,
    lost,
    size,
    lifetime,
    unreadable,
    problems,
    notes,
  };
}

function noPurpose({ purpose }: Spec, catalog: Catalog): Problem {
  return {
    reason: 'InvalidSpec',
    path: 'spec.purpose',
    message: `no purpose ${JSON.stringify(purpose)}; ${suggest(purpose, Object.keys(catalog.purposes))}`,
    always: true,
  };
}

function connectionSecretOf(composite: Composite): { connectionSecret?: string } {
  // In the claims flavour this field of the composite is Crossplane's own and has another meaning.
  if (composite.flavour === 'claims') return {};
  const name = text(composite.spec, 'writeConnectionSecretToRef', 'name');
  return name === undefined ? {} : { connectionSecret: name };
}

function purposeOf(
  asked: Spec,
  catalog: Catalog,
  { accepted }: Survey,
  changed: Changed,
  notes: string[],
): Purpose | undefined {
  const purpose = own(catalog.purposes, asked.purpose);
  if (purpose !== undefined) return purpose;
  if (accepted === undefined || changed('purpose')) return undefined;
  const askedBefore = named(at(accepted.asked, 'tools') ?? {});
  const askedNow = named((asked.tools ?? {}) as JsonObject);
  // What the developer had asked for and no longer does was never the bundle's.
  const bundle = [...named(accepted.resolved.tools)].filter(
    ([name]) => !askedBefore.has(name) || askedNow.has(name),
  );
  const tools = bundleSchema.safeParse(unnamed(new Map(bundle)));
  if (!tools.success) return undefined;
  notes.push(
    `purpose ${asked.purpose} is no longer in the catalog; the environment stays as it is`,
  );
  const { size, access, upgrades, lifetime } = accepted.resolved;
  return {
    size,
    access,
    upgrades,
    tools: tools.data,
    // How long it might have been at the most is not remembered: so no longer than it was.
    ...(lifetime === undefined ? {} : { lifetime: { default: lifetime, maximum: lifetime } }),
  };
}

function sizeOf(
  name: string,
  asked: Spec,
  catalog: Catalog,
  { accepted, type }: Survey,
  changed: Changed,
  problems: Problem[],
  notes: string[],
): Size | undefined {
  const size = own(catalog.sizes, name);
  const says = type === undefined || size?.[type] !== undefined;
  if (size !== undefined && says) return size;
  if (accepted?.resolved.size === name && !changed('size')) {
    // Somebody may have edited the annotation.
    const meant = sizeSchema.safeParse(accepted.resolved.sizeMeans).data;
    if (size === undefined || (type !== undefined && meant?.[type] !== undefined)) {
      const lost =
        size === undefined ? 'is no longer in the catalog' : `no longer speaks of ${type}`;
      notes.push(`size ${name} ${lost}; what it meant stays`);
      return meant;
    }
  }
  if (size !== undefined) return size;
  problems.push({
    reason: 'InvalidSpec',
    path: 'spec.size',
    message: `no size ${JSON.stringify(name)}; ${suggest(name, Object.keys(catalog.sizes))}`,
    blame: asked.size === undefined ? ['purpose'] : ['size'],
  });
  return undefined;
}

/** The namespace, or a catalog team that lists it; exactly one such team is the default. */
function teamOf(
  asked: Spec,
  { namespace }: Composite,
  catalog: Catalog,
  { accepted }: Survey,
  problems: Problem[],
): string {
  const listed = Object.entries(catalog.teams ?? {})
    .filter(
      ([, team]) =>
        namespace === '' || team.namespaces.some((glob) => matchesGlob(glob, namespace)),
    )
    .map(([name]) => name)
    .sort();
  const itself = namespace === '' ? catalog.organization : namespace;
  if (asked.team === undefined) {
    // A team that the catalog gains or loses must not move what exists from one to another.
    if (accepted !== undefined && at(accepted.asked, 'team') === undefined)
      return accepted.resolved.team;
    return namespace !== '' && listed.length === 1 ? (listed[0] ?? itself) : itself;
  }
  if (asked.team !== itself && !listed.includes(asked.team)) {
    const possible = [...new Set([itself, ...listed])].sort().join(', ');
    problems.push({
      reason: 'InvalidSpec',
      path: 'spec.team',
      message: `team ${JSON.stringify(asked.team)} does not own ${namespace === '' ? 'this environment' : `namespace ${namespace}`}; write one of: ${possible}`,
    });
  }
  return asked.team;
}

function toolsOf(
  asked: Spec,
  purpose: Purpose,
  survey: Survey,
  notes: string[],
): { tools: Bundle; lost: ReadonlySet<string> } {
  const bundle = named((purpose.tools ?? {}) as JsonObject);
  const wanted = named((asked.tools ?? {}) as JsonObject);
  const past = pastOf(survey);
  const lost = lostTools(bundle, wanted, past);
  const resolved = new Map<string, JsonObject>(lost);
  for (const name of [...new Set([...bundle.keys(), ...wanted.keys()])].sort()) {
    const merged = merge(bundle.get(name), wanted.get(name));
    const block = withLost(merged, name, asked, wanted.get(name), past, notes);
    if (lost.has(name) || !isObject(block)) continue;
    const kept = name === 'ci' ? keptAgent(block, wanted.get(name), survey) : undefined;
    if (kept !== undefined) {
      resolved.set(name, kept.block);
      notes.push(
        `ci stays with ${kept.agent} although the bundle of ${asked.purpose} now says ${kept.instead}; to change, write it in spec`,
      );
      continue;
    }
    if (isEnabled(block) || wanted.has(name)) resolved.set(name, withoutRequired(block));
  }
  for (const name of lost.keys()) {
    notes.push(
      `${name} is no longer in the bundle of ${asked.purpose}; it stays until enabled: false is written`,
    );
  }
  return { tools: unnamed(resolved), lost: new Set(lost.keys()) };
}

/** What was accepted last, by tool. */
interface Past {
  readonly resolved: ReadonlyMap<string, JsonObject>;
  readonly asked: ReadonlyMap<string, JsonObject>;
  readonly isThere: (name: string) => boolean;
}

function pastOf(survey: Survey): Past {
  return {
    resolved: named(survey.accepted?.resolved.tools ?? {}),
    asked: named(at(survey.accepted?.asked, 'tools') ?? {}),
    isThere: (name) => isInstalled(survey, name),
  };
}

/** Tools that only the bundle had, and lost: they stay, and that is said. */
function lostTools(
  bundle: ReadonlyMap<string, JsonObject>,
  wanted: ReadonlyMap<string, JsonObject>,
  { resolved, asked, isThere }: Past,
): ReadonlyMap<string, JsonObject> {
  return new Map(
    [...resolved].filter(
      ([name, block]) =>
        isEnabled(block) &&
        !isEnabled(bundle.get(name)) &&
        !wanted.has(name) &&
        !asked.has(name) &&
        isThere(name),
    ),
  );
}

/** A bundle that disables what runs, or forgets what agents get in with, takes nothing away either. */
function withLost(
  block: Json | undefined,
  name: string,
  { purpose }: Spec,
  now: JsonObject | undefined,
  past: Past,
  notes: string[],
): Json | undefined {
  const before = past.resolved.get(name);
  if (before === undefined || !isObject(block) || !past.isThere(name)) return block;
  const isSaid = (key: string) => (at(now, key) ?? at(past.asked.get(name), key)) !== undefined;
  const isDisabled = block.enabled === false && isEnabled(before) && now !== undefined;
  const access = name === 'ci' && block.agent === before.agent ? ACCESS : [];
  const lost = [
    ...(isDisabled ? ['enabled'] : []),
    ...access.filter((key) => block[key] === undefined && before[key] !== undefined),
  ].filter((key) => !isSaid(key));
  if (lost.length === 0) return block;
  notes.push(
    `${name} stays as it is: the bundle of ${purpose} now says otherwise (${lost.join(', ')})`,
  );
  return {
    ...block,
    ...Object.fromEntries(lost.map((key) => [key, before[key] ?? true])),
  };
}

/** Without these there is less of an agent. */
const ACCESS = ['secretRef', 'url'] as const;

/** A bundle that changes the agent takes nothing away: what is installed stays until the developer asks. */
function keptAgent(
  block: JsonObject,
  wanted: JsonObject | undefined,
  survey: Survey,
): { block: JsonObject; agent: string; instead: string } | undefined {
  const before = at(survey.accepted?.resolved.tools, 'ci');
  const agent = text(before, 'agent');
  const instead = text(block, 'agent') ?? 'none';
  if (!isObject(before) || agent === undefined || agent === instead) return undefined;
  // Writing another one is a choice, and so is taking one's own back.
  const chosen = text(survey.accepted?.asked, 'tools', 'ci', 'agent') ?? text(wanted, 'agent');
  if (chosen !== undefined || !isEnabled(block) || !isInstalled(survey, 'ci')) return undefined;
  return { block: withoutRequired({ ...before, ...wanted }), agent, instead };
}

function isEnabled(block: Json | undefined): boolean {
  return isObject(block) && block.enabled !== false;
}

/** Whether anything of a tool is there. */
export function isInstalled({ ours }: Pick<Survey, 'ours'>, tool: string): boolean {
  // Of a shared Knative nothing is composed but what the virtual cluster syncs.
  if (tool === 'knative' && sharesKnative(ours)) return true;
  return [...ours.values()].some(({ resource }) => toolOf(resource) === tool);
}

/** The tool that a composed resource belongs to. */
export function toolOf(resource: JsonObject): string | undefined {
  return text(resource, 'metadata', 'labels', 'platform.xenvironment.dev/tool');
}

/** Blocks by tool name: the built-in ones and each of extra. */
function named(tools: Json): Map<string, JsonObject> {
  const blocks = new Map<string, JsonObject>();
  for (const key of BUILT_IN_TOOLS) {
    const block = at(tools, key);
    if (isObject(block)) blocks.set(key, block);
  }
  const extra = at(tools, 'extra');
  if (!Array.isArray(extra)) return blocks;
  for (const block of extra) {
    const name = text(block, 'name');
    // One that has a place of its own is none of these: see `checkExtra`.
    if (name !== undefined && !isBuiltIn(name) && isObject(block)) blocks.set(name, block);
  }
  return blocks;
}

function unnamed(blocks: ReadonlyMap<string, JsonObject>): Bundle {
  const tools: Record<string, Json> = {};
  const extra: Json[] = [];
  for (const [name, block] of blocks) {
    if (isBuiltIn(name)) tools[name] = block;
    else extra.push(block);
  }
  return { ...tools, ...(extra.length === 0 ? {} : { extra }) } as Bundle;
}

function withoutRequired(block: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(block).filter(([key]) => key !== 'required'));
}

function lifetimeOf(asked: Spec, purpose: Purpose, problems: Problem[]): string | undefined {
  const { default: standard, maximum } = purpose.lifetime ?? {};
  if (asked.lifetime === undefined) return standard ?? maximum;
  if (maximum !== undefined && milliseconds(asked.lifetime) > milliseconds(maximum)) {
    problems.push({
      reason: 'LifetimeTooLong',
      path: 'spec.lifetime',
      message: `${asked.lifetime} is longer than ${maximum}, the most that purpose ${asked.purpose} allows`,
    });
  }
  return asked.lifetime;
}

function checkUnbuilt(asked: Spec, problems: Problem[]) {
  const unbuilt = (path: string, message: string) => {
    problems.push({ reason: 'NotImplemented', path, message });
  };
  if (asked.suspended === true) {
    unbuilt(
      'spec.suspended',
      'suspending is not built in this release; leave it out or write false',
    );
  }
  if (asked.cluster?.moveFrom !== undefined) {
    unbuilt(
      'spec.cluster.moveFrom',
      'moving to another cluster is not built in this release; leave it out',
    );
  }
}

function checkExtra(asked: Spec, problems: Problem[]) {
  for (const { name } of asked.tools?.extra ?? []) {
    if (!isBuiltIn(name)) continue;
    problems.push({
      reason: 'InvalidSpec',
      path: `spec.tools.extra.${name}`,
      message: `${name} is no tool of the catalog; write tools.${name}`,
      blame: [`tools.extra.${name}`],
    });
  }
}

function checkRequired(asked: Spec, purpose: Purpose, problems: Problem[]) {
  const bundle = named((purpose.tools ?? {}) as JsonObject);
  for (const [name, block] of named((asked.tools ?? {}) as JsonObject)) {
    if (isEnabled(block) || !equal(at(bundle.get(name), 'required'), true)) continue;
    const path = isBuiltIn(name) ? `tools.${name}` : `tools.extra.${name}`;
    problems.push({
      reason: 'ToolRequired',
      path: `spec.${path}.enabled`,
      message: `purpose ${asked.purpose} requires ${name}; leave enabled out or write true`,
      blame: [path],
    });
  }
}
