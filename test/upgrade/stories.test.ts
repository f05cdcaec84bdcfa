// Upgrades played against the function, one line a pass: every hop when the one before is ready, and in order.
import { describe, expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import {
  catalog,
  changed,
  composed,
  conditionsOf,
  deeds,
  line,
  place,
  run,
  tell,
  withSpec,
} from '../support/play.ts';
import { conditions, environment, usualStatus, type World, world } from '../support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;
type Entry = JsonObject;
const kn = (version: string, more: JsonObject = {}): Entry => ({
  version,
  chart: `${version}.0`,
  supported: '2026-01-01',
  ...more,
});
const k8s = (version: string, more: JsonObject = {}): Entry => ({
  version,
  supported: '2026-01-01',
  ...more,
});
const vc = (version: string, more: JsonObject = {}): Entry => ({
  version,
  supported: '2026-01-01',
  ...more,
});
const only = (entries: readonly Entry[], version: string): Entry[] =>
  entries.map((e) => {
    const { default: _, ...rest } = e;
    return e.version === version ? { ...rest, default: true } : rest;
  });

interface Blessed {
  readonly knative?: readonly Entry[];
  readonly kubernetes?: readonly Entry[];
  readonly vcluster?: readonly Entry[];
  readonly [component: string]: readonly Entry[] | undefined;
}

const USUAL: Blessed = {
  kubernetes: [k8s('1.34'), k8s('1.35', { default: true }), k8s('1.36')],
  vcluster: [vc('0.35.3'), vc('0.36.1', { default: true })],
};

function blessing(blessed: Blessed, more: Readonly<Record<string, unknown>> = {}): JsonObject {
  let result = catalog;
  for (const [name, versions] of Object.entries({ ...USUAL, ...blessed })) {
    result = changed(result, ['components', name, 'versions'], versions);
  }
  for (const [path, value] of Object.entries(more)) {
    result = changed(result, path.split('/'), value);
  }
  return changed(result, ['waivers'], more.waivers);
}

const KNATIVE = [kn('1.21'), kn('1.22'), kn('1.23')];
const SANDBOX = { purpose: 'sandbox', cluster: { type: 'vcluster' }, tools: { knative: {} } };

/** An environment that has settled under one catalog, and finds another. */
async function moving(
  flavour: (typeof FLAVOURS)[number],
  spec: JsonObject,
  before: JsonObject,
  after: JsonObject,
): Promise<World> {
  const self = place(flavour, spec, { catalog: before });
  await self.settle();
  self.catalog = after;
  return self;
}

/** What is installed, by composition resource name: charts, Serving's version, Kubernetes. */
function installed(self: World): Record<string, string> {
  const found = [...self.composed].flatMap(([name, { resource }]) => {
    const provider = at(resource, 'spec', 'forProvider');
    const image = text(provider, 'values', 'controlPlane', 'distro', 'k8s', 'image', 'tag');
    const version =
      text(provider, 'manifest', 'spec', 'version') ??
      text(provider, 'minMasterVersion') ??
      text(provider, 'chart', 'version');
    if (version === undefined) return [];
    return [[name, image === undefined ? version : `${version} ${image}`]];
  });
  return Object.fromEntries(found.sort());
}

function versionOf(self: World, component: string): JsonObject {
  const list = at(self.composite, 'status', 'versions') as readonly JsonObject[];
  return list.find((v) => v.component === component) ?? {};
}

/** Each pass with what is installed after it, where that changed. */
async function walk(self: World, most = 40): Promise<string[]> {
  const log: string[] = [];
  let before = installed(self);
  for (let i = 0; i < most; i++) {
    const pass = await self.pass();
    const now = installed(self);
    const moved = Object.keys({ ...before, ...now })
      .filter((name) => before[name] !== now[name])
      .map((name) => `${name} ${before[name] ?? 'none'} → ${now[name] ?? 'none'}`);
    if (moved.length > 0) log.push(`${moved.join(', ')} | ${pass.phase}`);
    before = now;
    const quiet = pass.created.length + pass.changed.length + pass.dropped.length === 0;
    if (quiet && pass.phase === 'Ready') return log;
  }
  throw new Error(`not settled: ${log.join('\n')}`);
}

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  test('two hops over Knative: the operator first each time, Serving when it is ready', async () => {
    const self = await moving(
      flavour,
      SANDBOX,
      blessing({ knative: only(KNATIVE, '1.21') }),
      blessing({ knative: only(KNATIVE, '1.23') }),
    );
    const first = await self.pass();
    expect(line(first)).toBe(
      'changes vcluster-knative-operator, vcluster-release | Upgrading: waiting for knative-operator: knative moves from 1.21 to 1.22',
    );
    expect(versionOf(self, 'knative')).toMatchObject({
      version: '1.21',
      next: '1.22',
      target: '1.23',
    });
    expect(conditionsOf(self)[2]).toBe(
      'ToolsReady=False Upgrading: knative: knative-operator: knative moves from 1.21 to 1.22',
    );
    expect(await walk(self)).toEqual([
      'vcluster-knative-serving 1.21 → 1.22 | Upgrading',
      'vcluster-knative-operator 1.22.0 → 1.23.0 | Upgrading',
      'vcluster-knative-serving 1.22 → 1.23 | Upgrading',
    ]);
    expect(versionOf(self, 'knative')).toEqual({
      cluster: 'environment',
      component: 'knative',
      version: '1.23',
      state: 'supported',
    });
  });

  test('Kubernetes first where a tool asks for it, and the vcluster chart before that', async () => {
    const knative = [kn('1.22'), kn('1.23', { requires: { kubernetes: '>=1.36' } })];
    const vcluster = [
      vc('0.35.3', { requires: { kubernetes: '<1.36' } }),
      vc('0.36.1', { requires: { kubernetes: '<1.37' } }),
    ];
    const kubernetes = [k8s('1.35'), k8s('1.36')];
    const self = await moving(
      flavour,
      SANDBOX,
      blessing({
        knative: only(knative, '1.22'),
        vcluster: only(vcluster, '0.35.3'),
        kubernetes: only(kubernetes, '1.35'),
      }),
      blessing({
        knative: only(knative, '1.23'),
        vcluster: only(vcluster, '0.36.1'),
        kubernetes: only(kubernetes, '1.36'),
      }),
    );
    expect(await walk(self)).toEqual([
      'vcluster-release 0.35.3 v1.35.0 → 0.36.1 v1.35.0 | Upgrading',
      'vcluster-release 0.36.1 v1.35.0 → 0.36.1 v1.36.0 | Upgrading',
      'vcluster-knative-operator 1.22.0 → 1.23.0 | Upgrading',
      'vcluster-knative-serving 1.22 → 1.23 | Upgrading',
    ]);
  });

  test('a GKE cluster goes up by the floor of its version, one minor at a time', async () => {
    const kubernetes = [k8s('1.34'), k8s('1.35'), k8s('1.36')];
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const self = await moving(
      flavour,
      spec,
      blessing({ kubernetes: only(kubernetes, '1.34') }),
      blessing({ kubernetes: only(kubernetes, '1.36') }),
    );
    // The control plane takes its time, and Ready stays True meanwhile.
    let behind = '1.34';
    self.status = (name, resource, age) => {
      const status = usualStatus(resource, age);
      if (name !== 'gke-cluster') return status;
      return { ...status, atProvider: { masterVersion: `${behind}.5-gke.100` } };
    };
    expect(line(await self.pass())).toBe(
      'changes gke-cluster | Upgrading: waiting for GKE cluster: kubernetes moves from 1.34 to 1.35',
    );
    expect(line(await self.pass())).toBe(
      'nothing | Upgrading: waiting for GKE cluster: 1.34.5-gke.100 is being replaced by 1.35',
    );
    expect(installed(self)).toEqual({ 'gke-cluster': '1.35' });
    behind = '1.35';
    expect(line(await self.pass())).toContain('kubernetes moves from 1.35 to 1.36');
    behind = '1.36';
    expect(line(await self.pass())).toBe('changes gke-cluster | Ready: everything is ready');
    expect(installed(self)).toEqual({ 'gke-cluster': '1.36' });
  });

  test('a hop that fails stops the walk, says on which version things stand, and goes on when it is mended', async () => {
    const self = await moving(
      flavour,
      SANDBOX,
      blessing({ knative: only(KNATIVE, '1.21') }),
      blessing({ knative: only(KNATIVE, '1.23') }),
    );
    let broken = true;
    self.status = (name, resource, age) => {
      const chart = text(resource, 'spec', 'forProvider', 'chart', 'version');
      if (!broken || name !== 'vcluster-knative-operator' || chart !== '1.22.0')
        return usualStatus(resource, age);
      const failed = { state: 'failed', version: '1.21.0' };
      return { ...conditions('Synced', 'Ready=False'), atProvider: failed };
    };
    for (let i = 0; i < 5; i++) await self.pass();
    expect(line(await self.pass())).toMatch(
      /^nothing \| Degraded: waiting for knative-operator: the Helm release failed; look at Release /,
    );
    expect(installed(self)).toMatchObject({
      'vcluster-knative-operator': '1.22.0',
      'vcluster-knative-serving': '1.21',
    });
    expect(versionOf(self, 'knative')).toMatchObject({
      version: '1.21',
      next: '1.22',
      target: '1.23',
      message:
        'the move from 1.21 to 1.22 failed (knative-operator: the Helm release failed), and nothing moves on until that is ready',
    });
    broken = false;
    expect(await walk(self)).toEqual([
      'vcluster-knative-serving 1.21 → 1.22 | Upgrading',
      'vcluster-knative-operator 1.22.0 → 1.23.0 | Upgrading',
      'vcluster-knative-serving 1.22 → 1.23 | Upgrading',
    ]);
  });

  test('GitHub runners of another minor are replaced: scale set away, controller, scale set back', async () => {
    const spec = {
      purpose: 'sandbox',
      cluster: { type: 'vcluster' },
      tools: {
        ci: {
          agent: 'github',
          url: 'https://github.com/acme/checkout',
          secretRef: { name: 'github-app' },
        },
      },
    };
    const runners = [vc('0.14.2'), vc('0.15.1')];
    const self = await moving(
      flavour,
      spec,
      blessing({ 'github-runners': only(runners, '0.14.2') }),
      blessing({ 'github-runners': only(runners, '0.15.1') }),
    );
    expect(await walk(self)).toEqual([
      'ci-runners 0.14.2 → none | Upgrading',
      'ci-runners-controller 0.14.2 → 0.15.1 | Upgrading',
      'ci-runners none → 0.15.1 | Upgrading',
    ]);
    expect(versionOf(self, 'github-runners')).toMatchObject({ version: '0.15.1' });
  });

  test('Flux: its operator first, then the version that it installs', async () => {
    const gitops = {
      engine: 'flux',
      repository: { url: 'https://github.com/acme/deploy', path: 'envs', revision: 'main' },
    };
    const flux = [vc('2.8', { chart: '0.49.0' }), vc('2.9', { chart: '0.58.1' })];
    const self = await moving(
      flavour,
      { purpose: 'sandbox', cluster: { type: 'vcluster' }, tools: { gitops } },
      blessing({ flux: only(flux, '2.8') }),
      blessing({ flux: only(flux, '2.9') }),
    );
    const versions: unknown[] = [];
    await self.pass();
    for (let i = 0; i < 6; i++) {
      await self.pass();
      const { version } = versionOf(self, 'flux');
      const { 'vcluster-flux-operator': chart } = installed(self);
      if (versions.at(-1) !== `${version} by ${chart}`) versions.push(`${version} by ${chart}`);
    }
    expect(versions).toEqual(['2.8 by 0.58.1', '2.9 by 0.58.1']);
  });

  test('a developer goes up two minors although the purpose is manual', async () => {
    const manual = { 'purposes/sandbox/upgrades': 'manual' };
    const blessed = blessing({ knative: only(KNATIVE, '1.21') }, manual);
    const self = await moving(flavour, SANDBOX, blessed, blessed);
    withSpec(self, { ...SANDBOX, tools: { knative: { version: '1.23' } } });
    expect(await walk(self)).toEqual([
      'vcluster-knative-operator 1.21.0 → 1.22.0 | Upgrading',
      'vcluster-knative-serving 1.21 → 1.22 | Upgrading',
      'vcluster-knative-operator 1.22.0 → 1.23.0 | Upgrading',
      'vcluster-knative-serving 1.22 → 1.23 | Upgrading',
    ]);
    withSpec(self, { ...SANDBOX, tools: { knative: { version: '1.22' } } });
    expect(line(await self.pass())).toBe(
      'refused: spec.tools.knative.version: knative 1.23 runs, and going down to 1.22 is not possible; write 1.23 or leave it out',
    );
  });
});

const manual = { 'purposes/sandbox/upgrades': 'manual' };

test('manual: nothing moves, also when it expires; what is due is told', async () => {
  const self = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: only(KNATIVE, '1.21') }, manual),
    blessing(
      {
        knative: [kn('1.21', { expires: '2026-11-01' }), kn('1.22'), kn('1.23', { default: true })],
      },
      manual,
    ),
  );
  expect(line(await self.pass())).toBe('nothing | Ready: everything is ready');
  expect(versionOf(self, 'knative')).toMatchObject({
    version: '1.21',
    state: 'expired',
    next: '1.22',
    target: '1.23',
  });
  expect(conditionsOf(self)[3]).toBe(
    'VersionsBlessed=False Expired: knative 1.21 is expired since 2026-11-01, next is 1.22',
  );
});

test('a version that spec names is never moved on; what is due is told when it expires', async () => {
  const spec = { ...SANDBOX, tools: { knative: { version: '1.21' } } };
  const self = await moving(
    'namespaced',
    spec,
    blessing({ knative: only(KNATIVE, '1.23') }),
    blessing({
      knative: [kn('1.21', { expires: '2026-11-01' }), kn('1.22'), kn('1.23', { default: true })],
    }),
  );
  expect(await walk(self)).toEqual([]);
  expect(versionOf(self, 'knative')).toMatchObject({ version: '1.21', next: '1.22' });
});

test('a version that only the bundle names is left when it has expired, and not before', async () => {
  const bundle = { 'purposes/sandbox/tools/knative/version': '1.21' };
  const old = (more: JsonObject) => [kn('1.21', more), kn('1.22'), kn('1.23', { default: true })];
  const self = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: only(KNATIVE, '1.23') }, bundle),
    blessing({ knative: old({ deprecated: '2026-08-01' }) }, bundle),
  );
  expect(await walk(self)).toEqual([]);
  self.catalog = blessing({ knative: old({ expires: '2026-11-01' }) }, bundle);
  expect((await walk(self)).at(-1)).toBe('vcluster-knative-serving 1.22 → 1.23 | Upgrading');
  expect(at(self.composite, 'status', 'notes')).toEqual([
    "knative 1.21 is what the purpose's bundle says, and 1.23 runs",
  ]);
  // Whoever changes something else did not ask for what the bundle says.
  withSpec(self, { ...SANDBOX, tools: { knative: { domain: 'a.b' } } });
  expect((await self.pass()).fatal).toBeUndefined();
});

test('what a bundle names is gone up to when a waiver allows it, and is no refuge for what is blocked', async () => {
  const bundle = (version: string) => ({ 'purposes/sandbox/tools/knative/version': version });
  const waivers = [
    {
      component: 'knative',
      version: '1.23',
      environments: ['team-payments/*'],
      expires: '2026-12-31',
      owner: 'jane@acme.example',
      reason: 'PLAT-812',
    },
  ];
  const self = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: only(KNATIVE, '1.22') }, bundle('1.22')),
    blessing(
      { knative: [kn('1.22', { default: true }), kn('1.23', { blocked: 'CVE' })] },
      { ...bundle('1.23'), waivers },
    ),
  );
  expect((await walk(self)).at(-1)).toBe('vcluster-knative-serving 1.22 → 1.23 | Upgrading');
  const next = [kn('1.22'), kn('1.23', { blocked: 'CVE' }), kn('1.24', { default: true })];
  self.catalog = blessing({ knative: next }, bundle('1.22'));
  expect((await walk(self)).at(-1)).toBe('vcluster-knative-serving 1.23 → 1.24 | Upgrading');
});

test('a waiver holds an environment where it is, and lets it go when it ends', async () => {
  const waivers = [
    {
      component: 'knative',
      version: '1.21',
      environments: ['team-payments/*'],
      expires: '2026-12-31',
      owner: 'jane@acme.example',
      reason: 'PLAT-812',
    },
  ];
  const old = [kn('1.21', { deprecated: '2026-08-01' }), kn('1.22'), kn('1.23', { default: true })];
  const self = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: only(KNATIVE, '1.21') }),
    blessing({ knative: old }, { waivers }),
  );
  expect(line(await self.pass())).toBe('nothing | Ready: everything is ready');
  expect(versionOf(self, 'knative')).toMatchObject({ version: '1.21', next: '1.22' });
  self.catalog = blessing({ knative: old });
  expect((await walk(self)).at(-1)).toBe('vcluster-knative-serving 1.22 → 1.23 | Upgrading');
});

test('a window: a hop waits for it, is Ready meanwhile, and is not cut off when it closes', async () => {
  // 2026-11-22 is a Sunday.
  const window = {
    days: ['Sat', 'Sun'],
    start: '02:00',
    duration: '1h',
    timezone: 'Europe/Berlin',
  };
  const bounded = {
    'purposes/sandbox/maintenance': window,
    'purposes/sandbox/lifetime': undefined,
  };
  let now = '2026-11-22T00:00:00Z';
  const self = world(
    (request) => run(request, new Date(now)),
    environment('namespaced', SANDBOX),
    blessing({ knative: only(KNATIVE, '1.21') }, bounded),
  );
  await self.settle();
  self.catalog = blessing({ knative: only(KNATIVE, '1.23') }, bounded);
  const pass = await self.pass();
  expect(line(pass)).toBe('nothing | Ready: everything is ready');
  expect(versionOf(self, 'knative')).toMatchObject({
    next: '1.22',
    message: 'waits for the maintenance window: Sat, Sun from 02:00 for 1h, Europe/Berlin',
  });
  // An hour until it opens, and at most ten minutes between looks.
  expect(pass.response.meta?.ttl?.seconds).toBe(600);
  now = '2026-11-22T00:59:59Z';
  expect(await walk(self)).toEqual([]);
  now = '2026-11-22T01:00:00Z';
  expect(line(await self.pass())).toContain('knative moves from 1.21 to 1.22');
  // It has closed: what has begun is brought to its end, and the next hop waits.
  now = '2026-11-22T02:00:00Z';
  expect(await walk(self)).toEqual(['vcluster-knative-serving 1.21 → 1.22 | Upgrading']);
  now = '2026-11-28T01:30:00Z';
  expect(await walk(self)).toEqual([
    'vcluster-knative-operator 1.22.0 → 1.23.0 | Upgrading',
    'vcluster-knative-serving 1.22 → 1.23 | Upgrading',
  ]);
});

test.each(['vcluster-knative-operator', 'vcluster-tool-cert-manager'])(
  'no hop starts while %s is not ready, and the next one does when it is',
  async (unready) => {
    const tools = { knative: {}, extra: [{ name: 'cert-manager' }] };
    const self = await moving(
      'namespaced',
      { ...SANDBOX, tools },
      blessing({ knative: only(KNATIVE, '1.21') }),
      blessing({ knative: only(KNATIVE, '1.23') }),
    );
    if (unready === 'vcluster-knative-operator') await self.pass();
    self.status = (name, resource, age) =>
      name === unready ? conditions('Synced', 'Ready=False') : usualStatus(resource, age);
    const before = installed(self);
    for (let i = 0; i < 3; i++) await self.pass();
    expect(installed(self)).toEqual(before);
    delete self.status;
    expect((await walk(self)).at(-1)).toBe('vcluster-knative-serving 1.22 → 1.23 | Upgrading');
  },
);

test('without a way nothing moves, and the missing version is named', async () => {
  const self = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: only(KNATIVE, '1.21') }),
    blessing({
      knative: [kn('1.21'), kn('1.22', { blocked: 'CVE-1' }), kn('1.23', { default: true })],
    }),
  );
  expect(line(await self.pass())).toBe('nothing | Ready: everything is ready');
  expect(versionOf(self, 'knative')).toMatchObject({
    version: '1.21',
    message:
      'there is no way from knative 1.21 to 1.23, one step at a time: 1.22 is blocked: CVE-1',
  });
  expect(versionOf(self, 'knative').next).toBeUndefined();
});

test('a hop may pass a version that has expired, but nothing ends there', async () => {
  const self = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: only(KNATIVE, '1.21') }),
    blessing({
      knative: [kn('1.21'), kn('1.22', { expires: '2026-11-01' }), kn('1.23', { default: true })],
    }),
  );
  expect((await walk(self)).length).toBe(4);
});

test('an entry that the catalog lost under a running tool: automatic moves it to one that is blessed', async () => {
  const self = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: only(KNATIVE, '1.22') }),
    blessing({ knative: [kn('1.23', { default: true })] }),
  );
  expect(await walk(self)).toEqual([
    'vcluster-knative-operator 1.22.0 → 1.23.0 | Upgrading',
    'vcluster-knative-serving 1.22 → 1.23 | Upgrading',
  ]);
});

test('another chart of the same version is installed where upgrades are automatic, and only there', async () => {
  const patch = [kn('1.21', { chart: '1.21.5', default: true })];
  const before = blessing({ knative: [kn('1.21', { default: true })] });
  const self = await moving('namespaced', SANDBOX, before, blessing({ knative: patch }));
  expect(await walk(self)).toEqual(['vcluster-knative-operator 1.21.0 → 1.21.5 | Upgrading']);
  const still = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: [kn('1.21', { default: true })] }, manual),
    blessing({ knative: patch }, manual),
  );
  expect(await walk(still)).toEqual([]);
});

test('nothing goes down by itself: neither a version, nor the chart of one', async () => {
  const self = await moving(
    'namespaced',
    SANDBOX,
    blessing({ knative: only(KNATIVE, '1.23') }),
    blessing({
      knative: [...KNATIVE.slice(0, 2), kn('1.23', { chart: '1.22.9' })].map((e) => ({
        ...e,
        default: e.version === '1.21',
      })),
    }),
  );
  expect(await walk(self)).toEqual([]);
  expect(composed(self)).toContain('vcluster-knative-serving');
});

test('a tool that does not come up may be moved on by its developer', async () => {
  const versions = [
    { version: '1.20.2', chart: 'v1.20.2', supported: '2026-01-01', default: true },
    { version: '1.21.1', chart: 'v1.21.1', supported: '2026-01-01' },
  ];
  const input = changed(catalog, ['tools', 'cert-manager', 'versions'], versions);
  const spec = (version: string) => ({
    purpose: 'sandbox',
    cluster: { type: 'vcluster' },
    tools: { extra: [{ name: 'cert-manager', version }] },
  });
  const self = place('namespaced', spec('1.20.2'), { catalog: input });
  self.status = (_name, resource, age) => {
    const chart = text(resource, 'spec', 'forProvider', 'chart', 'version');
    if (chart !== 'v1.20.2') return usualStatus(resource, age);
    return { ...conditions('Synced', 'Ready=False'), atProvider: { state: 'failed' } };
  };
  for (let i = 0; i < 10; i++) await self.pass();
  expect(installed(self)['vcluster-tool-cert-manager']).toBe('v1.20.2');
  withSpec(self, spec('1.21.1'));
  expect(deeds([await self.pass()])[0]).toContain('vcluster-tool-cert-manager');
  expect(tell(await self.settle()).at(-1)).toContain('Ready: everything is ready');
  expect(installed(self)['vcluster-tool-cert-manager']).toBe('v1.21.1');
});
