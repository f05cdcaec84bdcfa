// Environments played against the function itself, and the log of what happened: one line a pass.
import { readFileSync } from 'node:fs';
import type { RunFunctionRequest } from '@crossplane-org/function-sdk-typescript';
import { parse } from 'yaml';
import { at, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import { overTheWire } from './over-the-wire.ts';
import { environment, type Pass, type World, world } from './world.ts';

export const NOW = new Date('2026-11-22T00:00:00Z');
export const catalog = parse(
  readFileSync(new URL('../../examples/catalog.yaml', import.meta.url), 'utf8'),
) as JsonObject;

/** The function, with its clock standing at NOW. A bug is thrown, not answered. */
export function run(request: RunFunctionRequest, now: Date = NOW) {
  return overTheWire(request, now);
}

interface Options {
  readonly catalog?: JsonObject;
  readonly name?: string;
  readonly namespace?: string;
}

export function place(
  flavour: 'claims' | 'namespaced',
  spec: JsonObject,
  { catalog: input = catalog, ...names }: Options = {},
): World {
  return world(run, environment(flavour, spec, names), input);
}

const known = new Map<string, Promise<World>>();

/** An environment in which everything is ready: a copy, since many tests begin with the same one. */
export async function settled(...args: Parameters<typeof place>): Promise<World> {
  const key = JSON.stringify(args);
  const made = known.get(key) ?? settle(place(...args));
  known.set(key, made);
  const { composite, catalog: input, composed: resources } = await made;
  const copy = world(run, composite, input);
  for (const [name, resource] of resources) copy.composed.set(name, resource);
  return copy;
}

async function settle(self: World): Promise<World> {
  const last = (await self.settle()).at(-1);
  if (last?.fatal !== undefined) throw new Error(last.fatal);
  return self;
}

/** One line a pass: what happened, and what the environment says. */
export function tell(passes: readonly Pass[]): string[] {
  return passes.map(line);
}

export function line(pass: Pass): string {
  if (pass.fatal !== undefined) return `refused: ${pass.fatal}`;
  return `${deedsOf(pass) || 'nothing'} | ${pass.phase}: ${pass.message}`;
}

/** Only what happened, without the passes in which nothing did. */
export function deeds(passes: readonly Pass[]): string[] {
  return passes.map(deedsOf).filter((text) => text !== '');
}

function deedsOf(pass: Pass): string {
  const all = [
    ['creates', pass.created],
    ['changes', pass.changed],
    ['drops', pass.dropped],
  ] as const;
  return all
    .filter(([, names]) => names.length > 0)
    .map(([verb, names]) => `${verb} ${listed(names)}`)
    .join('; ');
}

/** Usages come and go in numbers: they are only counted. */
function listed(names: readonly string[]): string {
  const plain = names.filter((name) => !name.includes('-used-by-'));
  const usages = names.length - plain.length;
  return [...plain, ...(usages === 0 ? [] : [`${usages} usage${usages === 1 ? '' : 's'}`])].join(
    ', ',
  );
}

/** Passes as lines, whether or not things settle. */
export async function passes(self: World, count: number): Promise<string[]> {
  const lines: string[] = [];
  for (let i = 0; i < count; i++) lines.push(line(await self.pass()));
  return lines;
}

export function withSpec(self: World, spec: JsonObject): void {
  const { claimRef } = at(self.composite, 'spec') as JsonObject;
  self.composite = {
    ...self.composite,
    spec: claimRef === undefined ? spec : { ...spec, claimRef },
  };
}

/** The value with another one at a path; undefined takes it out. What is beside the path is shared. */
export function changed(
  value: JsonObject,
  path: readonly (string | number)[],
  to: unknown,
): JsonObject {
  return copied(value, path, to) as JsonObject;
}

function copied(value: unknown, [key, ...rest]: readonly (string | number)[], to: unknown) {
  if (key === undefined) return to;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Free;
  const inner: unknown = copied(copy[key], rest, to);
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
}
type Free = Record<string | number, unknown>;

/** Composition resource names. */
export function composed(self: World): string[] {
  return [...self.composed.keys()].sort();
}

/** What of each resource means something outside, for "nothing changes". */
export function specs(self: World): JsonObject {
  return Object.fromEntries(
    [...self.composed].map(([name, { resource }]) => [name, at(resource, 'spec')]),
  );
}

/** Names that must never change: metadata.name, external name, release namespace, manifest name. */
export function names(self: World): JsonObject {
  return Object.fromEntries(
    [...self.composed].map(([name, { resource }]) => [
      name,
      [
        text(resource, 'metadata', 'name'),
        text(resource, 'metadata', 'annotations', 'crossplane.io/external-name'),
        text(resource, 'spec', 'forProvider', 'namespace'),
        text(resource, 'spec', 'forProvider', 'manifest', 'metadata', 'name'),
      ]
        .filter((part) => part !== undefined)
        .join(' '),
    ]),
  );
}

/** `Accepted=True Accepted: message` of each condition of ours. */
export function conditionsOf(self: World): string[] {
  const found = at(self.composite, 'status', 'conditions');
  if (!Array.isArray(found)) return [];
  return found.map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`);
}

export function notes(self: World): readonly string[] {
  const found = at(self.composite, 'status', 'notes');
  return Array.isArray(found) ? (found as string[]) : [];
}
