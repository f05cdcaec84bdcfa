// The plan of a fleet: what it says is what the function then does.
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Environment, gather } from '../../src/cli/fleet/environments.ts';
import { planPage } from '../../src/cli/output/plan-page.ts';
import type { Effect } from '../../src/cli/plan/finding.ts';
import { judgeOf } from '../../src/cli/plan/judge.ts';
import { reportOf } from '../../src/cli/plan/report.ts';
import { planMarkdown, planTable } from '../../src/cli/plan/text.ts';
import { withoutWindows } from '../../src/cli/walk.ts';
import { at, text } from '../../src/json.ts';
import type { Json, JsonObject } from '../../src/step.ts';
import { catalogWith, exampleCatalog } from '../support/catalog.ts';
import { fleet } from '../support/fleet.ts';
import { run } from '../support/play.ts';
import { type World, world } from '../support/world.ts';

const NOW = new Date('2026-11-22T00:00:00Z');
const COUNT = 300;

/** A change as it comes on a Tuesday: a new Knative, an old Kubernetes out, dearer nodes, a blocked tool, a new rule. */
function changedCatalog(): JsonObject {
  const { components, sizes } = exampleCatalog() as {
    components: Record<string, { versions: JsonObject[] }>;
    sizes: JsonObject;
  };
  const knative = components.knative?.versions ?? [];
  const kubernetes = components.kubernetes?.versions ?? [];
  const newest: JsonObject = {
    version: '1.24',
    chart: '1.24.0',
    supported: '2026-11-01',
    default: true,
    requires: { kubernetes: '>=1.35' },
  };
  return catalogWith({
    'components.knative.versions': [
      newest,
      ...knative.filter((e) => e.version !== '1.21').map(({ default: _, ...entry }) => entry),
    ],
    'components.kubernetes.versions': kubernetes.filter((e) => e.version !== '1.34'),
    sizes: { ...sizes, large: { ...(sizes.large as JsonObject), hourlyCost: PRICES } },
    'purposes.production.tools.knative': { required: true, version: '1.23' },
    'purposes.development.maintenance': { days: ['Sat', 'Sun'], start: '22:00', duration: '6h' },
    'placement.rules.2': {
      name: 'sandboxes-on-dev-2',
      when: 'environment.purpose == "sandbox"',
      use: 'vcluster',
      host: 'dev-2',
    },
    'tools.cert-manager.versions.0.blocked': 'CVE-2026-1',
    'tools.cert-manager.versions.1.blocked': 'CVE-2026-1',
  });
}
const PRICES = { vcluster: 0.12, gke: 1.05, currency: 'USD' };

const resources = fleet(COUNT);
const { environments } = gather(resources);
const question = { from: exampleCatalog(), to: changedCatalog(), now: NOW, days: 30 };
const judge = judgeOf(question);
const effects = environments.map(judge);

describe(`a fleet of ${COUNT}`, () => {
  const report = reportOf(effects, NOW);

  test('gives the report that is kept in golden/plan.txt', () => {
    const path = new URL('golden/plan.txt', import.meta.url);
    const content = `${planTable(report)}\n`;
    if (process.env.UPDATE_EXAMPLES !== undefined) writeFileSync(path, content);
    expect(content).toBe(readFileSync(path, 'utf8'));
  });

  test('has every verdict, and counts each environment once', () => {
    const { environments: all, ...counts } = report.summary;
    expect(all).toBe(COUNT);
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(COUNT);
    const missing = Object.entries(counts).filter(([, count]) => count === 0);
    expect(missing.map(([verdict]) => verdict)).toEqual([]);
  });
});

/** Without windows: a pass an hour would be hundreds of passes. */
const always = { ...question, to: withoutWindows(question.to) };

describe('what is said of an environment is what the function does', () => {
  // One of each sort is enough: the others have other names.
  const judged = environments.slice(0, 66).map((environment) => {
    const effect = judgeOf(always)(environment);
    return [`${effect.namespace}/${effect.name}: ${effect.verdict}`, environment, effect] as const;
  });

  test.each(judged)('%s', async (_, environment, effect) => {
    const { self, walks, fatal } = await walked(environment, always.to, 0);
    expect(effect.findings.some(({ kind }) => kind === 'refused')).toBe(fatal !== undefined);
    if (fatal !== undefined) return;
    expect(walks).toEqual(routesIn(effect));
    expect(nextIn(self)).toEqual(waitsIn(effect));
    expect(at(self.composite, 'status', 'cost', 'hourly')).toEqual(effect.cost?.to ?? undefined);
  });

  test('also where hops wait for their windows', async () => {
    const i = effects.findIndex(
      ({ purpose, findings }) =>
        purpose === 'development' && findings.some(({ route }) => (route?.length ?? 0) > 2),
    );
    const [environment, effect] = [environments[i] as Environment, effects[i] as Effect];
    expect(effect.findings[0]?.message).toContain(
      'in its window (Sat, Sun from 22:00 for 6h, UTC)',
    );
    const { walks } = await walked(environment, question.to, 3);
    expect(walks).toEqual(routesIn(effect));
  });
});

/** Passes of the tests' own Crossplane until nothing moves any more. @param hours from one pass to the next */
async function walked(environment: Environment, catalog: JsonObject, hours: number) {
  const self = worldOf(environment, catalog);
  const walks = new Map<string, string[]>();
  let fatal: string | undefined;
  // With windows there are days without a change.
  const patience = hours === 0 ? 2 : (8 * 24) / hours;
  for (let quiet = 0; quiet < patience && fatal === undefined; ) {
    const pass = await self.pass();
    fatal = pass.fatal;
    const moved = note(walks, self.composite);
    const still = pass.created.length + pass.changed.length + pass.dropped.length === 0;
    quiet = still && !moved ? quiet + 1 : 0;
    clock = new Date(clock.getTime() + hours * 3_600_000);
  }
  const moves = [...walks].filter(([, walk]) => walk.length > 1).sort();
  return { self, walks: moves, fatal };
}

function routesIn({ findings }: Effect) {
  return findings
    .flatMap(({ kind, component, cluster, route }) =>
      kind === 'upgrades' ? [[`${cluster ?? 'environment'}/${component}`, route]] : [],
    )
    .sort();
}

function waitsIn({ findings }: Effect): string[] {
  return findings
    .flatMap(({ kind, component, to }) => (kind === 'waits' ? [`${component} ${to}`] : []))
    .sort();
}

function nextIn({ composite }: World): string[] {
  const rows = at(composite, 'status', 'versions') as readonly Json[];
  return rows
    .flatMap((row) => {
      const target = text(row, 'target') ?? text(row, 'next');
      return target === undefined ? [] : [`${text(row, 'component')} ${target}`];
    })
    .sort();
}

let clock = NOW;

/** The environment of the dump in the tests' own Crossplane, with the function behind its wire. */
function worldOf({ composite, observed }: Environment, catalog: JsonObject): World {
  clock = NOW;
  const self = world((request) => run(request, clock), composite, catalog);
  for (const [name, { resource }] of observed) {
    const { status: _, ...rest } = resource;
    const { name: called, namespace, labels, annotations } = resource.metadata as JsonObject;
    const metadata = {
      name: called,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations,
    };
    self.composed.set(name, { resource: { ...rest, metadata }, age: 10 });
  }
  return self;
}

/** Whether a version is another than in the pass before. */
function note(walks: Map<string, string[]>, composite: JsonObject): boolean {
  const rows = at(composite, 'status', 'versions');
  let moved = false;
  for (const row of Array.isArray(rows) ? rows : []) {
    const key = `${text(row, 'cluster')}/${text(row, 'component')}`;
    const walk = walks.get(key) ?? [];
    const version = text(row, 'version') ?? '';
    if (walk.at(-1) !== version) {
      moved ||= walk.length > 0;
      walk.push(version);
    }
    walks.set(key, walk);
  }
  return moved;
}

describe('the page', () => {
  const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;

  test('escapes everything, and asks nothing of a network', () => {
    const [first] = effects;
    const finding = { kind: 'moves', new: true, message: evil } as const;
    const bad: Effect = {
      ...(first as Effect),
      name: evil,
      namespace: evil,
      purpose: evil,
      cluster: evil,
      findings: [finding],
      versions: [{ component: evil, version: evil, state: evil }],
      cost: { from: 1, to: 2, currency: evil },
    };
    const html = planPage(reportOf([bad], NOW));
    expect(html).not.toContain('<img');
    expect(html.match(/<script/g)).toHaveLength(1);
    const tags = html.replace(/"[^"]*"/g, '""');
    expect(tags).not.toMatch(/<[^>]*\s(src|href|action)=|url\(|@import|https?:/);
  });

  test('has a row for each environment and a filter for each verdict', () => {
    const html = planPage(reportOf(effects, NOW));
    expect(html.match(/<tbody data-row/g)).toHaveLength(COUNT);
    expect(html).toContain('data-tile="verdict" value="waits"');
  });
});

test('Markdown does not let a name become a link, a tag or another cell', () => {
  const [first] = effects;
  const finding = { kind: 'moves', new: true, message: '[x](y) | <b> @team\n# z' } as const;
  const report = reportOf([{ ...(first as Effect), verdict: 'moves', findings: [finding] }], NOW);
  expect(planMarkdown(report)).toContain('moves: \\[x\\](y) \\| &lt;b&gt; &#64;team \\# z');
});

test('a finding that is true of the old catalog as well is not new, and does not count', () => {
  const same = judgeOf({ ...question, to: question.from });
  for (const environment of environments.slice(0, 66)) {
    expect(same(environment).findings.filter((finding) => finding.new)).toEqual([]);
  }
});

test('JSON has the shape of the contract', () => {
  const report = reportOf(effects, NOW);
  expect(Object.keys(report)).toEqual(['now', 'summary', 'environments']);
  expect(report.now).toBe('2026-11-22T00:00:00Z');
  const upgraded = report.environments.find(({ verdict }) => verdict === 'upgrades');
  expect(upgraded).toMatchObject({
    namespace: expect.any(String),
    name: expect.any(String),
    purpose: 'development',
    cluster: 'vcluster',
    cost: { from: expect.any(Number), to: expect.any(Number), currency: 'USD' },
  });
  expect(upgraded?.findings[0]).toMatchObject({
    kind: 'upgrades',
    component: 'knative',
    from: expect.any(String),
    to: '1.24',
    route: expect.arrayContaining(['1.23', '1.24']),
    new: true,
  });
});
