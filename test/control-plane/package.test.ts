/** The packages, built by the real command line without a container engine, and the manifests to run them with. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ensureBinary } from './binaries.ts';
import { moduleCrds } from './crds.ts';
import { validate } from './crossplane.ts';
import { run } from './run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'function-xenvironment-package-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('an image’s tarball becomes a Function package with the image in it', async () => {
  const image = imageTarball();
  const out = join(folder, 'function.xpkg');
  const built = await run(process.execPath, ['scripts/xpkg.mjs', image, out], {
    cwd: root,
    env: { CROSSPLANE: await ensureBinary('crossplane') },
  });
  expect(built).toMatchObject({ code: 0 });
  const kinds = packageYaml(out).map((document) => [document.kind, document.metadata.name]);
  expect(kinds).toEqual([
    ['Function', 'function-xenvironment'],
    ['CustomResourceDefinition', 'catalogs.xenvironment.fn.crossplane.io'],
  ]);
  // What was the image's own is the package's too: the entry point, and the layer with the program.
  const config = configOf(out);
  expect(config.config.Entrypoint).toEqual(['/nodejs/bin/node', '/function/main.cjs']);
  expect(config.rootfs.diff_ids.length).toBeGreaterThan(1);
  expect(config.architecture).toBe('arm64');
});

test.each(['claims', 'namespaced'])('the Configuration %s is a package', async (flavour) => {
  const out = join(folder, `${flavour}.xpkg`);
  const args = ['xpkg', 'build', '-f', `package/${flavour}`, '-e', 'dist/none', '-o', out];
  const built = await run(await ensureBinary('crossplane'), args, { cwd: root });
  expect(built).toMatchObject({ code: 0 });
  expect(packageYaml(out).map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['Configuration', 'CompositeResourceDefinition', 'Composition']),
  );
});

test('the manifests in package/runtime are valid', async () => {
  const manifests = join(root, 'package/runtime');
  const [core = ''] = await moduleCrds();
  const { valid, problems } = await validate([core], manifests);
  expect(problems).toEqual([]);
  expect(valid).toBe(readdirSync(manifests).length);
});

/** One layer and no base: enough to be an image, not to be run. Of an architecture that this machine need not have. */
function imageTarball(): string {
  const layer = join(folder, 'layer');
  mkdirSync(join(layer, 'function'), { recursive: true });
  writeFileSync(join(layer, 'function/main.cjs'), 'console.log("a stand-in");\n');
  tar(join(folder, 'layer.tar'), layer, ['function']);
  const digest = execFileSync('sha256sum', [join(folder, 'layer.tar')], { encoding: 'utf8' });
  const config = {
    architecture: 'arm64',
    os: 'linux',
    config: { Entrypoint: ['/nodejs/bin/node', '/function/main.cjs'], User: '65532' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest.slice(0, 64)}`] },
  };
  const manifest = [{ Config: 'config.json', RepoTags: ['function:test'], Layers: ['layer.tar'] }];
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const out = join(folder, 'image.tar');
  tar(out, folder, ['manifest.json', 'config.json', 'layer.tar']);
  return out;
}

function tar(out: string, from: string, files: readonly string[]): void {
  execFileSync('tar', ['-C', from, '-cf', out, ...files]);
}

/** A file of a tarball; undefined: it is not in it. */
function fileOf(archive: string, name: string): Buffer | undefined {
  try {
    return execFileSync('tar', ['-xOf', archive, name], { stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return undefined;
  }
}

function configOf(xpkg: string) {
  const [{ Config }] = JSON.parse(String(fileOf(xpkg, 'manifest.json')));
  return JSON.parse(String(fileOf(xpkg, Config)));
}

/** The documents of package.yaml, in the one layer that has it. */
function packageYaml(xpkg: string) {
  const [{ Layers }] = JSON.parse(String(fileOf(xpkg, 'manifest.json')));
  for (const [i, layer] of Layers.entries()) {
    const path = join(folder, `package-${i}.tar`);
    const bytes = fileOf(xpkg, layer) ?? Buffer.alloc(0);
    writeFileSync(path, bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
    const text = fileOf(path, 'package.yaml');
    if (text !== undefined)
      return parseAllDocuments(String(text)).flatMap((each) => each.toJS() ?? []);
  }
  throw new Error(`${xpkg} has no package.yaml`);
}
