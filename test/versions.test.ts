// Choosing versions: what runs, what was asked, the default, and what does not fit together.
import { expect, test } from 'vitest';
import { type Catalog, catalogOf } from '../src/catalog/parse.ts';
import type { VersionEntry } from '../src/catalog/schema.ts';
import type { Inputs, Need } from '../src/decided.ts';
import { journeyOf } from '../src/upgrade/journey.ts';
import { minorByMinor } from '../src/upgrade/moves.ts';
import { chooseVersions } from '../src/versions.ts';
import { catalogWith } from './support/catalog.ts';

const NOW = new Date('2026-11-22');

interface Blessed {
  readonly kubernetes?: VersionEntry[];
  readonly knative?: VersionEntry[];
  readonly vcluster?: VersionEntry[];
  readonly waivers?: readonly object[];
}

function catalog({ kubernetes = [], knative = [], vcluster = [], waivers = [] }: Blessed): Catalog {
  return catalogOf(
    catalogWith({
      'components.kubernetes.versions': kubernetes as never,
      'components.knative.versions': knative as never,
      'components.vcluster.versions': vcluster as never,
      'purposes.staging.tools': undefined,
      'purposes.production.tools': undefined,
      waivers: waivers as never,
    }),
  );
}

function need(component: string, more: Partial<Need> = {}): Need {
  return {
    cluster: 'environment',
    component,
    path: component === 'kubernetes' ? 'kubernetes.version' : `tools.${component}`,
    asked: undefined,
    pinned: more.asked !== undefined,
    running: undefined,
    installed: more.running,
    part: component,
    moves: minorByMinor,
    accepted: undefined,
    changed: true,
    type: 'vcluster',
    ...more,
  };
}

function choose(blessed: Blessed, needs: readonly Need[], host?: string) {
  const inputs: Inputs = {
    catalog: catalog(blessed),
    identity: 'team-a/shop',
    now: NOW,
    upgrades: 'manual',
    surroundings: { hosts: { environment: host }, tools: undefined },
  };
  const versions = chooseVersions(needs, inputs);
  const { decided, problems: halted } = journeyOf(versions.decided, inputs);
  const problems = [...versions.problems, ...halted];
  return {
    versions: Object.fromEntries(decided.map((d) => [d.need.component, d.version])),
    next: Object.fromEntries(
      decided.flatMap((d) => (d.next === undefined ? [] : [[d.need.component, d.next]])),
    ),
    problems: problems.map((p) => `${p.reason} ${p.path}: ${p.message}`),
  };
}

const v = (version: string, more: Partial<VersionEntry> = {}): VersionEntry => ({
  version,
  ...more,
});
const kn = (version: string, more: Partial<VersionEntry> = {}) =>
  v(version, { chart: `${version}.0`, ...more });
const OLD = { expires: '2026-01-01' } as const;
const DEPRECATED = { deprecated: '2026-11-01' } as const;
const SOON = { supported: '2027-01-01' } as const;

test('nobody asks: the default while it is supported', () => {
  const kubernetes = [v('1.34', { default: true }), v('1.36'), v('1.35')];
  expect(choose({ kubernetes }, [need('kubernetes')]).versions).toEqual({ kubernetes: '1.34' });
});

test('nobody asks and the default is deprecated: the newest supported one, as versions and not as text', () => {
  const kubernetes = [
    v('1.9'),
    v('1.10'),
    v('1.8', { default: true, ...DEPRECATED }),
    v('1.11', SOON),
  ];
  expect(choose({ kubernetes }, [need('kubernetes')]).versions).toEqual({ kubernetes: '1.10' });
});

test('a default that does not fit what is chosen gives way to one that does', () => {
  const blessed = {
    kubernetes: [v('1.33', { default: true })],
    knative: [kn('1.23', { default: true, requires: { kubernetes: '>=1.34' } }), kn('1.21')],
  };
  const chosen = choose(blessed, [need('kubernetes'), need('knative')]);
  expect(chosen).toMatchObject({ versions: { kubernetes: '1.33', knative: '1.21' }, problems: [] });
});

test('what was asked for is given: what nobody asked for must fit it', () => {
  const blessed = {
    kubernetes: [v('1.33', { default: true }), v('1.35'), v('1.34')],
    knative: [kn('1.23', { requires: { kubernetes: '>=1.34' } })],
  };
  const chosen = choose(blessed, [need('kubernetes'), need('knative', { asked: 'v1.23' })]);
  expect(chosen).toMatchObject({ versions: { kubernetes: '1.35', knative: '1.23' }, problems: [] });
});

test('the vcluster chart must support the tenant and the host', () => {
  const blessed = {
    kubernetes: [v('1.36', { default: true })],
    vcluster: [
      v('0.36.1', { default: true, requires: { host: '>=1.34' } }),
      v('0.35.3', { requires: { kubernetes: '<1.37' } }),
    ],
  };
  const needs = [need('kubernetes'), need('vcluster')];
  expect(choose(blessed, needs, '1.33').versions['vcluster']).toBe('0.35.3');
  expect(choose(blessed, needs, '1.35').versions['vcluster']).toBe('0.36.1');
});

test.each([
  ['preview', SOON, 'a preview until 2027-01-01'],
  ['deprecated', DEPRECATED, 'deprecated since 2026-11-01'],
  ['expired', OLD, 'expired since 2026-01-01'],
  ['blocked', { blocked: 'CVE-1' }, 'blocked: CVE-1'],
])('asked for a version that is %s: refused, with what is blessed now', (_, dates, why) => {
  const knative = [kn('1.22', dates), kn('1.23', { default: true }), kn('1.21')];
  expect(choose({ knative }, [need('knative', { asked: '1.22' })]).problems).toEqual([
    `VersionNotBlessed spec.tools.knative.version: knative 1.22 is ${why}; blessed now: 1.23 (default), 1.21`,
  ]);
});

test('asked for a version that is not there: refused', () => {
  const knative = [kn('1.23')];
  expect(choose({ knative }, [need('knative', { asked: '1.99' })]).problems).toEqual([
    'VersionNotBlessed spec.tools.knative.version: knative 1.99 is not in the catalog; blessed now: 1.23',
  ]);
});

const waiver = {
  component: 'knative',
  version: '1.22',
  environments: ['team-a/*'],
  expires: '2026-12-31',
  owner: 'jane@acme.example',
  reason: 'PLAT-812',
};

test('a waiver lets one environment have what is not blessed', () => {
  const knative = [kn('1.22', OLD), kn('1.23')];
  const chosen = choose({ knative, waivers: [waiver] }, [need('knative', { asked: '1.22' })]);
  expect(chosen).toMatchObject({ versions: { knative: '1.22' }, problems: [] });
});

test('a waiver for a version without a chart cannot help a new environment, and says so', () => {
  const chosen = choose({ knative: [kn('1.23')], waivers: [waiver] }, [
    need('knative', { asked: '1.22' }),
  ]);
  expect(chosen.problems).toEqual([
    'VersionNotBlessed spec.tools.knative.version: knative 1.22 is waived, but without an entry that names its chart; blessed now: 1.23',
  ]);
});

test('nothing supported: refused for the platform team', () => {
  expect(choose({ knative: [kn('1.22', OLD)] }, [need('knative')]).problems).toEqual([
    'VersionNotBlessed spec.tools.knative: no version of knative is blessed now for a new environment; the platform team must add one to components.knative.versions',
  ]);
});

test('what runs stays, whatever became of it, and what would come next is told', () => {
  const knative = [kn('1.21', OLD), kn('1.22'), kn('1.23', { default: true })];
  expect(choose({ knative }, [need('knative', { running: '1.21' })])).toEqual({
    versions: { knative: '1.21' },
    next: { knative: '1.22' },
    problems: [],
  });
});

test('a version that was written in spec is told to move only when something is due', () => {
  const knative = [kn('1.22'), kn('1.23', { default: true })];
  const asked = need('knative', { running: '1.22', asked: '1.22', changed: false });
  expect(choose({ knative }, [asked]).next).toEqual({});
  expect(choose({ knative: [kn('1.22', DEPRECATED), kn('1.23')] }, [asked]).next).toEqual({
    knative: '1.23',
  });
});

test('nothing older is ever next', () => {
  const knative = [kn('1.22', { default: true }), kn('1.23', OLD)];
  expect(choose({ knative }, [need('knative', { running: '1.23' })]).next).toEqual({});
});

test("a channel's patch belongs to its minor, and a kubernetes that nobody lists is still what runs", () => {
  const kubernetes = [v('1.35')];
  const running = (text: string) =>
    choose({ kubernetes }, [need('kubernetes', { type: 'gke', running: text })]);
  expect(running('1.35.7-gke.1222000').versions).toEqual({ kubernetes: '1.35' });
  expect(running('1.36.1-gke.1').versions).toEqual({ kubernetes: '1.36' });
});

test('the developer asks a living environment to go down: not possible', () => {
  const knative = [kn('1.22'), kn('1.23')];
  expect(
    choose({ knative }, [need('knative', { running: '1.23', asked: '1.22' })]).problems,
  ).toEqual([
    'ChangeNotPossible spec.tools.knative.version: knative 1.23 runs, and going down to 1.22 is not possible; write 1.23 or leave it out',
  ]);
});

test('the developer asks a living environment to go up: it may, where there is a way', () => {
  const knative = [kn('1.22'), kn('1.23')];
  expect(
    choose({ knative }, [need('knative', { running: '1.22', asked: '1.23' })]).problems,
  ).toEqual([]);
  expect(
    choose({ knative: [kn('1.20'), kn('1.23')] }, [
      need('knative', { running: '1.20', asked: '1.23' }),
    ]).problems,
  ).toEqual([
    'ChangeNotPossible spec.tools.knative.version: there is no way from knative 1.20 to 1.23, one step at a time: 1.21 is not in the catalog, 1.22 is not in the catalog',
  ]);
});

test('two versions that were both asked for and do not fit: both sides, and a combination that works', () => {
  const blessed = {
    kubernetes: [v('1.33'), v('1.35')],
    knative: [kn('1.23', { requires: { kubernetes: '>=1.34' } })],
  };
  const needs = [need('kubernetes', { asked: '1.33' }), need('knative', { asked: '1.23' })];
  expect(choose(blessed, needs).problems).toEqual([
    'IncompatibleVersions spec.tools.knative: knative 1.23 needs kubernetes >=1.34, and kubernetes is 1.33; knative 1.23 with kubernetes 1.35 works',
  ]);
});

test('what is needed and not there', () => {
  const knative = [kn('1.23', { requires: { 'cert-manager': '>=1.18' } })];
  const [problem] = choose({ knative }, [need('knative')]).problems;
  expect(problem).toContain(
    'knative 1.23 needs cert-manager >=1.18, and cert-manager is not there',
  );
});
