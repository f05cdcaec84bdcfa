// Warnings: each from the example catalog with one thing that is legal and wrong.
import { describe, expect, test } from 'vitest';
import { catalogOf } from '../../src/catalog/parse.ts';
import { lint } from '../../src/cli/lint/lint.ts';
import type { Json } from '../../src/step.ts';
import { catalogWith, exampleCatalog } from '../support/catalog.ts';

const NOW = new Date('2026-11-22T00:00:00Z');

function warnings(changes: Record<string, Json | undefined>, days = 0): string[] {
  return lint({ catalog: catalogOf(catalogWith(changes)), now: NOW, days }).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

test('the example catalog is clean', () => {
  expect(warnings({})).toEqual([]);
});

const ALWAYS = { name: 'always', when: 'true', use: 'gke' };

describe.each<[string, Record<string, Json | undefined>, string]>([
  [
    'a purpose that nobody can have',
    { 'purposes.staging.clusters': ['vcluster'] },
    'purposes.staging: an environment that says nothing but this purpose is refused',
  ],
  [
    'a rule that leads where its purpose may not go',
    { 'purposes.staging.clusters': ['vcluster'] },
    'placement.rules[0].use: gke is not among the clusters of purpose staging',
  ],
  [
    'access: gitops where a vcluster may be had',
    { 'purposes.sandbox.access': 'gitops' },
    "purposes.sandbox.access: in the namespaced flavour the administrator's kubeconfig",
  ],
  [
    'a size without a price',
    { 'sizes.large.hourlyCost.vcluster': undefined, 'placement.rules.2.when': 'false' },
    'sizes.large: has no hourlyCost for vcluster',
  ],
  [
    'a rule behind one that is always true',
    { 'placement.rules.0': ALWAYS },
    'placement.rules[1].when: can never decide: always before it matches all that it could',
  ],
  [
    'a default behind one that is always true',
    { 'placement.rules.0': ALWAYS },
    'placement.default: is never used',
  ],
  [
    'a purpose that a rule misspells',
    { 'placement.rules.0.when': 'environment.purpose in ["stagin", "production"]' },
    'placement.rules[0].when: no purpose "stagin"; did you mean "staging"?',
  ],
  [
    'a rule that is false for everybody',
    { 'placement.rules.0.when': 'environment.purpose == "sandbox" && environment.size == "huge"' },
    'placement.rules[0].when: can never match',
  ],
  [
    'a host that nothing leads to',
    { 'placement.rules.1.host': 'dev-1' },
    'clusters.vcluster.hosts[2]: no rule leads to host dev-2',
  ],
  [
    'a rule that leads to a closed host',
    { 'placement.rules.1.host': 'dev-0' },
    'placement.rules[1].host: host dev-0 takes no new environments',
  ],
  [
    'a default that is deprecated',
    { 'components.knative.versions.0.deprecated': '2026-11-01' },
    'components.knative.versions[0].default: the default, 1.23, is deprecated since 2026-11-01',
  ],
  [
    'a default that does not go with the default Kubernetes',
    { 'components.knative.versions.0.requires.kubernetes': '>=1.36' },
    'components.knative.versions[0].requires.kubernetes: the default, 1.23, does not go with 1.35',
  ],
  [
    'a component of which nothing is supported',
    { 'components.github-runners.versions.1.blocked': 'CVE-2026-1' },
    'components.github-runners.versions: no version of github-runners is supported now',
  ],
  [
    'a version whose requirement nothing meets',
    { 'components.knative.versions.1.requires.kubernetes': '>=1.40' },
    'components.knative.versions[1].requires.kubernetes: nobody can reach 1.22: no kubernetes',
  ],
  [
    'a gap in a route',
    { 'components.knative.versions.1.blocked': 'CVE-2026-1' },
    'components.knative.versions[0].version: nothing leads from knative 1.21 to 1.23',
  ],
  [
    'a waiver that is over',
    { 'waivers.0.expires': '2026-11-01' },
    'waivers[0].expires: is over since 2026-11-01',
  ],
  [
    'a waiver for what is supported anyway',
    { 'waivers.0.version': '1.23' },
    'waivers[0].version: waives nothing: knative 1.23 is supported',
  ],
  [
    'a waiver for a version that is not there',
    { 'waivers.0.version': '1.19' },
    'waivers[0].version: knative has no version 1.19',
  ],
])('%s', (_, changes, expected) => {
  test('is told with its path', () => {
    expect(warnings(changes)).toContainEqual(expect.stringContaining(expected));
  });
});

test('dates are told when they are within the days', () => {
  const about = (days: number) => warnings({}, days).filter((w) => w.includes('0.35.3'));
  expect(about(24)).toEqual([
    'components.vcluster.versions[2].deprecated: vcluster 0.35.3 becomes deprecated in 24 days, on 2026-12-16',
  ]);
  expect(about(23)).toEqual([]);
});

test('a rule that reads more than purpose and size is not called unreachable', () => {
  const rule = { name: 'labelled', when: 'has(environment.labels.x)', use: 'gke' };
  expect(warnings({ 'placement.rules.2': rule })).toEqual([]);
  expect(exampleCatalog().placement).toBeDefined();
});
