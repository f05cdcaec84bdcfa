// What a person or a CI job sees of xenv: texts, places in files, exit codes.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import type { Json, JsonObject } from '../../src/step.ts';
import { catalogWith, exampleCatalog } from '../support/catalog.ts';
import { answerOf, examples } from '../support/examples.ts';
import { fleet, kubectlYaml } from '../support/fleet.ts';
import { environment } from '../support/world.ts';
import { xenv } from './run.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CATALOG = join(ROOT, 'examples/catalog.yaml');
const NOW = ['--now', '2026-11-22'];
const folder = mkdtempSync(join(tmpdir(), 'xenv-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | JsonObject): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : stringify(content));
  return path;
}

describe('lint', () => {
  test('finds the catalog in a Composition and in an EnvironmentConfig, and says where things stand', async () => {
    const compositions = join(ROOT, 'package/claims/composition.yaml');
    const config = file('config.yaml', {
      apiVersion: 'apiextensions.crossplane.io/v1beta1',
      kind: 'EnvironmentConfig',
      metadata: { name: 'catalog' },
      data: exampleCatalog(),
    });
    for (const path of [CATALOG, compositions, config]) {
      const { code, out } = await xenv('lint', path, ...NOW, '-o', 'json');
      expect(code).toBe(0);
      const { problems } = JSON.parse(out) as { problems: JsonObject[] };
      const [first] = problems;
      const line = readFileSync(path, 'utf8').split('\n')[Number(first?.line) - 1] ?? '';
      expect(first?.path).toBe('components.vcluster.versions[2].deprecated');
      expect(line.slice(Number(first?.column) - 1)).toMatch(/^deprecated: /);
    }
  });

  test('takes together what catalogFrom refers to in the same files', async () => {
    const { components, apiVersion, kind, ...rest } = exampleCatalog();
    const both = file(
      'both.yaml',
      [
        stringify({ apiVersion, kind, ...rest, catalogFrom: { name: 'versions' } }),
        stringify({
          kind: 'EnvironmentConfig',
          metadata: { name: 'versions' },
          data: { components },
        }),
      ].join('---\n'),
    );
    const { code, out } = await xenv('lint', both, ...NOW);
    expect([code, out]).toEqual([0, expect.stringContaining('0 errors, ')]);
    expect(out).toMatch(/both.yaml:\d{3}:\d+: warning: components.vcluster.versions\[2\]/);
    const alone = file('alone.yaml', {
      apiVersion,
      kind,
      ...rest,
      catalogFrom: { name: 'versions' },
    } as JsonObject);
    const missing = await xenv('lint', alone, ...NOW);
    expect([missing.code, missing.out]).toEqual([
      1,
      expect.stringContaining('there is no EnvironmentConfig versions'),
    ]);
  });

  test('an error is 1, a warning only with --strict, and every file that cannot be read is named', async () => {
    const wrong = file(
      'wrong.yaml',
      catalogWith({ 'placement.default.use': 'eks', 'sizes.small.vcluster.cpus': 4 }),
    );
    const { code, out } = await xenv('lint', wrong, ...NOW);
    expect(code).toBe(1);
    expect(out).toContain('placement.default.use: no cluster type "eks"');
    expect(out).toMatch(/wrong.yaml:\d+:\d+: error: sizes.small.vcluster: unknown key "cpus"/);
    expect((await xenv('lint', CATALOG, ...NOW, '--strict')).code).toBe(1);
    expect((await xenv('lint', CATALOG, ...NOW, '--strict', '--days', '1')).code).toBe(0);
    const broken = file('broken.yaml', 'kind: Catalog\nsizes: [\n');
    const empty = file('empty.yaml', 'kind: ConfigMap\n');
    const result = await xenv('lint', broken, join(folder, 'absent.yaml'), CATALOG);
    expect(result.code).toBe(2);
    expect(result.err).toContain('absent.yaml: there is no such file or folder');
    const two = await xenv('lint', broken, empty);
    expect(two.err).toMatch(/broken.yaml:3:1: /);
  });
});

describe('compose', () => {
  const some = examples().filter(({ required }) => required.length === 0);

  test('answers as the function does, for every example in both flavours', async () => {
    for (const example of some) {
      const { composite, observed, catalog, secrets } = example;
      // A cluster whose kubeconfig is not there yet although it is Ready is the one thing that a dump does not show.
      if (observed.length > 0 && secrets.length === 0) continue;
      const name = file('composite.yaml', composite);
      const seen = file('observed.yaml', observed.map((o) => stringify(o)).join('---\n'));
      const input = file('catalog.yaml', catalog);
      const { out, code } = await xenv(
        'compose',
        name,
        '--catalog',
        input,
        '--observed',
        seen,
        ...NOW,
      );
      const documents = parseAllDocuments(out, { version: '1.1' }).map(
        (document) => document.toJS() as Json,
      );
      const expected = answerOf(example);
      expect([example.folder, documents]).toEqual([example.folder, expected]);
      const refused = expected.some((document) => document.severity === 'Fatal');
      expect(code).toBe(refused ? 1 : 0);
    }
    expect(some.length).toBeGreaterThan(20);
  });
});

describe('explain', () => {
  test('gives every rule, and what another purpose, size or type would do', async () => {
    const path = file('checkout.yaml', environment('namespaced', { purpose: 'development' }));
    const { code, out } = await xenv('explain', path, '--catalog', CATALOG, ...NOW);
    expect(code).toBe(0);
    expect(out).toContain('vcluster on dev-1, by the placement rules');
    expect(out).toMatch(/no +production-has-its-own-cluster/);
    expect(out).toMatch(
      /purpose: staging +would choose gke in europe-west1 by rule production-has-its-own-cluster/,
    );
    expect(out).toMatch(/cluster.type: gke +would be refused: /);
  });

  test('a refusal is 1 and told, and a second environment in the file is 2', async () => {
    const wrong = file('wrong-env.yaml', environment('namespaced', { purpose: 'developmnt' }));
    const refused = await xenv('explain', wrong, '--catalog', CATALOG, ...NOW);
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('did you mean')]);
    const two = file(
      'two.yaml',
      `${stringify(environment('namespaced', { purpose: 'sandbox' }))}---\n${stringify(environment('claims', { purpose: 'sandbox' }))}`,
    );
    const result = await xenv('explain', two, '--catalog', CATALOG);
    expect([result.code, result.err]).toEqual([2, expect.stringContaining('has 2 environments')]);
  });
});

describe('plan', () => {
  const dump = file('fleet.yaml', kubectlYaml(fleet(66)));

  test('the same catalog changes nothing new, and is 0', async () => {
    const { code, out } = await xenv(
      ...['plan', '--from', CATALOG, '--to', CATALOG, '--environments', dump, ...NOW, '-o', 'json'],
    );
    expect(code).toBe(0);
    const { environments } = JSON.parse(out) as {
      environments: { findings: { new: boolean }[] }[];
    };
    expect(environments.flatMap((e) => e.findings).filter((finding) => finding.new)).toEqual([]);
  });

  test('somebody who would lose a version is 1, and an invalid catalog is 2 with its place', async () => {
    const to = file(
      'new.yaml',
      catalogWith({ 'components.knative.versions.1.blocked': 'CVE-2026-1' }),
    );
    const plan = ['plan', '--from', CATALOG, '--environments', dump, ...NOW];
    const worse = await xenv(...plan, '--to', to);
    expect([worse.code, worse.out]).toEqual([1, expect.stringContaining('Somebody is worse off')]);
    expect(worse.out).toContain('knative 1.22 is blocked; 1.23 waits until somebody asks for it');
    const invalid = file('invalid.yaml', catalogWith({ 'purposes.staging.size': 'huge' }));
    const result = await xenv(...plan, '--to', invalid);
    expect(result.code).toBe(2);
    expect(result.err).toMatch(/invalid.yaml:\d+:\d+: purposes.staging.size: no size "huge"/);
  });

  test('a dump with syntax errors is 2, with every one of them', async () => {
    mkdirSync(join(folder, 'dumps'));
    file('dumps/a.yaml', 'kind: Environment\nspec: {purpose: [}\n');
    file('dumps/b.yml', 'kind: List\nitems:\n- kind: Environment\n  spec:\n   purpose: "a\n');
    const { code, err } = await xenv(
      ...['plan', '--from', CATALOG, '--to', CATALOG, '--environments', join(folder, 'dumps')],
    );
    expect(code).toBe(2);
    expect(err).toMatch(/a.yaml:2:\d+: /);
    expect(err).toMatch(/b.yml:\d+:\d+: /);
  });
});

test('the program reads standard input, answers help with examples, and tells wrong options with 2', () => {
  const xenvProcess = (input: string, ...arguments_: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'src/cli/xenv.ts'), ...arguments_], {
      input,
      encoding: 'utf8',
    });
  const text = readFileSync(CATALOG, 'utf8');
  expect(xenvProcess(text, 'lint', '-', ...NOW)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('<stdin>:'),
    stderr: '',
  });
  const help = xenvProcess('', 'plan', '--help');
  expect([help.status, help.stdout]).toEqual([0, expect.stringContaining('Examples:')]);
});

test.each([
  [['lint', CATALOG, '--now', 'soon'], 'write a date like 2026-11-22'],
  [['lint', CATALOG, '--days', '-1'], 'whole number of days'],
  [['plan', '--from', CATALOG], 'required option'],
  [['lint', CATALOG, '-o', 'ics'], 'Allowed choices are table, json, markdown'],
  [['lnt'], 'Did you mean lint?'],
])('%j is 2', async (arguments_, message) => {
  const { code, err } = await xenv(...arguments_);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});
