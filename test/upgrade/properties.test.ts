// From any catalog and any versions that run: no forbidden hop, no requirement broken on the way, and an end.
import { expect, test } from 'vitest';
import { compareVersions, minorOf, satisfies } from '../../src/catalog/compare.ts';
import { at, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import { bundles, minorsApart } from '../../src/upgrade/moves.ts';
import { catalog, changed, place } from '../support/play.ts';
import { fc } from '../support/property.ts';
import type { World } from '../support/world.ts';

/** A version's entry as a platform team might write it, sensible or not. */
const entry = (version: string, chart: string | undefined) =>
  fc
    .record(
      {
        state: fc.constantFrom(
          'supported',
          'supported',
          'supported',
          'deprecated',
          'expired',
          'preview',
          'blocked',
          'absent',
        ),
        least: fc.constantFrom(undefined, undefined, '1.33', '1.34', '1.35', '1.36'),
      },
      { requiredKeys: ['state', 'least'] },
    )
    .map(({ state, least }): JsonObject[] => {
      if (state === 'absent') return [];
      const dates: Record<string, JsonObject> = {
        deprecated: { deprecated: '2026-01-01' },
        expired: { expires: '2026-01-01' },
        preview: { supported: '2027-01-01' },
        blocked: { blocked: 'CVE' },
      };
      const requires =
        least === undefined || chart === undefined
          ? {}
          : { requires: { kubernetes: `>=${least}` } };
      return [{ version, ...(chart === undefined ? {} : { chart }), ...dates[state], ...requires }];
    });

const all = (versions: readonly string[], chart: boolean) =>
  fc
    .tuple(...versions.map((v) => entry(v, chart ? `${v}.0` : undefined)), fc.nat())
    .map((parts) => {
      const [pick, ...lists] = [...parts].reverse() as [number, ...JsonObject[][]];
      const entries = lists.reverse().flat();
      return entries.map((e, i) => (i === pick % entries.length ? { ...e, default: true } : e));
    });

const KUBERNETES = ['1.33', '1.34', '1.35', '1.36'];
const KNATIVE = ['1.20', '1.21', '1.22', '1.23', '1.24'];
const vcluster = [
  { version: '0.35.3', requires: { kubernetes: '<1.36' } },
  { version: '0.36.1', default: true },
];

function blessing(
  kubernetes: readonly JsonObject[],
  knative: readonly JsonObject[],
  chart: readonly JsonObject[],
): JsonObject {
  let result = changed(catalog, ['components', 'kubernetes', 'versions'], kubernetes);
  result = changed(result, ['components', 'knative', 'versions'], knative);
  result = changed(result, ['components', 'vcluster', 'versions'], chart);
  return changed(result, ['waivers'], undefined);
}

interface Installed {
  readonly kubernetes: string;
  readonly vcluster: string;
  readonly operator: string;
  readonly serving: string;
}

function installed({ composed }: World): Installed {
  const provider = (name: string) => at(composed.get(name)?.resource ?? {}, 'spec', 'forProvider');
  const values = ['values', 'controlPlane', 'distro', 'k8s', 'image', 'tag'];
  return {
    kubernetes: text(provider('vcluster-release'), ...values) ?? '',
    vcluster: text(provider('vcluster-release'), 'chart', 'version') ?? '',
    operator: text(provider('vcluster-knative-operator'), 'chart', 'version') ?? '',
    serving: text(provider('vcluster-knative-serving'), 'manifest', 'spec', 'version') ?? '',
  };
}

/** Requirements that are broken, by who has them. */
function broken(now: Installed, catalogNow: JsonObject): string[] {
  const entries = (name: string) =>
    at(catalogNow, 'components', name, 'versions') as readonly JsonObject[];
  const find = (name: string, version: string) =>
    entries(name).find((e) => e.version === version) ?? {};
  const checks: [string, JsonObject][] = [
    ['knative', find('knative', now.serving)],
    ['operator', find('knative', minorOf(now.operator))],
    ['vcluster', find('vcluster', now.vcluster)],
  ];
  return checks.flatMap(([who, found]) => {
    const range = text(found, 'requires', 'kubernetes');
    return range === undefined || satisfies(minorOf(now.kubernetes), range) ? [] : [who];
  });
}

/** Which hop is forbidden, or undefined. */
function forbidden(a: Installed, b: Installed, catalogNow: JsonObject): string | undefined {
  const moved = (Object.keys(a) as (keyof Installed)[]).filter((key) => a[key] !== b[key]);
  if (moved.length > 1) return `${moved.join(' and ')} at once`;
  const [key] = moved;
  if (key === undefined) return undefined;
  if (compareVersions(b[key], a[key]) < 0) return `${key} goes down to ${b[key]}`;
  if (minorsApart(a[key], b[key]) > 1) return `${key} jumps from ${a[key]} to ${b[key]}`;
  if (!bundles(b.operator, b.serving)) return `operator ${b.operator} has no ${b.serving}`;
  const component = key === 'operator' || key === 'serving' ? 'knative' : key;
  const list = at(catalogNow, 'components', component, 'versions') as readonly JsonObject[];
  const found = list.find((e) => e.version === (key === 'vcluster' ? b[key] : minorOf(b[key])));
  if (found === undefined) return `${key} ${b[key]} is not in the catalog`;
  if (found.blocked !== undefined) return `${key} ${b[key]} is blocked`;
  if (found.supported === '2027-01-01') return `${key} ${b[key]} is a preview`;
  return undefined;
}

const MOST = 60;

test('no forbidden hop, no requirement newly broken at any pass, one thing at a time, and an end', async () => {
  let walks = 0;
  await fc.assert(
    fc.asyncProperty(
      all(KUBERNETES, false),
      all(KNATIVE, true),
      fc.constantFrom(...KUBERNETES.slice(0, 3)),
      fc.constantFrom(...KNATIVE.slice(0, 4)),
      async (kubernetes, knative, runs, serves) => {
        const start = blessing(
          [{ version: runs, default: true }],
          [{ version: serves, chart: `${serves}.0`, default: true }],
          [{ version: '0.35.3', default: true }],
        );
        const spec = { purpose: 'sandbox', cluster: { type: 'vcluster' }, tools: { knative: {} } };
        const self = place('namespaced', spec, { catalog: start });
        await self.settle();
        self.catalog = blessing(kubernetes, knative, vcluster);
        let before = installed(self);
        const tolerated = new Set(broken(before, self.catalog));
        for (let i = 0; ; i++) {
          expect(i, 'it ends').toBeLessThan(MOST);
          const pass = await self.pass();
          expect(pass.fatal).toBeUndefined();
          expect(pass.dropped).toEqual([]);
          const now = installed(self);
          expect(forbidden(before, now, self.catalog)).toBeUndefined();
          // What the new catalog finds wrong from the start is not the walk's doing.
          const fresh = broken(now, self.catalog).filter(
            (who) => !tolerated.has(who) && !(who === 'operator' && tolerated.has('knative')),
          );
          expect(fresh).toEqual([]);
          if (JSON.stringify(now) !== JSON.stringify(before)) walks++;
          if (pass.changed.length === 0 && pass.phase === 'Ready') break;
          before = now;
        }
      },
    ),
    { numRuns: 150 },
  );
  // The property is about walks: there have to be some.
  expect(walks).toBeGreaterThan(100);
});
