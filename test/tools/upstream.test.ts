// Every value and field that we set is one that the charts and the operator's CRD know.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { at, isObject, merge } from '../../src/json.ts';
import type { Json, JsonObject, Step } from '../../src/step.ts';
import type { CiBlock } from '../../src/tools/ci/block.ts';
import type { Agent } from '../../src/tools/ci/suffixes.ts';
import { argocd } from '../../src/tools/gitops/argocd.ts';
import { agents } from '../../src/tools/index.ts';
import { knative } from '../../src/tools/knative.ts';
import { contextFor, NODES, version } from './fixture.ts';

const repository = `${import.meta.dirname}/../..`;
const charts = process.env.XENVIRONMENT_CHARTS ?? `${repository}/../shared/charts`;
const crds = process.env.XENVIRONMENT_CRDS ?? `${repository}/../shared/crds`;

/** A block for each agent: what the charts are given most of. */
const BLOCKS: Readonly<Record<Agent, CiBlock>> = {
  github: { url: 'https://github.com/acme', secretRef: { name: 'github-app' } },
  gitlab: { url: 'https://gitlab.com', secretRef: { name: 'gitlab-runner' } },
  tekton: {},
  buildkite: { secretRef: { name: 'buildkite' } },
  // No chart.
  jenkins: {},
};

/** What every agent that is built installs, on a node pool: the most values. */
function ciSteps(number: string): readonly Step[] {
  const context = contextFor('gke', { name: 'ci', version: version(number), nodes: NODES });
  return Object.entries(BLOCKS).flatMap(
    ([agent, block]) =>
      agents[agent as Agent]?.plan({ agent: agent as Agent, ...block }, context) ?? [],
  );
}

function releases(steps: readonly Step[]) {
  return steps
    .filter((step) => step.manifest.kind === 'Release')
    .map((step) => ({
      name: String(at(step.manifest.spec, 'forProvider', 'chart', 'name')),
      values: at(step.manifest.spec, 'forProvider', 'values'),
    }));
}

/** What the charts take as it is: maps of labels, and parts of pods. */
const FREE = ['nodeSelector', 'tolerations', 'spec', 'pod-spec-patch'];

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

/** A chart's schema, without what it refers to on the internet. */
function schemaIn(folder: string): Json | undefined {
  const path = `${folder}/values.schema.json`;
  if (!existsSync(path)) return undefined;
  return offline(JSON.parse(readFileSync(path, 'utf8')) as Json);
}

function offline(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(offline);
  if (!isObject(schema)) return schema;
  if (/^https?:/.test(String(schema.$ref))) return {};
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, offline(value ?? null)]),
  );
}

/** In the chart's schema, which may know more than its values.yaml. */
function declares(schema: Json | undefined, path: readonly string[]): boolean {
  return at(schema, ...path.flatMap((key) => ['properties', key])) !== undefined;
}

/** Of agent-stack-k8s: neither in values.yaml nor in its schema, but in its README and its code (config.go). */
const UNDECLARED = ['config.queue'];

const used = [...new Set(releases(ciSteps('1.0.0')).map(({ name }) => name))];

if (existsSync(charts))
  describe('charts', () => {
    const cases = used.flatMap((chart) =>
      existsSync(`${charts}/${chart}`)
        ? readdirSync(`${charts}/${chart}`).map((number) => [chart, number] as const)
        : [],
    );

    test('every chart of an agent is looked at', () => {
      expect([...new Set(cases.map(([chart]) => chart))]).toEqual(used);
    });

    test.each(cases)('%s %s knows every value that we set', (chart, number) => {
      const folder = `${charts}/${chart}/${number}`;
      const defaults = readFileSync(`${folder}/values.yaml`, 'utf8');
      const schema = schemaIn(folder);
      const found = releases(ciSteps(number)).find(({ name }) => name === chart);
      const paths = keysOf(found?.values).filter((path) => !UNDECLARED.includes(path.join('.')));
      expect(paths.length).toBeGreaterThan(3);
      const unknown = paths.filter((path) => !documents(defaults, path) && !declares(schema, path));
      expect(unknown.map((path) => path.join('.'))).toEqual([]);
    });

    test('the schema of agent-stack-k8s takes our values', () => {
      const folder = `${charts}/agent-stack-k8s/0.47.0`;
      const found = releases(ciSteps('0.47.0')).find(({ name }) => name === 'agent-stack-k8s');
      const { $schema: _, ...schema } = schemaIn(folder) as { $schema: Json };
      const validate = new Ajv({ strict: false }).compile(schema);
      const defaults = parse(readFileSync(`${folder}/values.yaml`, 'utf8')) as JsonObject;
      const given = merge(defaults, found?.values as JsonObject);
      validate(given);
      expect(validate.errors).toBeNull();
      expect(validate(merge(given, { config: { 'max-in-flight': '5' } }))).toBe(false);
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

const tektonFile = `${crds}/operator.tekton.dev_tektonconfigs.yaml`;
if (existsSync(tektonFile))
  test('the CRD of TektonConfig takes ours, on a node pool and elsewhere', () => {
    const crd = parse(readFileSync(tektonFile, 'utf8'));
    const schema = strict(schemaOf(crd, 'v1alpha1'));
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    for (const nodes of [NODES, undefined]) {
      const context = contextFor('gke', {
        name: 'ci',
        version: version('0.81.1'),
        ...(nodes === undefined ? {} : { nodes }),
      });
      const steps = agents.tekton?.plan({ agent: 'tekton' }, context) ?? [];
      const config = at(steps.at(-1)?.manifest.spec, 'forProvider', 'manifest') as JsonObject;
      validate(config);
      expect(validate.errors).toBeNull();
      expect(validate({ ...config, spec: { profil: 'basic' } })).toBe(false);
    }
  });

function schemaOf(crd: unknown, version = 'v1beta1'): Json | undefined {
  const versions = at(crd, 'spec', 'versions');
  const served = Array.isArray(versions)
    ? versions.find((v) => at(v, 'name') === version)
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
