/** Starts programs with a log file each, and ends exactly those again, whatever happens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is started; left out: where the tests are. */
  readonly folder?: string;
}

export interface Processes {
  start(program: Start): void;
  /** Undefined when it does not run. */
  pid(name: string): number | undefined;
  /** Without a second thought, as a node that loses power. */
  kill(name: string): Promise<void>;
  /** Asks, and kills what does not heed it. */
  stop(name: string): Promise<void>;
  /** Latest first: what was started later needs what was started before. */
  stopAll(): Promise<void>;
  /** Those that ended and were not told to. */
  unexpected(): readonly string[];
  /** All that it has written. */
  log(name: string): string;
}

const PATIENCE_MS = 10_000;

export function supervise(logs: string): Processes {
  const running = new Map<string, ChildProcess>();
  const unexpected: string[] = [];
  const watchdog = startWatchdog();
  const logFile = (name: string) => join(logs, `${name}.log`);

  async function end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = running.get(name);
    if (child === undefined) return;
    running.delete(name);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode !== null || child.signalCode !== null || !child.kill(signal)) return;
    const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await ended;
    clearTimeout(impatience);
  }

  return {
    start({ name, command, args, env, folder }) {
      if (running.has(name)) throw new Error(`${name} runs already`);
      const log = openSync(logFile(name), 'a');
      // A group of its own: Ctrl-C on the terminal is for us, and we stop things in order.
      const child = spawn(command, args, {
        detached: true,
        ...(folder === undefined ? {} : { cwd: folder }),
        env: { ...process.env, ...env },
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      const { pid } = child;
      running.set(name, child);
      child.once('error', (error) => unexpected.push(`${name}: ${error.message}`));
      child.once('exit', (code, signal) => {
        watchdog.forget(pid);
        if (running.get(name) !== child) return;
        running.delete(name);
        unexpected.push(`${name} ended with ${signal ?? code}; see ${logFile(name)}`);
      });
      watchdog.remember(pid);
    },
    pid: (name) => running.get(name)?.pid,
    kill: (name) => end(name, 'SIGKILL'),
    stop: (name) => end(name, 'SIGTERM'),
    async stopAll() {
      for (const name of [...running.keys()].reverse()) await end(name, 'SIGTERM');
      watchdog.dismiss();
    },
    unexpected: () => unexpected,
    log: (name) => readFileSync(logFile(name), 'utf8'),
  };
}

function startWatchdog() {
  const script = fileURLToPath(new URL('watchdog.ts', import.meta.url));
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // It may not keep this process from ending.
  child.unref();
  const tell = (sign: string) => (pid: number | undefined) => {
    if (pid !== undefined && child.stdin?.writable) child.stdin.write(`${sign}${pid}\n`);
  };
  return { remember: tell('+'), forget: tell('-'), dismiss: () => child.stdin?.end() };
}
