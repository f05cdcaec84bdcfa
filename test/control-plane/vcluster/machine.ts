/** What a container would have to itself and a process takes from the machine: a name, an address, two folders. */
import { lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { relay } from '../bed/relay.ts';

const HOSTS = '/etc/hosts';
/** Ends the lines that are ours; whoever is killed leaves one, and the next takes it away. */
const MARK = '# xenvironment-bed';
const ADDRESS = '127.86.43.1';

/** In the image of vcluster, and compiled into it. */
const FOLDERS = ['/binaries', '/data'] as const;

/** Never skipped in silence: what was not tested is said. */
export function expectRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Error(
    'The real vcluster needs root: a line in /etc/hosts, port 443 of a loopback address, and the ' +
      'paths /binaries and /data. Nothing was tested against it.',
  );
}

/** `folder` has them for as long as the machine has links to it. */
export async function linkFolders(folder: string): Promise<() => Promise<void>> {
  for (const path of FOLDERS) {
    const target = join(folder, path);
    await mkdir(target, { recursive: true });
    if (!(await isFreeForUs(path))) throw new Error(`${path} is there, and not from a bed`);
    await rm(path, { force: true });
    await symlink(target, path);
  }
  return async () => {
    for (const path of FOLDERS) if (await isFreeForUs(path)) await rm(path, { force: true });
  };
}

async function isFreeForUs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return true;
  return found.isSymbolicLink() && (await readlink(path)).includes('/xenvironment-bed-');
}

/** Plays the Service: `name`, on port 443, is this port of 127.0.0.1. */
export async function serve(name: string, port: number): Promise<() => Promise<void>> {
  const service = await relay({ host: ADDRESS, port: 443 }, port);
  await writeHosts(`${ADDRESS} ${name} ${MARK}\n`);
  return async () => {
    service.end();
    await writeHosts('');
  };
}

/** In place, as others may have the file mounted. */
async function writeHosts(line: string): Promise<void> {
  const lines = (await readFile(HOSTS, 'utf8')).split('\n').filter((old) => !old.endsWith(MARK));
  const others = lines.join('\n');
  const separator = others === '' || others.endsWith('\n') ? '' : '\n';
  await writeFile(HOSTS, line === '' ? others : `${others}${separator}${line}`);
}
