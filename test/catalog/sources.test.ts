// Catalogs from outside: what is asked for, what wins, and what is said of what is not there.
import { RunFunctionRequest, Severity } from '@crossplane-org/function-sdk-typescript';
import { describe, expect, test } from 'vitest';
import { CONTEXT_KEY, catalogFrom, catalogFromOf } from '../../src/catalog/sources.ts';
import { at } from '../../src/json.ts';
import { messageOf, Refused } from '../../src/problem.ts';
import type { JsonObject } from '../../src/step.ts';
import { catalog, run } from '../support/play.ts';
import { environment } from '../support/world.ts';

const config = (name: string, data: unknown): JsonObject =>
  ({
    apiVersion: 'apiextensions.crossplane.io/v1beta1',
    kind: 'EnvironmentConfig',
    metadata: { name },
    data,
  }) as JsonObject;

function said(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof Refused) return messageOf(error.problems);
    throw error;
  }
  throw new Error('not refused');
}

describe('what the input says of it', () => {
  test.each([
    [{ name: 'blessed' }, { name: 'blessed' }],
    [{ matchLabels: { team: 'platform' } }, { matchLabels: { team: 'platform' } }],
  ])('%j', (from, expected) => {
    expect(catalogFromOf({ catalogFrom: from })).toEqual(expected);
  });

  test('nothing, in a catalog that is whole', () => {
    expect(catalogFromOf(catalog)).toBeUndefined();
    expect(catalogFrom({ input: catalog, from: undefined, configs: [], context: undefined })).toBe(
      catalog,
    );
  });

  test.each([
    [{}, 'catalogFrom: must have either name or matchLabels'],
    [{ name: 'a', matchLabels: { a: 'b' } }, 'catalogFrom: must have either name or matchLabels'],
    [{ matchLabels: {} }, 'catalogFrom.matchLabels: must have at least one label'],
    [
      { names: 'a' },
      'catalogFrom: must have either name or matchLabels; catalogFrom.names: unknown',
    ],
    ['blessed', 'catalogFrom: '],
  ])('%j is refused', (from, message) => {
    expect(said(() => catalogFromOf({ catalogFrom: from }))).toContain(message.split(';')[0]);
  });
});

describe('what wins', () => {
  const from = { matchLabels: { a: 'b' } };
  test('the input over EnvironmentConfigs, those in the order of their names, and all over the context', () => {
    const merged = catalogFrom({
      input: { catalogFrom: from, organization: 'input' },
      from,
      configs: [
        config('2-second', {
          organization: 'second',
          controlPlane: 'second',
          teams: { b: { namespaces: ['b'] } },
        }),
        config('1-first', {
          organization: 'first',
          controlPlane: 'first',
          secretsNamespace: 'first',
          teams: { a: { namespaces: ['a'] } },
        }),
      ],
      context: { secretsNamespace: 'context', purposes: { x: {} }, 'somebody-elses': true },
    });
    expect(merged).toEqual({
      organization: 'input',
      controlPlane: 'second',
      secretsNamespace: 'first',
      teams: { a: { namespaces: ['a'] }, b: { namespaces: ['b'] } },
      purposes: { x: {} },
    });
  });

  test('a list replaces a list', () => {
    const versions = (v: string) => ({ components: { knative: { versions: [{ version: v }] } } });
    const merged = catalogFrom({
      input: versions('1.22'),
      from,
      configs: [config('a', versions('1.23'))],
      context: undefined,
    });
    expect(merged).toEqual(versions('1.22'));
  });

  test('a key such as __proto__ is a key like any other', () => {
    const data = JSON.parse('{"__proto__": {"polluted": true}}') as unknown;
    catalogFrom({ input: {}, from, configs: [config('a', data)], context: undefined });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('what is not there', () => {
  test.each([
    [
      { name: 'blessed' },
      'there is no EnvironmentConfig blessed; make it, or correct catalogFrom.name',
    ],
    [
      { matchLabels: { b: '2', a: '1' } },
      'there is no EnvironmentConfig with a=1, b=2; label one, or correct catalogFrom.matchLabels',
    ],
  ])('%j', (from, message) => {
    const sources = { input: {}, from, configs: [], context: undefined };
    expect(said(() => catalogFrom(sources))).toBe(`catalogFrom: ${message}`);
  });

  test('data', () => {
    const sources = {
      input: {},
      from: { name: 'a' },
      configs: [config('a', undefined)],
      context: undefined,
    };
    expect(said(() => catalogFrom(sources))).toBe(
      'catalogFrom: EnvironmentConfig a has no data; write the catalog there',
    );
  });
});

describe('over the wire', () => {
  const { components, ...rest } = catalog;
  const input = { ...rest, catalogFrom: { name: 'blessed' } } as unknown as JsonObject;
  const call = (more: object) =>
    run(
      RunFunctionRequest.fromPartial({
        observed: {
          composite: {
            resource: environment('namespaced', { purpose: 'development' }),
            connectionDetails: {},
            ready: 0,
          },
          resources: {},
        },
        desired: {
          resources: { theirs: { resource: { kind: 'X' }, connectionDetails: {}, ready: 0 } },
        },
        input,
        ...more,
      }),
    );
  const found = (items: JsonObject[]) => ({
    requiredResources: {
      catalog: { items: items.map((resource) => ({ resource, connectionDetails: {}, ready: 0 })) },
    },
  });
  const wanted = {
    apiVersion: 'apiextensions.crossplane.io/v1beta1',
    kind: 'EnvironmentConfig',
    matchName: 'blessed',
  };

  test('the first answer only asks, and lets everything be', () => {
    const response = call({});
    expect(response.requirements?.resources).toEqual({ catalog: wanted });
    expect(response.results).toEqual([]);
    expect(response.conditions).toEqual([]);
    expect(Object.keys(response.desired?.resources ?? {})).toEqual(['theirs']);
  });

  test('the second has what it asked for, and asks for the same', () => {
    const response = call(found([config('blessed', { components } as unknown as JsonObject)]));
    expect(response.requirements?.resources).toEqual({ catalog: wanted });
    expect(Object.keys(response.desired?.resources ?? {})).toEqual([
      'theirs',
      'vcluster-namespace',
    ]);
  });

  test('what is not there refuses: nothing is touched', () => {
    const response = call(found([]));
    expect(response.results.at(-1)?.severity).toBe(Severity.SEVERITY_FATAL);
    expect(response.results.at(-1)?.message).toContain('there is no EnvironmentConfig blessed');
    expect(response.requirements?.resources).toEqual({ catalog: wanted });
    expect(Object.keys(response.desired?.resources ?? {})).toEqual(['theirs']);
  });

  test('by labels', () => {
    const response = call({ input: { ...rest, catalogFrom: { matchLabels: { a: 'b' } } } });
    expect(response.requirements?.resources.catalog).toMatchObject({
      matchLabels: { labels: { a: 'b' } },
    });
  });

  test('the environment of function-environment-configs is under the input, without being asked for', () => {
    const response = call({ input: rest, context: { [CONTEXT_KEY]: { components, other: 1 } } });
    expect(response.requirements?.resources ?? {}).toEqual({});
    expect(response.results.some((r) => r.severity === Severity.SEVERITY_FATAL)).toBe(false);
    expect(Object.keys(response.desired?.resources ?? {})).toContain('vcluster-namespace');
    expect(response.context).toEqual({ [CONTEXT_KEY]: { components, other: 1 } });
  });

  test('an EnvironmentConfig cannot refer to another', () => {
    const response = call(
      found([
        config('blessed', { components, catalogFrom: { name: 'x' } } as unknown as JsonObject),
      ]),
    );
    expect(at(response.results.at(-1), 'message')).toMatch(/catalogFrom: .*belongs into the input/);
  });
});
