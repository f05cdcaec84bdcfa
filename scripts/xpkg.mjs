// The packages, out of an image that is a tarball already: no container engine is asked for anything.
//
//   node scripts/xpkg.mjs dist/runtime-amd64.tar dist/function-amd64.xpkg     the function's package, with that image
//   CROSSPLANE names the Crossplane command line (default: crossplane)
//
// The tarball is what `docker save`, `docker buildx build --output type=docker,dest=…`, `crane pull` or `skopeo copy` write.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [image, out] = process.argv.slice(2);
if (image === undefined || out === undefined) {
  console.error('usage: node scripts/xpkg.mjs IMAGE.tar OUT.xpkg');
  process.exit(2);
}

const root = fileURLToPath(new URL('..', import.meta.url));
// The package builder takes every YAML file below its root: so it gets a folder with just these.
const folder = mkdtempSync(join(tmpdir(), 'function-xenvironment-package-'));
try {
  cpSync(join(root, 'crossplane.yaml'), join(folder, 'crossplane.yaml'));
  cpSync(join(root, 'package/input'), join(folder, 'input'), { recursive: true });
  const { status, error } = spawnSync(
    process.env.CROSSPLANE ?? 'crossplane',
    [
      ...['xpkg', 'build', '--package-root', folder, '--examples-root', join(folder, 'none')],
      `--embed-runtime-image-tarball=${resolve(image)}`,
      `--package-file=${resolve(out)}`,
    ],
    { stdio: 'inherit' },
  );
  if (error !== undefined) console.error(`the Crossplane command line: ${error.message}`);
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
