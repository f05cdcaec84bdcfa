// Whatever comes in: an answer or a clear error, in bounded time, and nothing in a prototype.
import { RunFunctionRequest, RunFunctionResponse } from '@crossplane-org/function-sdk-typescript';
import { parse } from 'yaml';
import { catalogOf } from '../../src/catalog/parse.ts';
import { compilePattern } from '../../src/catalog/pattern.ts';
import { compileRule } from '../../src/catalog/rules.ts';
import { compileTemplate } from '../../src/catalog/template.ts';
import { Refused } from '../../src/problem.ts';
import { makeAnswering } from '../../src/server/answers.ts';
import { WireError } from '../../src/server/codec/wire-error.ts';
import { encoded } from '../support/over-the-wire.ts';
import {
  changedBytes,
  changedLines,
  changedValue,
  expression,
  pattern,
  randomMessage,
  subject,
} from './inputs.ts';
import { type Random, randomFrom } from './random.ts';

export interface Sources {
  readonly requests: readonly RunFunctionRequest[];
  /** A catalog as YAML. */
  readonly catalog: string;
  readonly now: Date;
}

export interface Finding {
  /** The input is made of the seed and this alone. */
  readonly number: number;
  readonly kind: string;
  readonly what: string;
}

/** Milliseconds of processor time for one input, garbage of earlier ones included. */
const LONGEST = 2000;

type Kind = (random: Random) => string;

/** How many of each kind were answered, refused, and so on. */
export type Tally = Map<string, number>;

export interface Fuzzed {
  readonly findings: readonly Finding[];
  readonly tally: Tally;
  /** Milliseconds of processor time of the slowest input. */
  readonly slowest: number;
}

export function fuzz(
  sources: Sources,
  { seed, from = 0, count }: { seed: number; from?: number; count: number },
): Fuzzed {
  const kinds = kindsOf(sources);
  const findings: Finding[] = [];
  const tally: Tally = new Map();
  let slowest = 0;
  for (let number = from; number < from + count; number++) {
    const random = randomFrom(Math.imul(seed, 1_000_003) + number);
    const [kind, run] = weighted(kinds, random);
    const before = process.cpuUsage();
    const outcome = guarded(run, random);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    slowest = Math.max(slowest, took);
    const key = `${kind}: ${outcome.bug === undefined ? outcome.said : 'BUG'}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
    const slow = took > LONGEST ? `it took ${took.toFixed(0)} ms` : undefined;
    const polluted = 'polluted' in {} ? 'a prototype was changed' : undefined;
    const what = outcome.bug ?? polluted ?? slow;
    if (what !== undefined) findings.push({ number, kind, what });
  }
  return { findings, tally, slowest };
}

function guarded(run: Kind, random: Random): { said: string; bug?: string } {
  try {
    return { said: run(random) };
  } catch (error) {
    return {
      said: '',
      bug: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function weighted(
  kinds: readonly (readonly [string, number, Kind])[],
  random: Random,
): readonly [string, Kind] {
  let at = random.below(kinds.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [name, weight, run] of kinds) {
    if (at < weight) return [name, run];
    at -= weight;
  }
  throw new Error('there are no kinds');
}

function kindsOf({ requests, catalog, now }: Sources) {
  const answering = makeAnswering();
  const messages = requests.map(encoded);

  const answered = (message: Buffer): string => {
    try {
      const { message: response, account } = answering(message, now);
      if (account.bug !== undefined) throw account.bug;
      RunFunctionResponse.decode(response);
      return account.refused === undefined ? 'accepted' : 'refused';
    } catch (error) {
      if (error instanceof WireError) return 'no message';
      throw error;
    }
  };

  const kinds: readonly (readonly [string, number, Kind])[] = [
    ['random message', 400, (random) => answered(randomMessage(random))],
    ['changed bytes', 150, (random) => answered(changedBytes(random, random.pick(messages)))],
    ['changed request', 40, (random) => answered(changedRequest(random, random.pick(requests)))],
    ['changed catalog', 10, (random) => catalogSays(changedLines(random, catalog))],
    ['expression', 200, (random) => ruleSays(expression(random))],
    ['template', 100, (random) => templateSays(random)],
    ['pattern', 100, (random) => patternSays(random)],
  ];
  return kinds;
}

function changedRequest(random: Random, request: RunFunctionRequest): Buffer {
  const changed = changedValue(random, request) as RunFunctionRequest;
  try {
    return encoded({ ...RunFunctionRequest.fromPartial({}), ...changed });
  } catch {
    // Not even the SDK can write it.
    return Buffer.alloc(0);
  }
}

function catalogSays(document: string): string {
  let input: unknown;
  try {
    input = parse(document, { maxAliasCount: 100, logLevel: 'silent' });
  } catch {
    return 'no YAML';
  }
  try {
    catalogOf(input);
    return 'accepted';
  } catch (error) {
    if (error instanceof Refused) return 'refused';
    throw error;
  }
}

function ruleSays(source: string): string {
  const compiled = compileRule(source);
  if (!compiled.ok) return 'refused';
  const result = compiled.rule.matches({
    environment: { purpose: 'development', team: 'payments', labels: { a: 'b' } },
    sizes: { small: {} },
    cost: { gke: 1, vcluster: 0.5 },
  });
  return result.ok ? 'decided' : 'failed';
}

function templateSays(random: Random): string {
  const value = {
    a: `\${${expression(random)}}`,
    b: [`x\${${expression(random)}}y`, random.below(9)],
  };
  return compileTemplate(value).ok ? 'compiled' : 'refused';
}

function patternSays(random: Random): string {
  const compiled = compilePattern(pattern(random));
  if (!compiled.ok) return 'refused';
  const { expression: regular, longest } = compiled.pattern;
  return regular.test(subject(random, longest)) ? 'matched' : 'did not match';
}
