// npm run measure [-- COUNT]: how long `xenv plan` takes over a made-up fleet, and how much memory (Linux).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { catalogWith } from '../support/catalog.ts';
import { fleet, kubectlJson, kubectlYaml } from '../support/fleet.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COUNT = Number(process.argv[2] ?? 5000);
const EVERY_MS = 20;

interface Measured {
  readonly seconds: number;
  /** Peak resident set of the process with its threads, in megabytes. */
  readonly megabytes: number;
  readonly conclusion: string;
}

function measured(arguments_: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/xenv.ts'), ...arguments_], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peak = 0;
  let last = '';
  const timer = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, EVERY_MS);
  child.stdout.on('data', (data: Buffer) => {
    last = `${last}${data.toString()}`.slice(-300);
  });
  return new Promise((resolve) => {
    child.on('close', () => {
      clearInterval(timer);
      const [counts = ''] = last.trimEnd().split('\n').slice(-2);
      resolve({
        seconds: (performance.now() - started) / 1000,
        megabytes: peak,
        conclusion: counts,
      });
    });
  });
}

function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    // It has just ended.
    return 0;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'xenv-'));
try {
  const resources = fleet(COUNT);
  const to = join(folder, 'new.yaml');
  writeFileSync(
    to,
    stringify(catalogWith({ 'components.knative.versions.1.blocked': 'CVE-2026-1' })),
  );
  for (const [name, print] of [
    ['fleet.yaml', kubectlYaml],
    ['fleet.json', kubectlJson],
  ] as const) {
    const file = join(folder, name);
    writeFileSync(file, print(resources));
    const from = join(ROOT, 'examples/catalog.yaml');
    const plan = ['plan', '--from', from, '--to', to, '--environments', file];
    const { seconds, megabytes, conclusion } = await measured([...plan, '--now', '2026-11-22']);
    const size = Math.round(statSync(file).size / 1e6);
    process.stdout.write(
      `${name}: ${resources.length} resources, ${size} MB: ${seconds.toFixed(1)} s, ${Math.round(megabytes)} MB, ${availableParallelism()} processors\n  ${conclusion}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
