// npm run build: the bundle runs alone, soon has its first answer, and comes with the licenses of what is in it.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { at } from '../src/json.ts';
import { caller } from './server/running.ts';
import { imageOf } from './support/image.ts';
import { place } from './support/play.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
let out: string;
beforeAll(() => {
  out = `${mkdtempSync(join(tmpdir(), 'function-xenvironment-build-'))}/`;
  const built = spawnSync(process.execPath, ['scripts/build.mjs', out], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(built.stderr).toBe('');
  expect(built.status).toBe(0);
}, 60_000);
afterAll(() => rmSync(out, { recursive: true }));

const read = (file: string) => readFileSync(join(out, file), 'utf8');

test('makes what the image takes, and the Dockerfile takes nothing else', () => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' ').flatMap((file) => (file.startsWith('dist/') ? [file.slice(5)] : [])),
  );
  expect([...copied].sort()).toEqual(readdirSync(out).sort());
  for (const file of copied) expect(ignored).toContain(`!dist/${file}\n`);
});

test('the bundle runs without node_modules, and soon has its first answer', async () => {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) times.push(await firstAnswer());
  console.log(`first answer after ${times.map((time) => `${time.toFixed(0)} ms`).join(', ')}`);
  // Some 200 ms on a quiet machine; this is about a bundle that loads what it should not.
  expect(Math.min(...times)).toBeLessThan(2_000);
});

/** Milliseconds from the start of the process. */
async function firstAnswer(): Promise<number> {
  const request = place('namespaced', { purpose: 'development' }).request();
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [...imageOf(out).arguments, '--insecure', '--address', '127.0.0.1:0'],
    {
      cwd: out,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const [line] = await once(createInterface(child.stdout), 'line');
    const { conditions } = await caller(JSON.parse(line).port).call(request);
    const time = performance.now() - begun;
    expect(conditions).toHaveLength(4);
    return time;
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}

test('the bundle is ASCII: with one other character Node would keep two bytes for each', () => {
  expect(/[^\0-\x7f]/.exec(read('main.cjs'))?.[0]).toBeUndefined();
});

test('the license of every package in the bundle is there, and is one that may be handed on', () => {
  const titles = [...read('THIRD-PARTY-LICENSES.txt').matchAll(/^(\S+) (\S+) \((.*)\)\n=+$/gm)];
  const packages = titles.map(([, name]) => name);
  expect(packages).toEqual(expect.arrayContaining(['@grpc/grpc-js', 'prom-client', 'zod']));
  const licenses = new Set(titles.map(([, , , license = '']) => license));
  const known = /^\(?(Apache-2\.0|MIT|ISC|0BSD|BSD-[23]-Clause|BlueOak-1\.0\.0)\b/;
  expect([...licenses].filter((license) => !known.test(license))).toEqual([]);
});

test('the list of what is in it has the same packages, and says where they are from', () => {
  const { bomFormat, metadata, components } = JSON.parse(read('sbom.cdx.json'));
  expect([bomFormat, metadata.component.name]).toEqual(['CycloneDX', 'function-xenvironment']);
  const licensed = [...read('THIRD-PARTY-LICENSES.txt').matchAll(/^(\S+) (\S+) \(.*\)\n=+$/gm)];
  const listed = components.map((each: { 'bom-ref': string }) => each['bom-ref']);
  expect([...listed].sort()).toEqual(
    licensed.map(([, name, version]) => `${name}@${version}`).sort(),
  );
  for (const { purl, hashes } of components) {
    expect(purl).toMatch(/^pkg:npm\//);
    expect(hashes).not.toEqual([]);
  }
});

test('the manifests for Crossplane agree with the flags and the limits', () => {
  const [document] = parseAllDocuments(
    readFileSync(join(ROOT, 'package/runtime/deployment-runtime-config.yaml'), 'utf8'),
  );
  const pod = at(document?.toJS(), 'spec', 'deploymentTemplate', 'spec', 'template', 'spec');
  const container = at(pod, 'containers', 0);
  const options = String(at(container, 'env', 0, 'value'));
  const given = [options, ...imageOf(out).arguments].join(' ');
  const megabytes = (flag: string) => Number(new RegExp(`--${flag}=(\\d+)`).exec(given)?.[1]);
  const limit = Number.parseInt(String(at(container, 'resources', 'limits', 'memory')), 10);
  // Three semi-spaces at worst; and the code, the buffers of requests and V8 itself need some.
  expect(megabytes('max-old-space-size') + 3 * megabytes('max-semi-space-size')).toBeLessThan(
    limit - 50,
  );
  const { status } = spawnSync(process.execPath, ['-e', ''], { env: { NODE_OPTIONS: options } });
  expect(status).toBe(0);
  expect(at(container, 'readinessProbe', 'httpGet')).toEqual({ path: '/readyz', port: 8080 });
});
