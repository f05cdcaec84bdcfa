// The figures as a table, a page for the docs, and a chart.
import { arch, cpus } from 'node:os';

export interface Cell {
  readonly workload: string;
  /** No work at all; the SDK's server; ours with no two requests alike; ours with requests that come again. */
  readonly server: 'limit' | 'sdk' | 'new' | 'same';
  readonly inFlight: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the server, for a call. */
  readonly processorMs: number;
  /** Shares of a core: of the load client, and of whatever else ran on the machine. */
  readonly client: number;
  readonly others: number;
}

export interface Figures {
  readonly workloads: readonly {
    readonly name: string;
    readonly what: string;
    /** Bytes. */
    readonly request: number;
    readonly answer: number;
  }[];
  readonly cells: readonly Cell[];
  readonly rounds: number;
  readonly memory: {
    readonly calls: number;
    /** Of Node and of the C library, in the image. */
    readonly flags: readonly string[];
    readonly image: Memory;
    readonly defaults: Memory;
  };
  readonly firstAnswerMs: number;
}

/** Megabytes resident. */
export interface Memory {
  readonly idle: number;
  /** After each fifth of the calls. */
  readonly under: readonly number[];
  /** Calls, meanwhile. */
  readonly perSecond: number;
}

const SERVERS = { limit: 'no work', sdk: 'SDK', new: 'ours', same: 'ours, again' } as const;

function cellOf({ cells }: Figures, workload: string, server: string, inFlight: number) {
  return cells.find(
    (cell) => cell.workload === workload && cell.server === server && cell.inFlight === inFlight,
  );
}

/** How many times the SDK's calls a second, and how many times less processor time. */
function ratios(
  figures: Figures,
  cell: Cell,
): { readonly rate: number; readonly processor: number } {
  const sdk = cellOf(figures, cell.workload, 'sdk', cell.inFlight);
  if (sdk === undefined) return { rate: Number.NaN, processor: Number.NaN };
  return {
    rate: cell.perSecond / sdk.perSecond,
    processor: sdk.processorMs / cell.processorMs,
  };
}

export function table(figures: Figures): string {
  const rows = figures.cells.map((cell) => {
    const { rate, processor } = ratios(figures, cell);
    const limit = cellOf(figures, cell.workload, 'limit', cell.inFlight)?.perSecond ?? Number.NaN;
    return [
      figures.workloads.find(({ name }) => name === cell.workload)?.what ?? cell.workload,
      SERVERS[cell.server],
      String(cell.inFlight),
      cell.perSecond.toFixed(0),
      rate.toFixed(2),
      processor.toFixed(2),
      (cell.perSecond / limit).toFixed(2),
      `${cell.p50.toFixed(2)} / ${cell.p99.toFixed(1)}`,
      cell.processorMs.toFixed(3),
      cell.client.toFixed(2),
      cell.others.toFixed(2),
    ];
  });
  const head = [
    'work',
    'server',
    'in flight',
    'calls/s',
    '× SDK',
    '× SDK by processor time',
    '× no work',
    'p50 / p99 ms',
    'server ms/call',
    'client cores',
    'others cores',
  ];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The figures that are looked at first: 8 in flight. */
function summary(figures: Figures): string {
  const rows = figures.workloads.map(({ name, what, request, answer }) => {
    const cell = (server: Cell['server']) => cellOf(figures, name, server, 8);
    const ratio = (server: Cell['server']) => {
      const found = cell(server);
      if (found === undefined) return '';
      const { rate, processor } = ratios(figures, found);
      return `${rate.toFixed(1)} (${processor.toFixed(1)})`;
    };
    const sizes = [request, answer].map((bytes) => `${(bytes / 1000).toFixed(1)} kB`);
    const sdk = (cell('sdk')?.perSecond ?? Number.NaN).toFixed(0);
    return [what, ...sizes, sdk, ratio('new'), ratio('same'), ratio('limit')];
  });
  const head = ['work', 'request', 'answer', 'SDK, calls/s', 'ours', 'ours, again', 'no work'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function memoryCells({ idle, under, perSecond }: Memory): string {
  return `${idle} | ${under.join(', ')} | ${perSecond.toFixed(0)}`;
}

export function page(figures: Figures): { readonly text: string; readonly chart: string } {
  const { memory, firstAnswerMs, rounds, cells } = figures;
  const others = Math.max(...cells.map((cell) => cell.others));
  const text = `# Benchmarks

\`npm run bench\` writes this page: it needs Linux with two cores, Node and Go. Absolute figures are of one machine and one hour; **ratios are what counts**.

![Calls a second as a multiple of the SDK's own server](benchmarks.svg)

Calls a second with 8 in flight, as a multiple of the same work on the SDK's own \`serve\` with its helpers; in brackets the same by the server's processor time, which other programs on the machine disturb less.

${summary(figures)}

* **ours**: no two requests are alike, so nothing is known. **ours, again**: 48 environments (6 of the large ones), each asked about again and again: their answers are kept.
* **no work**: grpc-js with the same service, answering as many bytes as we do, without looking at the request. Nothing on grpc-js can be faster.
* The twelve Releases are work that any function can do. There, ours is the codec alone, and nothing is kept. The environments are what this function composes; most of their time is deciding, on both servers.
* Requests are as Crossplane's: with managedFields (but for the first line), and with the keys of all maps in random order.

**Memory**, in MB resident: with calls of a settled environment, no two alike, 8 in flight, after each fifth of ${memory.calls.toLocaleString('en')} calls.

| | idle | under load | calls/s meanwhile |
| --- | --- | --- | --- |
| as the image runs it | ${memoryCells(memory.image)} |
| with the defaults of Node and of the C library | ${memoryCells(memory.defaults)} |

The image has ${memory.flags.map((flag) => `\`${flag}\``).join(', ')}: an environment is looked at once a minute or so, so memory counts for more than speed. All other figures here are with the defaults, on every server.

**First answer**: ${firstAnswerMs.toFixed(0)} ms after the start of the process, from the bundle, as the image runs it, with both cores.

## Method

The server has one core, the load client (Go, raw HTTP/2 frames, one connection) another. For each work each server is started anew, warmed up, and measured at 1, 8 and 32 calls in flight; all of it ${rounds} times, servers in turn; each figure is the median. ${arch()}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}. In the most disturbed of these cells other programs used ${others.toFixed(1)} cores.

## All figures

${table(figures)}
`;
  return { text, chart: chartOf(figures) };
}

const BAR = 14;
const LEFT = 300;
const WIDTH = 420;
const COLOURS = { new: '#2f6fde', same: '#0f9d6b' } as const;

function chartOf(figures: Figures): string {
  const bars = figures.workloads.flatMap(({ name, what }) =>
    (['new', 'same'] as const).flatMap((server) => {
      const cell = cellOf(figures, name, server, 8);
      return cell === undefined ? [] : [{ what, server, ratio: ratios(figures, cell).rate }];
    }),
  );
  const most = Math.max(1, ...bars.map(({ ratio }) => ratio));
  const x = (ratio: number) => (LEFT + (ratio / most) * WIDTH).toFixed(1);
  const lines = bars.map(({ what, server, ratio }, i) => {
    const y = 30 + i * (BAR + 6);
    const label = server === 'new' ? what : '… asked again';
    return [
      `<text x="${LEFT - 8}" y="${y + 11}" text-anchor="end">${label}</text>`,
      `<rect x="${LEFT}" y="${y}" width="${(Number(x(ratio)) - LEFT).toFixed(1)}" height="${BAR}" fill="${COLOURS[server]}"/>`,
      `<text x="${Number(x(ratio)) + 5}" y="${y + 11}">${ratio.toFixed(1)}</text>`,
    ].join('\n');
  });
  const height = 40 + bars.length * (BAR + 6);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 60}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="${LEFT}" y="18">× the SDK's serve, 8 calls in flight</text>
${lines.join('\n')}
<line x1="${x(1)}" y1="24" x2="${x(1)}" y2="${height - 8}" stroke="#888" stroke-dasharray="3 3"/>
</svg>
`;
}
