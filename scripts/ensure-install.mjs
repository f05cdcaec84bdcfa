// Runs `npm ci` if node_modules is missing or older than the lock file; says nothing if all is well.
// Plain JavaScript for any Node from 18 on: before the install there is only the machine's. After it, a script must
// write `node_modules/.bin/node`: the shell that ran this one has remembered where it found `node`.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Milliseconds, or undefined if there is no such file. */
function changedAt(...path) {
  return statSync(join(root, ...path), { throwIfNoEntry: false })?.mtimeMs;
}

/** Why an install is needed, or undefined. npm writes the hidden lock file last, so a broken-off install has none. */
function reason() {
  const installed = changedAt('node_modules', '.package-lock.json');
  if (installed === undefined) return 'node_modules is missing';
  return installed < changedAt('package-lock.json') ? 'node_modules is older than package-lock.json' : undefined;
}

/** The PATH without node_modules/.bin: the install replaces the `node` in there while it runs. */
function outside(path) {
  const bin = join('node_modules', '.bin');
  return path
    .split(delimiter)
    .filter((folder) => !folder.endsWith(sep + bin))
    .join(delimiter);
}

function install(why) {
  console.log(`${why}: running npm ci, this takes a minute …`);
  const { status, stdout, stderr, error } = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: outside(process.env.PATH ?? '') },
    shell: process.platform === 'win32',
  });
  if (status === 0) return 0;
  console.error(`npm ci failed${error ? `: ${error.message}` : ''}\n${stdout ?? ''}${stderr ?? ''}`);
  return 1;
}

const why = reason();
if (why !== undefined) process.exitCode = install(why);
