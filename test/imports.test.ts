// Imports point one way, and the core knows neither the wire, nor files, nor the clock, nor chance.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../src', import.meta.url));

/** Every source file below src, such as `clusters/gke.ts`. */
const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
  .sort();
const texts = new Map(
  files.map((file) => [file, withoutComments(readFileSync(join(ROOT, file), 'utf8'))]),
);

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
}

/** Everything that is imported or exported from, types too. */
function importsOf(file: string): string[] {
  const text = texts.get(file) ?? '';
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return found.map((path) => (path.startsWith('.') ? join(dirname(file), path) : path));
}

/** Every file that a file imports, directly or not. */
function reachedFrom(file: string, reached: Set<string> = new Set()): Set<string> {
  for (const path of importsOf(file).filter((path) => texts.has(path) && !reached.has(path))) {
    reached.add(path);
    reachedFrom(path, reached);
  }
  return reached;
}

/** Programs read files and clocks; everything else is the core. */
const isProgram = (file: string) => /^(main\.ts|generate[-\w]*\.ts|server\/|cli\/)/.test(file);
const core = files.filter((file) => !isProgram(file));
const OUTER = /^(main|compose)\.ts$|^(server|cli)\//;

test('there are sources to look at', () => {
  expect(files).toEqual(
    expect.arrayContaining(['compose.ts', 'clusters/index.ts', 'server/function.ts']),
  );
  expect(importsOf('compose.ts')).toContain('plan.ts');
  expect(reachedFrom('compose.ts')).toContain('clusters/gke.ts');
});

describe('step ← manifests ← {clusters, tools} ← plan ← compose ← server | cli', () => {
  test.each([
    { from: /^step\.ts$/, never: /./ },
    {
      from: /^(json|problem|schema|spec)\.ts$/,
      never: /^(catalog|manifests|clusters|tools|server|cli)\/|^(context|plan|compose)\.ts$/,
    },
    {
      from: /^catalog\//,
      never: /^(manifests|clusters|tools|server|cli)\/|^(context|plan|compose|main)\.ts$/,
    },
    { from: /^manifests\//, never: /^(clusters|tools|server|cli)\/|^(plan|compose|main)\.ts$/ },
    { from: /^clusters\//, never: /^(tools|server|cli)\/|^(plan|compose|main)\.ts$/ },
    { from: /^tools\//, never: /^(clusters|server|cli)\/|^(plan|compose|main)\.ts$/ },
    { from: /^plan\.ts$/, never: OUTER },
    {
      from: /^(gate|removal|report|survey|versions|placement|environment|protection|remember)\.ts$/,
      never: OUTER,
    },
    { from: /^compose\.ts$/, never: /^(server|cli)\/|^main\.ts$/ },
    { from: /^server\//, never: /^cli\/|^main\.ts$/ },
    { from: /^cli\//, never: /^server\/|^main\.ts$/ },
  ])('$from never leads to $never', ({ from, never }) => {
    const wrong = files
      .filter((file) => from.test(file))
      .flatMap((file) =>
        [...reachedFrom(file)].filter((to) => never.test(to)).map((to) => `${file} → ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  test('nothing imports itself in the end', () => {
    expect(files.filter((file) => reachedFrom(file).has(file))).toEqual([]);
  });

  test('every relative import is there', () => {
    const missing = files.flatMap((file) =>
      importsOf(file)
        .filter((path) => /^[\w-]+(\/[\w-]+)*\.ts$/.test(path) && !texts.has(path))
        .map((path) => `${file} → ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

test('the SDK, gRPC and the logger are imported by server/ and main.ts alone', () => {
  const wire = /^(@crossplane-org\/function-sdk-typescript|@grpc\/|pino|google-protobuf)/;
  const users = files.filter((file) => importsOf(file).some((path) => wire.test(path)));
  expect(users.filter((file) => !/^(main\.ts|server\/)/.test(file))).toEqual([]);
  expect(users).toContain('server/function.ts');
});

describe('the core', () => {
  test('imports nothing of Node but the hash of names', () => {
    const used = core.flatMap((file) =>
      importsOf(file)
        .filter((path) => path.startsWith('node:'))
        .map((path) => `${file}: ${path}`),
    );
    expect(used).toEqual(['manifests/names.ts: node:crypto']);
  });

  test.each([
    { what: 'the clock', pattern: /\bDate\.now\b|new Date\(\s*\)|\bperformance\b|\bTemporal\b/ },
    { what: 'a timer', pattern: /\bset(Timeout|Interval|Immediate)\b/ },
    { what: 'chance', pattern: /Math\.random|randomUUID|randomBytes|getRandomValues/ },
    { what: 'the environment or the process', pattern: /\bprocess\b|import\.meta|\brequire\(/ },
    { what: 'a console', pattern: /\bconsole\b/ },
    { what: 'the network', pattern: /\bfetch\(/ },
    { what: 'the order of a locale', pattern: /localeCompare|toLocale|\bIntl\b/ },
    { what: 'time to wait', pattern: /\basync\b|\bawait\b|\bPromise\b/ },
  ])('does not use $what', ({ pattern }) => {
    const users = core.filter((file) => pattern.test(withoutStrings(texts.get(file) ?? '')));
    expect(users.filter((file) => !isAllowed(file, pattern))).toEqual([]);
  });
});

/** `async: false` tells cel-js that a macro is not. */
function isAllowed(file: string, pattern: RegExp): boolean {
  return (
    file.startsWith('catalog/') &&
    pattern.source.includes('async') &&
    !/\bawait\b/.test(texts.get(file) ?? '')
  );
}

function withoutStrings(text: string): string {
  return text.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{))*`/g, "''");
}
