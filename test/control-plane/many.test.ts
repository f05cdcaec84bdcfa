/** Fifty environments at once: how long until all are Ready, and what the function needs for it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { text } from '../../src/json.ts';
import type { Bed } from './bed/bed.ts';
import { ask, type Environment, ready } from './bed/environments.ts';
import { takeAllAway } from './bed/deletion.ts';
import { bedForTests, tell } from './bed/fixture.ts';
import { since } from './bed/wait.ts';

const MANY = 50;
/** Sixty seconds a minute, as the kernel counts: ticks of a hundredth. */
const TICKS = 100;

const breakers = [
  { name: "Crossplane's own circuit breaker", breaker: undefined },
  { name: 'a raised circuit breaker', breaker: { burst: 10_000, refillRate: 1_000 } },
] as const;

describe.each(breakers)('with $name', ({ name, breaker }) => {
  const bed = bedForTests(breaker === undefined ? {} : { breaker });

  test(`${MANY} environments at once become Ready`, async () => {
    const calls = callsOf(bed());
    const seconds = cpuSeconds(bed());
    const start = Date.now();
    const names = Array.from({ length: MANY }, (_, i) => `env-${String(i).padStart(2, '0')}`);
    const asked = await Promise.all(
      names.map((one) => ask(bed(), 'namespaced', ['many', one], { purpose: 'development' })),
    );
    const times = await Promise.all(asked.map((env) => readyAfter(bed(), env, start)));
    times.sort((one, other) => one - other);
    tell(
      `${MANY} environments with ${name}: first Ready after ${times[0]} s, half ${times[MANY / 2]} s, all ${times.at(-1)} s; ` +
        `function: ${callsOf(bed()) - calls} calls, ${(cpuSeconds(bed()) - seconds).toFixed(1)} s CPU, ${memoryMb(bed())} MB`,
    );
    const deletion = Date.now();
    await takeAllAway(bed(), asked, 120);
    tell(`${MANY} environments gone after ${since(deletion)} s`);
    expect(times.at(-1)).toBeLessThan(180);
  });
});

async function readyAfter(bed: Bed, env: Environment, start: number): Promise<number> {
  const found = await ready(bed, env, 240);
  expect(text(found, 'status', 'phase')).toBe('Ready');
  return since(start);
}

/** It logs one line for each. */
function callsOf({ processes }: Bed): number {
  return readFileSync(processes.logFile('function'), 'utf8').split('"answered"').length - 1;
}

function cpuSeconds({ processes }: Bed): number {
  const fields = readFileSync(`/proc/${processes.pid('function')}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // utime and stime, the 14th and 15th of all.
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** The most that it ever had. */
function memoryMb({ processes }: Bed): number {
  const status = readFileSync(`/proc/${processes.pid('function')}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
