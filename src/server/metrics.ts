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

interface Described {
  readonly labels: readonly string[];
  readonly help: string;
}

/** Ours, as the README has them. */
export const METRICS = {
  function_xenvironment_calls_total: {
    labels: ['code'],
    help: 'Calls of the function, by gRPC status code.',
  },
  function_xenvironment_call_duration_seconds: {
    labels: [],
    help: 'Time from a request to its answer, decoding and encoding included.',
  },
  function_xenvironment_results_total: {
    labels: ['severity'],
    help: 'Results that were returned, by severity.',
  },
  function_xenvironment_refused_total: {
    labels: ['reason'],
    help: 'Answers that refuse an environment, by reason.',
  },
  function_xenvironment_bugs_total: {
    labels: [],
    help: 'Calls that failed by a bug of the function.',
  },
  function_xenvironment_decisions_total: {
    labels: ['type', 'by', 'rule'],
    help: 'Environments that were accepted for the first time, by what decided where they live.',
  },
  function_xenvironment_versions: {
    labels: ['component', 'state'],
    help: 'Versions that environments run which were seen in the last half hour, by component and state.',
  },
  function_xenvironment_cache_lookups_total: {
    labels: ['cache', 'result'],
    help: 'Look-ups in a cache, by cache and result.',
  },
  function_xenvironment_connections_refused_total: {
    labels: ['reason'],
    help: 'Connections that were closed because of who is at their other end, by reason.',
  },
  function_xenvironment_certificate_expiry_timestamp_seconds: {
    labels: ['certificate'],
    help: 'When the certificates in use end: the own one, and the first of the authorities.',
  },
} as const satisfies Readonly<Record<string, Described>>;
type Name = keyof typeof METRICS;

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
  collectDefaultMetrics({ register: registry });
  const described = (name: Name) => {
    const { labels, help } = METRICS[name];
    return { name, help, labelNames: [...labels], registers: [registry] };
  };
  const counter = (name: Name) => new Counter<string>(described(name));
  const inUse = makeInUse();
  const known = bounded(MOST_VALUES);

  const calls = counter('function_xenvironment_calls_total');
  const duration = new Histogram({
    ...described('function_xenvironment_call_duration_seconds'),
    buckets: BUCKETS,
  });
  const results = counter('function_xenvironment_results_total');
  const refused = counter('function_xenvironment_refused_total');
  const bugs = counter('function_xenvironment_bugs_total');
  const decisions = counter('function_xenvironment_decisions_total');
  const connections = counter('function_xenvironment_connections_refused_total');
  new Gauge<string>({
    ...described('function_xenvironment_versions'),
    collect() {
      this.reset();
      for (const { component, state } of inUse.versions(performance.now()))
        this.inc({ component: known('component', component), state });
    },
  });
  const answers = { hits: 0, misses: 0 };
  new Counter<string>({
    ...described('function_xenvironment_cache_lookups_total'),
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
  new Gauge<string>({
    ...described('function_xenvironment_certificate_expiry_timestamp_seconds'),
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
