// States by date, versions as versions, waivers by glob: one row a case.
import { describe, expect, test } from 'vitest';
import { compareVersions, means, satisfies } from '../../src/catalog/compare.ts';
import { entriesFor, entryRunning, stateOf } from '../../src/catalog/lifecycle.ts';
import type { VersionEntry } from '../../src/catalog/schema.ts';
import { matchesGlob, waiverFor } from '../../src/catalog/waivers.ts';
import { quickest } from '../support/quickest.ts';

const entry: VersionEntry = {
  version: '1.23',
  supported: '2026-08-04',
  deprecated: '2027-01-01',
  expires: '2027-02-02',
};

describe('state', () => {
  test.each([
    ['before supported', '2026-08-03T23:59:59Z', 'preview', 'Blessed'],
    ['on the first day', '2026-08-04T00:00:00Z', 'supported', 'Blessed'],
    ['a second before deprecated', '2026-12-31T23:59:59Z', 'supported', 'Blessed'],
    ['on the day it is deprecated', '2027-01-01T00:00:00Z', 'deprecated', 'Deprecated'],
    ['on the day it expires', '2027-02-02T00:00:00Z', 'expired', 'Expired'],
  ])('%s', (_, now, state, reason) => {
    expect(stateOf(entry, new Date(now))).toMatchObject({ state, reason });
  });

  test('a blocked version is expired whatever its dates', () => {
    const now = new Date('2026-09-01');
    expect(stateOf({ ...entry, blocked: 'CVE-1' }, now)).toMatchObject({
      state: 'expired',
      reason: 'Blocked',
      why: 'blocked: CVE-1',
    });
  });

  test('what is not in the catalog is expired', () => {
    expect(stateOf(undefined, new Date())).toMatchObject({
      state: 'expired',
      reason: 'NotInCatalog',
    });
  });

  test('a date that is left out never comes, and supported left out means always', () => {
    expect(stateOf({ version: '1.0.0' }, new Date('1970-01-01')).state).toBe('supported');
    expect(stateOf({ version: '1.0.0' }, new Date('2999-01-01')).state).toBe('supported');
  });
});

describe('comparison', () => {
  test.each([
    ['1.10', '1.9', 1],
    ['v1.2.3', '1.2.3', 0],
    ['1.35.7-gke.1222000', '1.35.7', 0],
    ['1.35.8-gke.1', '1.35.7-gke.9', 1],
    ['0.37.0-rc.1', '0.37.0', -1],
    ['1.35', '1.35.9', -1],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
  });

  test.each([
    ['1.35', '>=1.30 <1.37', true],
    ['1.37', '>=1.30 <1.37', false],
    ['1.36.3-gke.1640000', '>=1.30 <1.37', true],
    ['v1.34.0', '>=1.34', true],
    ['rubbish', '>=0', false],
  ])('%s in %s is %s', (version, range, inside) => {
    expect(satisfies(version, range)).toBe(inside);
  });

  test.each([
    ['1.35', 'v1.35.0', true],
    ['1.35', '1.35.7-gke.1222000', true],
    ['1.35', '1.3.5', false],
    ['1.35.1', '1.35.2', false],
    ['v0.14.2', '0.14.2', true],
  ])('entry %s means running %s: %s', (version, running, same) => {
    expect(means(version, running)).toBe(same);
  });
});

describe('entries', () => {
  const general: VersionEntry = { version: '1.35', expires: '2027-02-28' };
  const gkeOnly: VersionEntry = { version: '1.35', expires: '2027-04-11', clusters: ['gke'] };

  test('one for a cluster type only hides the general one there, and only there', () => {
    const component = { versions: [general, gkeOnly] };
    expect(entriesFor(component, 'gke')).toEqual([gkeOnly]);
    expect(entriesFor(component, 'vcluster')).toEqual([general]);
  });

  test('what runs is found by its chart before its version', () => {
    const entries: VersionEntry[] = [
      { version: '1.22', chart: '1.23.0' },
      { version: '1.23', chart: '1.23.1' },
    ];
    expect(entryRunning(entries, '1.23.0')).toBe(entries[0]);
    expect(entryRunning(entries, '1.23')).toBe(entries[1]);
    expect(entryRunning(entries, '9.9')).toBeUndefined();
  });
});

describe('waivers', () => {
  test.each([
    ['team-payments/*', 'team-payments/checkout', true],
    ['team-payments/*', 'team-paymentsx/checkout', false],
    ['*', 'anything/at-all', true],
    ['*/checkout', 'a/checkout', true],
    ['a*b*c', 'aXbYc', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['checkout', 'checkout', true],
    ['', 'checkout', false],
  ])('%s covers %s: %s', (pattern, environment, covered) => {
    expect(matchesGlob(pattern, environment)).toBe(covered);
  });

  test('a nasty pattern costs nothing', () => {
    const time = quickest(() => matchesGlob(`${'a*'.repeat(60)}b`, 'a'.repeat(127)));
    expect(time).toBeLessThan(50);
  });

  const waiver = {
    component: 'knative',
    version: '1.21',
    environments: ['a/*'],
    expires: '2026-12-31',
    owner: 'o',
    reason: 'r',
  };
  test.each([
    ['in force', 'a/x', '2026-12-30', true],
    ['on its last day it has ended', 'a/x', '2026-12-31', false],
    ['for somebody else', 'b/x', '2026-12-30', false],
  ])('%s', (_, environment, now, waived) => {
    expect(waiverFor([waiver], 'knative', 'v1.21', environment, new Date(now)) !== undefined).toBe(
      waived,
    );
  });
});
