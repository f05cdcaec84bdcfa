// Starts servers and the load client, each on a core of its own, and reads what they used.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Linux counts processor time in these. */
const TICK_MS = 10;
const PINNED = process.platform === 'linux' && availableParallelism() > 1;
export const ADDRESS = '127.0.0.1:29443';

function pinned(core: number, command: readonly string[]): readonly string[] {
  return PINNED ? ['taskset', '-c', String(core), ...command] : command;
}

/** However this process ends, what it started ends with it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Started {
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** Resolves when it listens. @param cores `one` of its own, or `all` of them */
export async function start(
  command: readonly string[],
  cores: 'one' | 'all' = 'one',
): Promise<Started> {
  const [program = '', ...args] = cores === 'one' ? pinned(0, command) : command;
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  running.add(child);
  for (let i = 0; !(await isListening()); i++) {
    if (i > 5000 || child.exitCode !== null)
      throw new Error(`${command.join(' ')}: does not listen`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return {
    process: child,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      running.delete(child);
    },
  };
}

function isListening(): Promise<boolean> {
  const [host = '', port = ''] = ADDRESS.split(':');
  return new Promise((resolve) => {
    const socket = createConnection(Number(port), host);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

export interface Load {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Of one answer. */
  readonly bytes: number;
  /** Share of a core that the client used. */
  readonly client: number;
}

export async function load(client: string, flags: readonly string[]): Promise<Load> {
  const [program = '', ...args] = pinned(1, [client, '-address', ADDRESS, ...flags]);
  const { stdout } = await run(program, args);
  return JSON.parse(stdout) as Load;
}

/** Milliseconds of processor time that a process has used. */
export function processorMs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export function residentMb(pid: number | undefined): number {
  const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(found?.[1]) / 1024);
}

/** Milliseconds of processor time of all cores. */
export function machine(): { readonly busy: number; readonly all: number } {
  const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '';
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, each) => sum + each, 0);
  return { all: all * TICK_MS, busy: (all - (ticks[3] ?? 0) - (ticks[4] ?? 0)) * TICK_MS };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
