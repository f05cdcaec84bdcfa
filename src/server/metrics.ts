// Prometheus metrics. Labels come from closed lists, or from the catalog, and then only so many.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { catalogLookUps } from '../catalog/parse.ts';
import { REASONS } from '../problem.ts';
import type { Account } from './account.ts';
import { makeInUse } from './in-use.ts';
import { REFUSALS } from './peer.ts';

export interface Metrics {
  /** @param seconds from the request to its answer */
  answered(account: Account, seconds: number): void;
  /** A call that was not computed, with gRPC's name of its status. */
  notAnswered(code: string): void;
  connectionRefused(reason: string): void;
  /** All of them, in the format of a scrape. */
  text(): Promise<string>;
  readonly contentType: string;
}

const PREFIX = 'function_xenvironment_';
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** How many values a label may have that somebody's catalog names. */
const MOST_VALUES = 100;

interface Expiry {
  readonly server: Date;
  readonly authorities: Date;
}

/** @param expiry of the certificates in use; undefined: there are none */
export function makeMetrics(expiry: () => Expiry | undefined): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: PREFIX + name, help, labelNames, registers });
  const inUse = makeInUse();
  const known = bounded(MOST_VALUES);

  const calls = counter('calls_total', 'Calls of the function, by gRPC status code.', ['code']);
  const duration = new Histogram({
    name: `${PREFIX}call_duration_seconds`,
    help: 'Time from a request to its answer, decoding and encoding included.',
    buckets: BUCKETS,
    registers,
  });
  const results = counter('results_total', 'Results that were returned, by severity.', [
    'severity',
  ]);
  const refused = counter('refused_total', 'Answers that refuse an environment, by reason.', [
    'reason',
  ]);
  const bugs = counter('bugs_total', 'Calls that failed by a bug of the function.', []);
  const decisions = counter(
    'decisions_total',
    'Environments that were accepted for the first time, by what decided where they live.',
    ['type', 'by', 'rule'],
  );
  new Gauge({
    name: `${PREFIX}versions`,
    help: 'Environments seen in the last half hour, by component and state of the version that they run.',
    labelNames: ['component', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { component, state } of inUse.versions(performance.now()))
        this.inc({ component: known('component', component), state });
    },
  });
  const connections = counter(
    'connections_refused_total',
    'Connections that were closed because of who is at their other end, by reason.',
    ['reason'],
  );
  const answers = { hits: 0, misses: 0 };
  new Counter({
    name: `${PREFIX}cache_lookups_total`,
    help: 'Look-ups in a cache, by cache and result.',
    labelNames: ['cache', 'result'],
    registers,
    collect() {
      this.reset();
      for (const [cache, lookUps] of Object.entries({
        answer: answers,
        catalog: catalogLookUps(),
      })) {
        this.inc({ cache, result: 'hit' }, lookUps.hits);
        this.inc({ cache, result: 'miss' }, lookUps.misses);
      }
    },
  });
  new Gauge({
    name: `${PREFIX}certificate_expiry_timestamp_seconds`,
    help: 'When the certificates in use end: the own one, and the first of the authorities.',
    labelNames: ['certificate'],
    registers,
    collect() {
      const dates = expiry();
      if (dates === undefined) return;
      this.set({ certificate: 'server' }, dates.server.getTime() / 1000);
      this.set({ certificate: 'ca' }, dates.authorities.getTime() / 1000);
    },
  });
  // From the start, so that a rate over the first of them is not missed.
  for (const reason of REASONS) refused.inc({ reason }, 0);
  for (const reason of Object.keys(REFUSALS)) connections.inc({ reason }, 0);
  for (const severity of ['Normal', 'Warning', 'Fatal']) results.inc({ severity }, 0);

  return {
    answered(account, seconds) {
      calls.inc({ code: 'OK' });
      answers[account.isKept ? 'hits' : 'misses']++;
      duration.observe(seconds);
      for (const { severity } of account.results) results.inc({ severity });
      if (account.bug !== undefined) bugs.inc();
      else if (account.refused !== undefined) refused.inc({ reason: account.refused });
      if (account.decision !== undefined) {
        const { type, by, rule } = account.decision;
        decisions.inc({ type, by, rule: known('rule', rule) });
      }
      inUse.saw(account, performance.now());
    },
    notAnswered: (code) => calls.inc({ code }),
    connectionRefused: (reason) => connections.inc({ reason }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** The value itself for the first `most` values of a label, `other` for those that come later. */
function bounded(most: number): (label: string, value: string) => string {
  const values = new Map<string, Set<string>>();
  return (label, value) => {
    const known = values.get(label) ?? new Set();
    values.set(label, known);
    if (!known.has(value) && known.size >= most) return 'other';
    known.add(value);
    return value;
  };
}
