// npm run bench: how fast the function answers, beside the same work on the SDK's server, and beside no work at all.
// Writes docs/benchmarks.md and its chart. Flags: --rounds N, --seconds S, --only NAME, --no-write.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { imageOf } from '../test/support/image.ts';
import { type Workload, workloads } from './fixtures.ts';
import { ADDRESS, load, machine, median, processorMs, residentMb, start } from './measure.ts';
import { type Cell, type Figures, type Memory, page, table } from './page.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOW = '2026-11-22T00:00:00Z';
const IN_FLIGHT = [1, 8, 32] as const;
const MANY_CALLS = 50_000;
const COLD_STARTS = 7;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
    write: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const node = process.execPath;
const inFolder = (name: string) => join(folder, name);

function build(): void {
  const bundle = (entry: string, name: string) =>
    execFileSync(
      join(ROOT, 'node_modules/.bin/esbuild'),
      [
        ...[join(ROOT, entry), '--bundle', '--platform=node', '--target=node24', '--format=cjs'],
        ...['--log-level=error', `--outfile=${inFolder(name)}`],
      ],
      { stdio: 'inherit' },
    );
  // What the image has, with its source map and licenses.
  execFileSync(node, ['scripts/build.mjs', `${inFolder('dist')}/`], { cwd: ROOT, stdio: 'ignore' });
  for (const server of ['echo', 'sdk-releases', 'codec-releases', 'sdk-environments'])
    bundle(`bench/servers/${server}.ts`, `${server}.js`);
  execFileSync('go', ['build', '-o', inFolder('load'), '.'], {
    cwd: join(ROOT, 'bench/load'),
    stdio: 'inherit',
  });
}

const ASKED = ['--insecure', '--address', ADDRESS, '--now', NOW];
/** As every server here: with the defaults of Node and of the C library. */
const function_ = [node, inFolder('dist/main.cjs'), ...ASKED];
const image = imageOf(inFolder('dist/'));
/** Less memory, and less speed. */
const asInTheImage = ['env', ...image.variables, node, ...image.arguments, ...ASKED];
const server = (name: string) => (workload: string) => [
  ...[node, inFolder(`${name}.js`), ADDRESS, inFolder(`${workload}.answer`), NOW],
];

interface Contender {
  readonly name: Cell['server'];
  readonly command: (workload: string) => readonly string[];
  readonly flags: readonly string[];
}

function contenders({ of }: Workload): Contender[] {
  const limit: Contender = { name: 'limit', command: server('echo'), flags: [] };
  if (of === 'releases')
    return [
      limit,
      { name: 'sdk', command: server('sdk-releases'), flags: [] },
      { name: 'new', command: server('codec-releases'), flags: [] },
    ];
  return [
    limit,
    { name: 'sdk', command: server('sdk-environments'), flags: [] },
    { name: 'new', command: () => function_, flags: ['-unique'] },
    { name: 'same', command: () => function_, flags: [] },
  ];
}

function writeMessages({ name, messages }: Workload): void {
  const parts = messages.flatMap((message) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    return [length, message];
  });
  writeFileSync(inFolder(name), Buffer.concat(parts));
}

/** For the limit, an answer of the size that the function gives. */
async function answerSize(workload: Workload): Promise<number> {
  const [, , ours] = contenders(workload);
  if (ours === undefined) return 0;
  const started = await start(ours.command(workload.name));
  const { bytes } = await load(inFolder('load'), [
    '-requests',
    inFolder(workload.name),
    '-calls',
    '1',
  ]);
  await started.stop();
  writeFileSync(inFolder(`${workload.name}.answer`), Buffer.alloc(bytes));
  return bytes;
}

async function measured(workload: Workload, contender: Contender): Promise<Cell[]> {
  const started = await start(contender.command(workload.name));
  const { pid } = started.process;
  const go = (inFlight: number, seconds: number) =>
    load(inFolder('load'), [
      ...['-requests', inFolder(workload.name), ...contender.flags],
      ...['-in-flight', String(inFlight), '-seconds', String(seconds)],
    ]);
  await go(8, 1.5 * Number(flags.seconds));
  const cells: Cell[] = [];
  for (const inFlight of IN_FLIGHT) {
    const [cpu, all] = [processorMs(pid), machine()];
    const got = await go(inFlight, Number(flags.seconds));
    const used = processorMs(pid) - cpu;
    const now = machine();
    const wall = (got.calls / got.perSecond) * 1000;
    cells.push({
      workload: workload.name,
      server: contender.name,
      inFlight,
      perSecond: got.perSecond,
      p50: got.p50,
      p99: got.p99,
      processorMs: used / got.calls,
      client: got.client,
      others: Math.max(0, (now.busy - all.busy - used) / wall - got.client),
    });
  }
  await started.stop();
  return cells;
}

function mediansOf(cells: readonly Cell[]): Cell[] {
  const groups = Map.groupBy(cells, (c) => `${c.workload} ${c.server} ${c.inFlight}`);
  return [...groups.values()].map((group) => {
    const [first] = group as [Cell];
    const of = (key: 'perSecond' | 'p50' | 'p99' | 'processorMs' | 'client' | 'others') =>
      median(group.map((cell) => cell[key]));
    return {
      ...first,
      perSecond: of('perSecond'),
      p50: of('p50'),
      p99: of('p99'),
      processorMs: of('processorMs'),
      client: of('client'),
      others: of('others'),
    };
  });
}

async function memory(workload: Workload, command: readonly string[]): Promise<Memory> {
  const started = await start(command);
  const { pid } = started.process;
  const idle = residentMb(pid);
  const under: number[] = [];
  const speeds: number[] = [];
  for (let i = 0; i < 5; i++) {
    const { perSecond } = await load(inFolder('load'), [
      ...['-requests', inFolder(workload.name), '-unique', '-in-flight', '8'],
      ...['-calls', String(MANY_CALLS / 5)],
    ]);
    under.push(residentMb(pid));
    speeds.push(perSecond);
  }
  await started.stop();
  return { idle, under, perSecond: median(speeds) };
}

/** Milliseconds from the start of the process to its first answer. */
async function firstAnswer(workload: Workload): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < COLD_STARTS; i++) {
    const before = performance.now();
    const started = await start(asInTheImage, 'all');
    await load(inFolder('load'), ['-requests', inFolder(workload.name), '-calls', '1']);
    times.push(performance.now() - before);
    await started.stop();
  }
  return median(times);
}

async function main(): Promise<void> {
  build();
  const works: Workload[] = [];
  const sizes: Figures['workloads'][number][] = [];
  for await (const work of workloads()) {
    if (flags.only !== undefined && !work.name.includes(flags.only)) continue;
    works.push(work);
    writeMessages(work);
    const request = median(work.messages.map((message) => message.length));
    sizes.push({ name: work.name, what: work.what, request, answer: await answerSize(work) });
  }
  const cells: Cell[] = [];
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const work of works)
      for (const contender of contenders(work)) {
        cells.push(...(await measured(work, contender)));
        process.stderr.write('.');
      }
  process.stderr.write('\n');
  const settled = works.find(({ name }) => name === 'vcluster-settled') ?? works[0];
  if (settled === undefined) throw new Error(`no workload is called ${flags.only}`);
  const figures: Figures = {
    workloads: sizes,
    cells: mediansOf(cells),
    rounds: Number(flags.rounds),
    memory: {
      calls: MANY_CALLS,
      flags: [...image.arguments.filter((each) => each.startsWith('--')), ...image.variables],
      image: await memory(settled, asInTheImage),
      defaults: await memory(settled, function_),
    },
    firstAnswerMs: await firstAnswer(settled),
  };
  process.stdout.write(`${table(figures)}\n`);
  if (!flags.write) return;
  const { text, chart } = page(figures);
  writeFileSync(join(ROOT, 'docs/benchmarks.md'), text);
  writeFileSync(join(ROOT, 'docs/benchmarks.svg'), chart);
}

await main();
