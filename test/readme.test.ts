// The README names what there is: scripts, files, reasons, tools; what it calls unbuilt is; the reference page is current.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { catalogOf } from '../src/catalog/parse.ts';
import { COMPONENTS } from '../src/catalog/schema.ts';
import { clusters } from '../src/clusters/index.ts';
import { CONDITION_TYPES } from '../src/composite.ts';
import { documentation, outdated } from '../src/generate.ts';
import { at, isObject } from '../src/json.ts';
import { REASONS } from '../src/problem.ts';
import { AGENTS, ENGINES, specSchema, specShape } from '../src/spec.ts';
import type { JsonObject } from '../src/step.ts';
import { agents, engines } from '../src/tools/index.ts';
import { place } from './support/play.ts';
import type { World } from './support/world.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...globSync('docs/**/*.md', { cwd: ROOT }),
];
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const readme = read('README.md');

/** The text of the fenced blocks of a language. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , content = '']) => content);
}

/** From a heading to the next one of its level or above. */
function section(title: string): string {
  const start = readme.search(new RegExp(`^#+ ${title}$`, 'm'));
  expect(start, `a heading "${title}"`).toBeGreaterThan(-1);
  const [heading = ''] = /^#+/.exec(readme.slice(start)) ?? [];
  const rest = readme.slice(start + heading.length);
  const end = rest.search(new RegExp(`^#{1,${heading.length}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}

/** The first cells of the rows of tables, without backticks. */
function firstCells(text: string): string[] {
  return [...text.matchAll(/^\| ([^|]*[^|\s]) \|/gm)].map(([, cell = '']) =>
    cell.replaceAll('`', ''),
  );
}

describe.each(PAGES)('%s', (path) => {
  const page = read(path);

  test('links to files and headings that are there', () => {
    const prose = page.replaceAll(/^```.*?^```$/gms, '');
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file = '', heading] = link.split('#');
        const target = file === '' ? path : join(dirname(path), file);
        if (!existsSync(join(ROOT, target))) return true;
        return heading !== undefined && !anchors(read(target)).includes(heading);
      });
    expect(broken).toEqual([]);
  });

  test('names scripts that package.json has', () => {
    const scripts = Object.keys(parse(read('package.json')).scripts);
    const named = [...page.matchAll(/npm run ([a-z][a-z:-]*)|npm (test|start)\b/g)].map(
      ([, run, short]) => run ?? short,
    );
    expect(named.filter((name) => !scripts.includes(name ?? ''))).toEqual([]);
  });

  test('has shell lines that parse, with files that are there', () => {
    for (const script of blocks(page, 'sh')) {
      const words = script.replaceAll(/#.*$/gm, '').split(/\s+/);
      const files = words.filter((word) => /^(examples|package|src|docs|test)\//.test(word));
      expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
      expect(spawnSync('bash', ['-n', '-c', script], { encoding: 'utf8' }).stderr).toBe('');
    }
  });

  test('has YAML that parses', () => {
    for (const block of blocks(page, 'yaml')) {
      for (const document of parseAllDocuments(block)) expect(document.errors, block).toEqual([]);
    }
  });

  test('is of nobody’s machine', () => {
    expect(page).not.toMatch(/\/(root|home|Users)\//);
  });
});

/** The anchors that a page's headings get. */
function anchors(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('the reference page is current (else: npm run generate)', () => {
  expect(outdated(documentation())).toEqual([]);
});

test('the reference page has every key of the catalog', () => {
  const page = [...documentation().values()].join('');
  const crd = parse(read('package/input/catalog.yaml'));
  const all = keysOf(at(crd, 'spec', 'versions', 0, 'schema', 'openAPIV3Schema'));
  expect(all.length).toBeGreaterThan(COMPONENTS.length);
  expect(all.filter((key) => !new RegExp(`[\`.]${key}(\\[\\])?[\`.]`).test(page))).toEqual([]);
});

function keysOf(schema: unknown): string[] {
  if (!isObject(schema)) return [];
  const { properties, items, additionalProperties } = schema;
  const inside = Object.entries(isObject(properties) ? properties : {});
  return [
    ...inside.flatMap(([key, value]) => [key, ...keysOf(value)]),
    ...keysOf(items),
    ...keysOf(additionalProperties),
  ];
}

test('every reason of a refusal has its row, in the order that decides', () => {
  expect(firstCells(section('When it is refused'))).toEqual(['reason', ...REASONS]);
});

test('every condition has its row', () => {
  expect(firstCells(section('Reading the status'))).toEqual(
    expect.arrayContaining([...CONDITION_TYPES]),
  );
});

describe('the tables of cluster kinds and tools', () => {
  const tables = section('Cluster kinds and tools');
  const rows = firstCells(tables);
  const [, notBuilt = ''] = /^Not built: (.*)$/m.exec(tables) ?? [];

  test('have a row for every cluster kind', () => {
    expect(rows).toEqual(expect.arrayContaining(Object.keys(clusters)));
  });

  test('have a row for every tool, and for nothing else', () => {
    const registered = [
      'knative',
      ...Object.keys(agents).map((agent) => `ci with agent: ${agent}`),
      ...Object.keys(engines).map((engine) => `gitops with engine: ${engine}`),
    ];
    const tools = rows.filter((row) => /^(knative|ci|gitops)\b/.test(row));
    expect([...tools].sort()).toEqual(registered.sort());
    expect(rows.filter((row) => row.startsWith('extra'))).toHaveLength(1);
  });

  test('name what is not built, and only that', () => {
    const missing = [...AGENTS, ...ENGINES].filter(
      (name) => !Object.keys({ ...agents, ...engines }).includes(name),
    );
    for (const name of [...AGENTS, ...ENGINES]) {
      expect(notBuilt.includes(`\`${name}\``), name).toBe(missing.includes(name));
    }
  });
});

test('the example of the spec has no unknown field', () => {
  const [spec] = blocks(section('The spec'), 'yaml');
  const { writeConnectionSecretToRef: _, ...ours } = parse(spec ?? '').spec;
  expect(specSchema.safeParse(ours).error?.issues ?? []).toEqual([]);
  // At its top spec may have keys of others.
  expect(Object.keys(specShape)).toEqual(expect.arrayContaining(Object.keys(ours)));
});

test('the short catalog is a valid one, and the waiver fits it', () => {
  const [short = '', waivers = ''] = [
    ...blocks(section('The catalog'), 'yaml'),
    ...blocks(section('The life of a version'), 'yaml'),
  ];
  expect(() => catalogOf({ ...parse(short), ...parse(waivers) })).not.toThrow();
});

test('what the first page promises of three lines comes of them', async () => {
  const [text = ''] = blocks(section('Try it'), 'text');
  const [claim = ''] = blocks(section('Try it'), 'yaml');
  const self = place('namespaced', parse(claim).spec);
  const passes = await self.settle();
  const created = passes.map((p, i) => [i + 1, p.created.join(', ')] as const);
  for (const [pass, names] of created.filter(([, names]) => names !== '')) {
    expect(text).toContain(`pass ${String(pass).padStart(2)}  creates ${names}\n`);
  }
  const [, shown = ''] = /\n\n(.*?)\nAccepted/s.exec(text) ?? [];
  const { status } = self.composite;
  for (const [key, value] of Object.entries(parse(shown) as JsonObject)) {
    expect(at(status, key)).toEqual(isObject(value) ? expect.objectContaining(value) : value);
  }
});

const DEVELOPMENT = { purpose: 'development' };

interface Unbuilt {
  readonly row: string;
  readonly spec: JsonObject;
}

const UNBUILT: readonly Unbuilt[] = [
  { row: 'suspended: true', spec: { suspended: true } },
  { row: 'cluster.moveFrom', spec: { cluster: { moveFrom: 'somewhere-else' } } },
];

test('the limits name what is not built, and nothing else', () => {
  expect(firstCells(section('Limits'))).toEqual(['field', ...UNBUILT.map(({ row }) => row)]);
});

test.each(UNBUILT)('what the limits call not built is refused: $row', async ({ spec }) => {
  const self = place('namespaced', { ...DEVELOPMENT, ...spec });
  expect(await refusal(self)).toBe('NotImplemented');
});

async function refusal(self: World): Promise<string | undefined> {
  const { response } = await self.pass();
  return response.conditions.find(({ type }) => type === 'Accepted')?.reason;
}
