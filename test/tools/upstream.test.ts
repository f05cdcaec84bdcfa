// Every value and field that we set is one that the charts and the operator's CRD know.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ToolContext } from '../../src/context.ts';
import { at, isObject } from '../../src/json.ts';
import type { Json, Step } from '../../src/step.ts';
import { github } from '../../src/tools/ci/github.ts';
import { argocd } from '../../src/tools/gitops/argocd.ts';
import { knative } from '../../src/tools/knative.ts';
import { contextFor, version } from './fixture.ts';

const repository = `${import.meta.dirname}/../..`;
const charts = process.env.XENVIRONMENT_CHARTS ?? `${repository}/../shared/charts`;
const crds = process.env.XENVIRONMENT_CRDS ?? `${repository}/../shared/crds`;

const nodes = { nodeSelector: { pool: 'ci' }, tolerations: [{ key: 'ci', operator: 'Exists' }] };
const block = { url: 'https://github.com/acme', secretRef: { name: 'github-app' } };
const ci = (number: string): ToolContext =>
  contextFor('gke', { name: 'ci', version: version(number), nodes });

function releases(steps: readonly Step[]) {
  return steps
    .filter((step) => step.manifest.kind === 'Release')
    .map((step) => ({
      name: String(at(step.manifest.spec, 'forProvider', 'chart', 'name')),
      values: at(step.manifest.spec, 'forProvider', 'values'),
    }));
}

/** What the charts take as it is: maps of labels, and parts of pods. */
const FREE = ['nodeSelector', 'tolerations', 'spec'];

/** Paths of keys, down to what is free. */
function keysOf(value: Json | undefined, path: readonly string[] = []): string[][] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inside]) => {
    const here = [...path, key];
    return [here, ...(FREE.includes(key) ? [] : keysOf(inside, here))];
  });
}

/** Charts write optional values as comments: `# maxRunners: 5`. */
function documents(text: string, path: readonly string[]): boolean {
  if (at(parse(text), ...path) !== undefined) return true;
  const key = path.at(-1);
  return new RegExp(`^[ \\t]*#[ \\t]*${key}:`, 'm').test(text);
}

test('a key that a chart does not have would be noticed', () => {
  const text = 'flags:\n  logLevel: debug\n  # watchSingleNamespace: ""\n# maxRunners: 5\n';
  const known = (...path: string[]) => documents(text, path);
  expect([
    known('flags', 'logLevel'),
    known('flags', 'watchSingleNamespace'),
    known('maxRunners'),
  ]).toEqual([true, true, true]);
  expect([known('logLevel'), known('maximumRunners')]).toEqual([false, false]);
});

if (existsSync(charts))
  describe('charts', () => {
    const cases = ['gha-runner-scale-set', 'gha-runner-scale-set-controller'].flatMap((chart) =>
      readdirSync(`${charts}/${chart}`).map((number) => [chart, number] as const),
    );

    test.each(cases)('%s %s documents every value that we set', (chart, number) => {
      const text = readFileSync(`${charts}/${chart}/${number}/values.yaml`, 'utf8');
      const found = releases(github.plan(block, ci(number))).find(({ name }) => name === chart);
      const paths = keysOf(found?.values);
      expect(paths.length).toBeGreaterThan(4);
      expect(paths.filter((path) => !documents(text, path)).map((path) => path.join('.'))).toEqual(
        [],
      );
    });

    test.each(readdirSync(`${charts}/argo-cd`))(
      'argo-cd %s documents every value that we set, and is what is asked for',
      (number) => {
        const text = readFileSync(`${charts}/argo-cd/${number}/values.yaml`, 'utf8');
        const context = contextFor('gke', { name: 'gitops', version: version(number) });
        const [found] = releases(argocd.plan({}, context));
        const paths = keysOf(found?.values);
        expect(paths.length).toBeGreaterThan(4);
        expect(paths.filter((path) => at(parse(text), ...path) === undefined)).toEqual([]);
        expect(parse(readFileSync(`${charts}/argo-cd/${number}/Chart.yaml`, 'utf8'))).toMatchObject(
          { name: found?.name, version: number },
        );
      },
    );

    test.each(readdirSync(`${charts}/knative-operator`))(
      'knative-operator %s has the version that we ask for in its Chart.yaml',
      (number) => {
        const chart = parse(
          readFileSync(`${charts}/knative-operator/${number}/Chart.yaml`, 'utf8'),
        );
        const [operator] = knative.plan(
          {},
          contextFor('gke', { name: 'knative', version: version('1.23', { chart: `v${number}` }) }),
        );
        expect(at(operator?.manifest.spec, 'forProvider', 'chart', 'version')).toBe(chart.version);
        expect(at(operator?.manifest.spec, 'forProvider', 'values')).toEqual({});
      },
    );
  });

const crdFile = `${crds}/operator.knative.dev_knativeservings.yaml`;
if (existsSync(crdFile))
  describe('the CRD of KnativeServing', () => {
    const schema = strict(schemaOf(parse(readFileSync(crdFile, 'utf8'))));
    // Formats such as int32 are Kubernetes' own.
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

    function serving(home: 'gke' | 'vcluster', domain: string | undefined) {
      const given = domain === undefined ? {} : { domain };
      const context = contextFor(home, { name: 'knative', version: version('1.20') });
      return at(knative.plan(given, context)[2]?.manifest.spec, 'forProvider', 'manifest');
    }

    test.each([
      ['gke', undefined],
      ['gke', 'dev.acme.example'],
      ['vcluster', undefined],
      ['vcluster', 'dev.acme.example'],
    ] as const)('takes ours in %s with domain %s', (home, domain) => {
      validate(serving(home, domain));
      expect(validate.errors).toBeNull();
    });

    test('would notice an unknown field and a version that is a number', () => {
      const { spec } = serving('gke', undefined) as { spec: object };
      expect(validate({ spec: { ...spec, version: 1.2 } })).toBe(false);
      expect(validate({ spec: { ...spec, ingres: {} } })).toBe(false);
    });
  });

function schemaOf(crd: unknown): Json | undefined {
  const versions = at(crd, 'spec', 'versions');
  const served = Array.isArray(versions)
    ? versions.find((v) => at(v, 'name') === 'v1beta1')
    : undefined;
  return at(served, 'schema', 'openAPIV3Schema');
}

/** As a server with strict field validation: unknown fields are errors. */
function strict(schema: Json | undefined): { [key: string]: Json | undefined } {
  if (!isObject(schema)) return {};
  const entries = Object.entries(schema).map(([key, value]): [string, Json | undefined] => {
    if (key === 'properties' && isObject(value)) {
      return [key, Object.fromEntries(Object.entries(value).map(([k, v]) => [k, strict(v)]))];
    }
    return [key, key === 'items' || key === 'additionalProperties' ? strict(value) : value];
  });
  const open = !('properties' in schema) || schema['x-kubernetes-preserve-unknown-fields'] === true;
  // metadata has no schema of its own in a CRD.
  return Object.fromEntries(open ? entries : [...entries, ['additionalProperties', false]]);
}
