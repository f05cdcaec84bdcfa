// The values of every vcluster in the examples, against the real chart's own schema, from its Go module.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { at, isObject, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import { valuesProblems } from '../clusters/chart-schemas.ts';
import { moduleDir } from './binaries.ts';
import { readDocuments } from './documents.ts';

const examples = new URL('../../examples/', import.meta.url).pathname;

function vclusterValues(): [name: string, values: JsonObject][] {
  const files = readdirSync(examples, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('expected.yaml'))
    .sort()
    .flatMap((file) =>
      readDocuments(join(examples, file))
        .filter((document) => text(document, 'spec', 'forProvider', 'chart', 'name') === 'vcluster')
        .map((document): [string, JsonObject] => {
          const values = at(document, 'spec', 'forProvider', 'values');
          return [`${file}: ${text(document, 'metadata', 'name')}`, isObject(values) ? values : {}];
        }),
    );
}

let schema = '';

beforeAll(async () => {
  const module = await moduleDir('vcluster', 'github.com/loft-sh/vcluster');
  schema = join(module, 'chart', 'values.schema.json');
});

const cases = vclusterValues();

test('the examples have virtual clusters of one and of several replicas', () => {
  const replicas = cases.map(([, values]) =>
    at(values, 'controlPlane', 'statefulSet', 'highAvailability', 'replicas'),
  );
  expect(new Set(replicas).size).toBeGreaterThan(1);
});

test.each(cases)('%s', (_, values) => {
  expect(valuesProblems(values, schema)).toEqual([]);
});

test('a misspelled value is not taken', () => {
  const [, values] = cases[0] ?? ['', {}];
  expect(valuesProblems({ ...values, syncer: {} }, schema)).not.toEqual([]);
});
