/** Programs and sources of the pinned Go modules; programs are built once, into the user's cache. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { go, toolDir } from './go.ts';
import { type Program, type ProgramName, programs } from './programs.ts';
import { run } from './run.ts';

/** The path of a ready program. Takes minutes the first time, and some milliseconds after that. */
export async function ensureBinary(name: ProgramName): Promise<string> {
  const program = programs[name];
  const folder = binaryFolder();
  const path = join(folder, `${name}-${await fingerprint(program)}`);
  if (existsSync(path)) return path;

  await mkdir(folder, { recursive: true });
  // Renamed only when it is whole, so that an interrupted build is never taken for a program.
  const unfinished = `${path}.${process.pid}`;
  const start = Date.now();
  try {
    await build(program, unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  const megabytes = Math.round((await stat(path)).size / 1e6);
  console.log(`built ${name} in ${Math.round((Date.now() - start) / 1000)} s, ${megabytes} MB`);
  return path;
}

async function build(program: Program, to: string): Promise<void> {
  const flags = [`-ldflags=${linkerFlags(program)}`, '-o', to, program.package];
  if (program.addedTo === undefined) {
    await go(program.tool, ['build', ...flags]);
    return;
  }
  const source = await mkdtemp(join(tmpdir(), 'xenvironment-source-'));
  try {
    await cp(await moduleDir(program.tool, program.addedTo), source, { recursive: true });
    // Go's module cache is read-only.
    await run('chmod', ['-R', 'u+w', source]);
    await cp(join(toolDir(program.tool), 'added'), source, { recursive: true });
    await go(program.tool, ['build', '-C', source, ...flags]);
  } finally {
    await rm(source, { recursive: true, force: true });
  }
}

/**
 * The folder of a module's source at the version that a tool pins. CRDs and charts are read there.
 * Downloads it when it is not in Go's module cache yet.
 */
export async function moduleDir(tool: string, module: string): Promise<string> {
  await go(tool, ['mod', 'download', module]);
  return go(tool, ['list', '-m', '-f', '{{.Dir}}', module]);
}

function binaryFolder(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'function-xenvironment', 'bin');
}

function linkerFlags({ variables }: Program): string {
  return ['-s', '-w', ...variables.flatMap((variable) => ['-X', variable])].join(' ');
}

/** Twelve hex digits that change with anything that a built program depends on. */
async function fingerprint(program: Program): Promise<string> {
  const dir = toolDir(program.tool);
  const sources = (await readdir(dir, { recursive: true })).filter((file) => file.endsWith('.go'));
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', ...sources.sort()]) {
    hash.update(await readFile(join(dir, file)));
  }
  hash.update(`${program.package} ${linkerFlags(program)}`);
  return hash.digest('hex').slice(0, 12);
}
