// What is wrong with a catalog is said with its path, all at once, and never depends on the clock.
import { expect, test } from 'vitest';
import { catalogOf } from '../../src/catalog/parse.ts';
import { messageOf, Refused } from '../../src/problem.ts';
import type { Json } from '../../src/step.ts';
import { catalogWith, exampleCatalog } from '../support/catalog.ts';

function complaint(input: unknown): string {
  try {
    catalogOf(input);
  } catch (error) {
    if (error instanceof Refused) return `${error.reason} ${messageOf(error.problems)}`;
    throw error;
  }
  return 'accepted';
}

test('the catalog of the examples is accepted', () => {
  expect(complaint(exampleCatalog())).toBe('accepted');
});

const cases: readonly [name: string, changes: Record<string, Json | undefined>, says: string][] = [
  [
    'an unknown key is named with the nearest one',
    { 'purposes.development.sise': 'small' },
    'purposes.development: unknown key "sise"; did you mean "size"?',
  ],
  [
    'a rule for a cluster type that nobody has',
    { 'placement.rules.1.use': 'eks' },
    'placement.rules[1].use: no cluster type "eks"; known: gke, vcluster',
  ],
  [
    'a rule that does not compile',
    { 'placement.rules.0.when': 'environment.purpose ==' },
    'placement.rules[0].when: ',
  ],
  [
    'a rule that gives no boolean',
    { 'placement.rules.0.when': '1 + 1' },
    'placement.rules[0].when: ',
  ],
  [
    'a host of a rule that is not there',
    { 'placement.rules.1.host': 'dev-9' },
    'placement.rules[1].host: no host "dev-9"; did you mean "dev-',
  ],
  [
    'a location with a vcluster',
    { 'placement.rules.1.location': 'europe-west1' },
    'placement.rules[1].location: goes with use: gke only',
  ],
  [
    'values from nowhere, and from two places',
    {
      'tools.monitoring.valuesFrom': [
        {},
        { secretKeyRef: { name: 'a' }, configMapKeyRef: { name: 'b' } },
      ],
    },
    'tools.monitoring.valuesFrom[0]: write one of secretKeyRef and configMapKeyRef; tools.monitoring.valuesFrom[1]: write one of',
  ],
  [
    'labels for a namespace that is not only the tool’s',
    { 'tools.dapr.namespace': 'monitoring' },
    'tools.monitoring.namespaceLabels: makes and deletes namespace monitoring, which is of dapr too; give the tool a namespace of its own',
  ],
  [
    'labels for a namespace of the cluster',
    { 'tools.monitoring.namespace': 'kube-system' },
    "tools.monitoring.namespaceLabels: makes and deletes namespace kube-system, which is the cluster's own",
  ],
  [
    'a readiness that does not compile',
    { 'tools.monitoring.ready.when': 'objekt.status.ready' },
    'tools.monitoring.ready.when: unknown variable: objekt',
  ],
  [
    'a readiness that gives a number',
    { 'tools.monitoring.ready.when': '1 + 1' },
    'tools.monitoring.ready.when: gives int; it must give true or false',
  ],
  [
    'an unquoted version',
    { 'components.knative.versions.0.version': 1.2 },
    'components.knative.versions[0].version: YAML read this version as the number 1.2: quote it, like "1.2"',
  ],
  [
    'a date that is none',
    { 'components.kubernetes.versions.0.supported': '2026-02-30' },
    'components.kubernetes.versions[0].supported: "2026-02-30" is not a date',
  ],
  [
    'dates out of order',
    { 'components.knative.versions.0.expires': '2020-01-01' },
    'components.knative.versions[0].expires: 2020-01-01 is before',
  ],
  [
    'a requirement on something unknown',
    { 'components.knative.versions.0.requires': { kubernets: '>=1.30' } },
    'components.knative.versions[0].requires.kubernets: no component or tool "kubernets"; did you mean "kubernetes"?',
  ],
  [
    'a requirement that is no range',
    { 'components.knative.versions.0.requires': { kubernetes: 'new' } },
    'components.knative.versions[0].requires.kubernetes: "new" is not a version range',
  ],
  [
    'a size that is not there',
    { 'purposes.development.size': 'smal' },
    'purposes.development.size: no size "smal"; did you mean "small"?',
  ],
  [
    'tools that come after each other',
    {
      'tools.cert-manager.after': ['external-secrets'],
      'tools.external-secrets.after': ['cert-manager'],
    },
    'tools.cert-manager.after: goes round in a circle: cert-manager → external-secrets → cert-manager',
  ],
  [
    'a tool with a built-in name',
    { 'tools.knative': { chart: { repository: 'x', name: 'y' }, namespace: 'z', versions: [] } },
    'tools.knative: "knative" is the name of a built-in tool',
  ],
  [
    'a template that does not compile',
    { 'tools.cert-manager.values': { a: ['${environment.name'] } },
    'tools.cert-manager.values.a[0]: ',
  ],
  [
    'a major.minor version without its chart',
    { 'components.knative.versions.0.chart': undefined },
    "components.knative.versions[0].chart: 1.23 means any patch, so chart must name the chart's exact version",
  ],
  [
    'a second default',
    {
      'components.kubernetes.versions.1.default': true,
      'components.kubernetes.versions.2.default': true,
    },
    'an earlier version is the default already',
  ],
  [
    'a default lifetime above the maximum',
    { 'purposes.development.lifetime.default': '1000h' },
    'purposes.development.lifetime.default: 1000h is longer than the maximum, 720h',
  ],
  [
    'a rule about cost without prices',
    { 'placement.rules.0.when': 'cost.gke < 1.0', 'sizes.small.hourlyCost': undefined },
    'placement.rules[0].when: uses cost, so every size needs hourlyCost for gke and vcluster; missing in sizes: small',
  ],
  [
    'CI agents without a place',
    { 'clusters.tools': undefined, 'ci.isolation': 'tools-cluster' },
    'ci.isolation: tools-cluster needs clusters.tools',
  ],
  [
    'a name that is no DNS label',
    { 'purposes.Dev_1': { size: 'small' } },
    '"Dev_1" must be a DNS label',
  ],
  ['a catalog from elsewhere', { catalogFrom: { name: 'x' } }, 'belongs into the input'],
  [
    'a waiver for nothing',
    { 'waivers.0.component': 'knativ' },
    'waivers[0].component: no component or tool "knativ"; did you mean "knative"?',
  ],
  ['another kind', { kind: 'Katalog' }, 'kind: '],
];

test.each(cases)('%s', (_, changes, says) => {
  const message = complaint(catalogWith(changes));
  expect(message).toContain(says);
  expect(message).toMatch(/^InvalidCatalog /);
});

test('several problems are reported together, in a stable order', () => {
  const input = catalogWith({
    'purposes.development.size': 'x',
    'purposes.production.size': 'y',
    'ci.host': 'z',
  });
  expect(
    complaint(input)
      .split('; ')
      .filter((part) => part.includes('no ')),
  ).toHaveLength(3);
});

test('what the schema refuses does not hide what is wrong elsewhere', () => {
  const input = catalogWith({
    'purposes.development.lifetme': {},
    'purposes.development.size': 'tiny',
    'components.knative.versions.1.expires': 'soon',
  });
  const message = complaint(input);
  expect(message).toContain(
    'purposes.development: unknown key "lifetme"; did you mean "lifetime"?',
  );
  expect(message).toContain('purposes.development.size: no size "tiny"');
  expect(message).toContain('components.knative.versions[1].expires: "soon" is not a date');
});

test('nor does what it cannot do without', () => {
  const input = catalogWith({
    'components.kubernetes.versions.0.version': 1.36,
    'placement.rules.1.use': 'eks',
    'sizes.small.gke.machineType': 5,
    organization: undefined,
    'components.knative.versions.0.expires': '2020-01-01',
  });
  const message = complaint(input);
  for (const part of [
    'components.kubernetes.versions[0].version: YAML read this version as the number 1.36',
    'sizes.small.gke.machineType: must be a string',
    'organization: is missing',
    'placement.rules[1].use: no cluster type "eks"; known: gke, vcluster',
    'components.knative.versions[0].expires: ',
  ])
    expect(message).toContain(part);
  // What stands for what is missing is not spoken of.
  expect(message).not.toMatch(/stand-in|"0\.1"/);
  expect(message.split('; ').length).toBeLessThan(9);
});

test.each([
  [{ 'sizes.small': 'x' }, ['sizes.small: must be a map, and is the string "x"']],
  [
    {
      'components.github-runners': {},
      'purposes.development.tools.ci': { agent: 'github', version: '0.14.2' },
    },
    ['components.github-runners.versions: is missing: a list is needed'],
  ],
  [
    { 'components.kubernetes.versions.0.clusters': ['vclsuter'] },
    [
      'components.kubernetes.versions[0].clusters[0]: no "vclsuter"; did you mean "vcluster"? known: gke, vcluster',
    ],
  ],
  [
    { 'clusters.vcluster.hosts.0.endpoint': { type: 'Ingres', domain: 'a.b' } },
    [
      'clusters.vcluster.hosts[0].endpoint.type: no "Ingres"; did you mean "Ingress"? known: InCluster, Ingress, LoadBalancer',
    ],
  ],
])('and says nothing that nobody wrote: %j', (changes, says) => {
  expect(complaint(catalogWith(changes as Record<string, Json>))).toBe(
    `InvalidCatalog ${says.join('; ')}`,
  );
});

test('a version of CI agents in a bundle is one of the catalog’s', () => {
  const ci = { agent: 'github', version: '9.9.9' };
  expect(complaint(catalogWith({ 'purposes.development.tools.ci': ci }))).toContain(
    'purposes.development.tools.ci.version: no version 9.9.9 of github-runners; known: ',
  );
});

test.each([undefined, null, [], 'text', {}])(
  'without a catalog (%j) it says to write one',
  (input) => {
    expect(complaint(input)).toContain('the pipeline step has no catalog; write one');
  },
);

test('a catalog is parsed once for the same content', () => {
  expect(catalogOf(exampleCatalog())).toBe(catalogOf(exampleCatalog()));
});
