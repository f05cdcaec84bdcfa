/** Fifty environments at once: how long until all are Ready, and what the function needs for it. */
import { readFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import type { Bed } from './bed/bed.ts';
import { installKnativeCrd } from './bed/charts.ts';
import { environmentTypes } from './bed/configurations.ts';
import { ask } from './bed/environments.ts';
import { bedForTests, RAISED, tell } from './bed/fixture.ts';
import { isReady } from './bed/objects.ts';
import { since, waitFor } from './bed/wait.ts';

const MANY = 50;
const SPEC = { purpose: 'development' };
/** How many of the kernel's ticks are a second. */
const TICKS = 100;

const breakers = [
  { name: "Crossplane's own circuit breaker", breaker: undefined },
  { name: 'a raised circuit breaker', breaker: RAISED },
] as const;

describe.each(breakers)('with $name', ({ name, breaker }) => {
  const bed = bedForTests({ poll: '1m', ...(breaker === undefined ? {} : { breaker }) });

  test(`${MANY} environments at once become Ready`, async () => {
    await installKnativeCrd(bed().remote);
    const calls = callsOf(bed());
    const seconds = cpuSeconds(bed());
    const start = Date.now();
    const times = readyTimes(bed(), start);
    const names = Array.from({ length: MANY }, (_, i) => `env-${String(i).padStart(2, '0')}`);
    await Promise.all(names.map((one) => ask(bed(), 'namespaced', ['many', one], SPEC)));
    const allReady = () => times.found.size === MANY || missing(names, times.found);
    await waitFor('all to be Ready', allReady, 480);
    times.stop();
    const sorted = [...times.found.values()].sort((one, other) => one - other);
    tell(
      `${MANY} environments with ${name}: first Ready after ${sorted[0]} s, half ${sorted[MANY / 2]} s, all ${sorted.at(-1)} s; ` +
        `function: ${callsOf(bed()) - calls} calls, ${(cpuSeconds(bed()) - seconds).toFixed(1)} s CPU, ${memoryMb(bed())} MB`,
    );
    // They go with the bed: all fifty took 96 s to be deleted one by one.
  }, 540_000);
});

/** When each became Ready, by name: seen by watching, since fifty that ask all the time would be in the way. */
function readyTimes({ host }: Bed, start: number) {
  const found = new Map<string, number>();
  const stop = host.watch(environmentTypes.namespaced, ({ object }) => {
    const name = object.metadata?.name ?? '';
    if (isReady(object) && !found.has(name)) found.set(name, since(start));
  });
  return { found, stop };
}

function missing(names: readonly string[], found: ReadonlyMap<string, number>): never {
  throw new Error(`not yet: ${names.filter((name) => !found.has(name)).join(', ')}`);
}

/** It logs one line for each. */
function callsOf({ processes }: Bed): number {
  return processes.log('function').split('"answered"').length - 1;
}

function cpuSeconds({ processes }: Bed): number {
  const fields =
    readFileSync(`/proc/${processes.pid('function')}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  // utime and stime, the 14th and 15th of all.
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The most that it ever had. */
function memoryMb({ processes }: Bed): number {
  const status = readFileSync(`/proc/${processes.pid('function')}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
