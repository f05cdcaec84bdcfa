// Input that nobody wants: each ends in a clear refusal or is handled, none throws, none drops a resource.
import { Severity } from '@crossplane-org/function-sdk-typescript';
import { describe, expect, test } from 'vitest';
import { catalogOf } from '../src/catalog/parse.ts';
import { at } from '../src/json.ts';
import { REASONS } from '../src/problem.ts';
import type { JsonObject } from '../src/step.ts';
import { catalog, composed, place, run, settled, withSpec } from './support/play.ts';
import type { World } from './support/world.ts';

// biome-ignore lint/suspicious/noExplicitAny: the catalog is edited freely, like a file.
type Free = any;

function edited(edit: (catalog: Free) => void): JsonObject {
  const copy = structuredClone(catalog);
  edit(copy);
  // On the wire nothing is undefined.
  return JSON.parse(JSON.stringify(copy));
}

/** What the first condition says: `Accepted`, or the reason and the message of a refusal. */
async function said(self: World): Promise<string> {
  const { response } = await self.pass();
  const accepted = response.conditions[0];
  expect(response.conditions).toHaveLength(4);
  return accepted?.reason === 'Accepted' ? 'Accepted' : `${accepted?.reason}: ${accepted?.message}`;
}

function sayOf(spec: JsonObject, input: JsonObject = catalog): Promise<string> {
  return said(place('namespaced', spec, { catalog: input }));
}

const development = { purpose: 'development' };
const production = { purpose: 'production' };
const sandbox = { purpose: 'sandbox' };
const github = {
  agent: 'github',
  url: 'https://github.com/acme/checkout',
  secretRef: { name: 'github-app' },
};

describe('every reason of a refusal, and what a developer reads', () => {
  interface Row {
    readonly spec?: JsonObject;
    /** For a change: what was accepted before. */
    readonly before?: JsonObject;
    readonly edit?: (catalog: Free) => void;
    readonly says: string;
  }
  const rows: readonly Row[] = [
    {
      edit: (c) => {
        c.placement.rules[1].use = 'eks';
        c.purposes.development.size = 'smal';
      },
      says: 'InvalidCatalog: placement.rules[1].use: no cluster type "eks"; known: gke, vcluster; purposes.development.size: no size "smal"; did you mean "small"? known: large, medium, small',
    },
    {
      spec: {},
      says: 'InvalidSpec: spec.purpose: is missing: a string is needed; write what the environment is for, one of: development, production, sandbox, staging',
    },
    {
      spec: { purpose: 'develpment' },
      says: 'InvalidSpec: spec.purpose: no purpose "develpment"; did you mean "development"? known: development, production, sandbox, staging',
    },
    {
      spec: { ...development, size: 'smal' },
      says: 'InvalidSpec: spec.size: no size "smal"; did you mean "small"? known: large, medium, small',
    },
    {
      spec: { ...development, team: 'ml' },
      says: 'InvalidSpec: spec.team: team "ml" does not own namespace team-payments; write one of: team-payments',
    },
    {
      spec: { ...development, cluster: { host: 'dev-9' } },
      says: 'InvalidSpec: spec.cluster.host: no host "dev-9"; did you mean "dev-0"? known: dev-0, dev-1, dev-2',
    },
    {
      spec: { ...development, cluster: { host: 'dev-0' } },
      says: 'InvalidSpec: spec.cluster.host: host dev-0 takes no new environments (It is drained until the end of 2026; use dev-1); open: dev-1, dev-2',
    },
    {
      spec: { ...development, cluster: { location: 'europe-west1' } },
      says: 'InvalidSpec: spec.cluster.location: "europe-west1" goes with gke only, and this environment is a vcluster; leave it out',
    },
    {
      spec: { ...production, cluster: { host: 'dev-1' } },
      says: 'InvalidSpec: spec.cluster.host: "dev-1" goes with vcluster only, and this environment is a gke; leave it out',
    },
    {
      spec: { ...production, cluster: { location: 'europe-west9' } },
      says: 'InvalidSpec: spec.cluster.location: no location "europe-west9"; did you mean "europe-west1"? known: europe-west1, us-east1',
    },
    {
      spec: { ...development, cluster: { typ: 'gke' } },
      says: 'InvalidSpec: spec.cluster: unknown key "typ"; did you mean "type"? known: host, location, moveFrom, type',
    },
    {
      spec: { ...development, tools: { extra: [{ name: 'kafka' }] } },
      says: 'InvalidSpec: spec.tools.extra.kafka: no tool "kafka"; known: cert-manager, dapr, external-secrets, ingress-nginx, monitoring',
    },
    {
      spec: {
        ...development,
        tools: { extra: [{ name: 'cert-manager' }, { name: 'cert-manager' }] },
      },
      says: 'InvalidSpec: spec.tools.extra: cert-manager is there twice',
    },
    {
      spec: { ...development, tools: { ci: { ...github, url: 'https://me:pw@github.com/acme' } } },
      says: 'InvalidSpec: spec.tools.ci.url: must not contain credentials; they belong in secretRef',
    },
    {
      spec: {
        ...development,
        tools: { ci: { ...github, url: 'https://github.com/acme?token=t' } },
      },
      says: 'InvalidSpec: spec.tools.ci.url: must end with its path: a token in it would be seen; credentials belong in secretRef',
    },
    {
      spec: {
        ...development,
        tools: {
          gitops: {
            engine: 'argocd',
            repository: { url: 'https://git.acme.example/a?token=t', revision: 'main' },
          },
        },
      },
      says: 'InvalidSpec: spec.tools.gitops.repository.url: must end with its path: a token in it would be seen; credentials belong in secretRef',
    },
    {
      spec: { ...development, tools: { ci: { ...github, agents: { minimum: 9 } } } },
      says: 'InvalidSpec: spec.tools.ci.agents.minimum: 9 is more than the default maximum, 5',
    },
    {
      spec: { ...development, lifetime: '7d' },
      says: 'InvalidSpec: spec.lifetime: "7d" is not a duration; write it like "72h" or "1h30m"',
    },
    {
      spec: { ...development, suspended: true },
      says: 'NotImplemented: spec.suspended: suspending is not built in this release; leave it out or write false',
    },
    {
      spec: { ...development, cluster: { moveFrom: 'x' } },
      says: 'NotImplemented: spec.cluster.moveFrom: moving to another cluster is not built in this release; leave it out',
    },
    {
      spec: { ...development, tools: { knative: { mode: 'shared' } } },
      says: 'ToolNotAllowed: spec.tools.knative.mode: Knative cannot be shared here: it needs clusters.vcluster.edition: pro, and the catalog says oss, which would sync nothing without a word; host dev-1 has no Knative to share (clusters.vcluster.hosts[].knative in the catalog); write mode: dedicated, or leave mode out',
    },
    {
      spec: { ...development, tools: { ci: { agent: 'tekton', url: 'https://tekton.dev' } } },
      says: 'InvalidSpec: spec.tools.ci.url: does not apply to tekton: nobody calls in; pipelines are started in its cluster; leave it out',
    },
    {
      spec: { ...development, tools: { ci: { agent: 'tekton' } } },
      edit: (c) => {
        c.ci = { isolation: 'tools-cluster' };
      },
      says: 'ToolNotAllowed: spec.tools.ci.agent: tekton can be installed once in a cluster, and CI agents of all environments share the tools cluster here (ci.isolation: tools-cluster); choose another agent, or ask the platform team for virtual-cluster or node-pool',
    },
    {
      spec: { ...development, cluster: { type: 'gke' } },
      says: 'ClusterTypeNotAllowed: spec.cluster.type: gke was asked for, and purpose development allows: vcluster; leave cluster.type out, or write cluster.type: vcluster',
    },
    {
      spec: { ...development, tools: { ci: github } },
      edit: (c) => {
        c.ci = undefined;
      },
      says: 'ToolNotAllowed: spec.tools.ci: the catalog says nothing about where CI agents may run; leave ci out, or ask the platform team to add ci.isolation',
    },
    {
      spec: { ...development, tools: { ci: github } },
      edit: (c) => {
        c.ci = { isolation: 'node-pool' };
      },
      says: 'ToolNotAllowed: spec.tools.ci: CI agents run on a node pool of their own here (ci.isolation: node-pool), which a vcluster does not have; leave ci out, or use a gke environment',
    },
    {
      spec: { ...production, tools: { knative: { enabled: false } } },
      says: 'ToolRequired: spec.tools.knative.enabled: purpose production requires knative; leave enabled out or write true',
    },
    {
      spec: { ...development, tools: { knative: { version: '1.22' } } },
      says: 'VersionNotBlessed: spec.tools.knative.version: knative 1.22 is deprecated since 2026-11-03; blessed now: 1.23 (default)',
    },
    {
      spec: { ...development, tools: { knative: { version: '1.20' } } },
      says: 'VersionNotBlessed: spec.tools.knative.version: knative 1.20 is not in the catalog; blessed now: 1.23 (default)',
    },
    {
      spec: { ...development, tools: { ci: { ...github, version: '0.15.1' } } },
      says: 'VersionNotBlessed: spec.tools.ci.version: github-runners 0.15.1 is a preview until 2027-01-11; blessed now: 0.14.2 (default)',
    },
    {
      edit: (c) => {
        c.components.knative = undefined;
      },
      says: 'VersionNotBlessed: spec.tools.knative: no version of knative is blessed now for a new environment; the platform team must add one to components.knative.versions',
    },
    {
      spec: { ...development, kubernetes: { version: '1.35' } },
      edit: (c) => {
        c.components.knative.versions = [
          { version: '1.23', chart: '1.23.0', requires: { kubernetes: '>=1.36' } },
        ];
      },
      says: 'IncompatibleVersions: spec.tools.knative: knative 1.23 needs kubernetes >=1.36, and kubernetes is 1.35; knative 1.23 with kubernetes 1.36 works',
    },
    {
      edit: (c) => {
        c.components.knative.versions = [
          { version: '1.23', chart: '1.23.0', requires: { kubernetes: '>=1.40' } },
        ];
      },
      says: 'VersionNotBlessed: spec.tools.knative: knative 1.23 needs kubernetes >=1.40, and kubernetes is 1.35; no blessed combination works: the platform team must bless one',
    },
    {
      spec: { ...development, tools: { ci: { agent: 'tekton' } } },
      edit: (c) => {
        c.ci = undefined;
      },
      says: 'ToolNotAllowed: spec.tools.ci: the catalog says nothing about where CI agents may run; leave ci out, or ask the platform team to add ci.isolation',
    },
    {
      spec: { ...development, tools: { extra: [{ name: 'cert-manger', enabled: false }] } },
      says: 'InvalidSpec: spec.tools.extra.cert-manger: no tool "cert-manger"; did you mean "cert-manager"? known: cert-manager, dapr, external-secrets, ingress-nginx, monitoring',
    },
    {
      spec: { ...development, writeConnectionSecretToRef: { name: 'Not_Valid', nam: 'x' } },
      says: 'InvalidSpec: spec.writeConnectionSecretToRef: unknown key "nam"; did you mean "name"? known: name; spec.writeConnectionSecretToRef.name: "Not_Valid" must be a name: lower-case letters, digits, "-" and "."',
    },
    {
      spec: { ...development, cluster: { type: 'vcluster', location: 'europe-west1' } },
      says: 'InvalidSpec: spec.cluster.location: "europe-west1" goes with gke only, and cluster.type is vcluster; leave it out',
    },
    {
      before: sandbox,
      spec: { ...sandbox, cluster: { type: 'gke', location: 'us-east1' } },
      says: 'MoveNotConfirmed: spec.cluster.type: the environment lives in vcluster team-payments-checkout-438d1dcb, and type gke would move it, which loses what is in it; moving is not built in this release: write vcluster, or leave type out, or make a new environment',
    },
    {
      before: development,
      spec: { ...development, cluster: { type: 'gke' } },
      says: 'ClusterTypeNotAllowed: spec.cluster.type: the environment lives in a vcluster, and purpose development allows: vcluster; write vcluster, or leave type out',
    },
    {
      before: development,
      spec: { ...development, cluster: { host: 'dev-9' } },
      says: 'InvalidSpec: spec.cluster.host: no host "dev-9"; write dev-1, or leave host out',
    },
    {
      before: production,
      spec: { ...production, cluster: { location: 'mars' } },
      says: 'InvalidSpec: spec.cluster.location: no location "mars"; write europe-west1, or leave location out',
    },
    {
      before: development,
      spec: { ...development, tools: { extra: [{ name: 'knative', enabled: false }] } },
      says: 'InvalidSpec: spec.tools.extra.knative: knative is no tool of the catalog; write tools.knative',
    },
    {
      spec: { ...development, tools: { ci: { agent: 'tektn' } } },
      edit: (c) => {
        c.placement.rules[0].when = 'environment.tools.ci.agent == "tekton"';
      },
      says: 'InvalidSpec: spec.tools.ci.agent: no "tektn"; did you mean "tekton"? known: buildkite, github, gitlab, jenkins, tekton',
    },
    {
      spec: { purpose: 'sandbox', size: 'lrge', cluster: { location: 'us-east1' } },
      says: 'InvalidSpec: spec.size: no size "lrge"; did you mean "large"? known: large, medium, small',
    },
    {
      spec: {
        ...production,
        cluster: { type: 'vcluster' },
        tools: { knative: { mode: 'shared' } },
      },
      says: 'ClusterTypeNotAllowed: spec.cluster.type: vcluster was asked for, and purpose production allows: gke; leave cluster.type out, or write cluster.type: gke',
    },
    {
      before: development,
      spec: { ...development, cluster: { host: 'dev-2' } },
      says: 'MoveNotConfirmed: spec.cluster.host: the environment lives in vcluster team-payments-checkout-438d1dcb (host dev-1), and host dev-2 would move it, which loses what is in it; moving is not built in this release: write dev-1, or leave host out, or make a new environment',
    },
    {
      before: development,
      spec: { ...development, tools: { knative: { version: '1.21' } } },
      says: 'ChangeNotPossible: spec.tools.knative.version: knative 1.23 runs, and going down to 1.21 is not possible; write 1.23 or leave it out',
    },
    {
      spec: { ...development, lifetime: '721h' },
      says: 'LifetimeTooLong: spec.lifetime: 721h is longer than 720h, the most that purpose development allows',
    },
  ];

  test.each(rows.map((row) => ({ ...row, title: row.says.slice(0, 70) })))(
    '$title',
    async ({ spec = development, before, edit = () => undefined, says }) => {
      if (before === undefined) return expect(await sayOf(spec, edited(edit))).toBe(says);
      const self = await settled('namespaced', before);
      withSpec(self, spec);
      const names = composed(self);
      expect(await said(self)).toBe(says);
      expect(composed(self)).toEqual(names);
    },
  );

  test('no reason is left out', () => {
    const told = new Set(rows.map(({ says }) => says.split(':')[0]));
    expect(REASONS.filter((reason) => !told.has(reason))).toEqual([]);
  });

  test('several problems come together, the reason is the first of the table', async () => {
    const spec = {
      ...development,
      size: 'smal',
      lifetime: '9999h',
      tools: { knative: { version: '1.22' }, extra: [{ name: 'kafka' }] },
    };
    expect((await sayOf(spec)).split('; spec.')).toEqual([
      'InvalidSpec: spec.size: no size "smal"; did you mean "small"? known: large, medium, small',
      'tools.extra.kafka: no tool "kafka"; known: cert-manager, dapr, external-secrets, ingress-nginx, monitoring',
      'tools.knative.version: knative 1.22 is deprecated since 2026-11-03; blessed now: 1.23 (default)',
      'lifetime: 9999h is longer than 720h, the most that purpose development allows',
    ]);
  });

  test.each([
    {
      what: 'an unknown purpose',
      spec: {
        ...{ purpose: 'devel', size: 'huge', suspended: true, team: 'nobody' },
        cluster: { host: 'nix' },
      },
      paths: ['cluster.host', 'purpose', 'size', 'team', 'suspended'],
    },
    {
      what: 'a purpose that cannot be read',
      spec: { purpose: 5, size: 'huge' },
      paths: ['purpose', 'size'],
    },
    {
      what: 'an unknown key',
      spec: { ...development, size: 'huge', lifetime: '9999h', tools: { knativ: {} } },
      paths: ['size', 'tools', 'lifetime'],
    },
    {
      what: 'a value that cannot be read, and says nothing of what would need it',
      spec: {
        ...development,
        kubernetes: { version: 1.35 },
        tools: { knative: { version: '1.0' }, ci: { agent: 'github', url: 'git@x' } },
      },
      paths: ['kubernetes.version', 'tools.ci.url', 'tools.knative.version'],
    },
    {
      what: 'a cluster that cannot be read, and nothing of what depends on it',
      spec: { ...development, cluster: { type: 'eks', host: 'dev-1' }, lifetime: '9999h' },
      paths: ['cluster.type', 'lifetime'],
    },
    {
      what: 'a cluster type that is not allowed',
      spec: {
        ...production,
        cluster: { type: 'vcluster' },
        tools: { knative: { enabled: false }, ci: { ...github, version: '1.0' } },
      },
      paths: ['cluster.type', 'tools.knative.enabled', 'tools.ci.version'],
    },
  ])('$what hides nothing else', async ({ spec, paths }) => {
    const problems = (await sayOf(spec)).replace(/^\w+: /, '').split(/; (?=spec\.)/);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(
      paths.map((path) => `spec.${path}`),
    );
  });
});

describe('messages say what would be right, in words', () => {
  test.each([
    { path: 'spec.kubernetes.version', spec: { kubernetes: { version: 1.3 } }, number: '1.3' },
    {
      path: 'spec.tools.knative.version',
      spec: { tools: { knative: { version: 1.2 } } },
      number: '1.2',
    },
  ])('a version that YAML read as a number: $path', async ({ path, spec, number }) => {
    const message = await sayOf({ ...development, ...spec });
    expect(message).toContain(
      `InvalidSpec: ${path}: YAML read this version as the number ${number}`,
    );
    expect(message).toContain('quote');
    // Whoever wrote 1.20 must not be told to write "1.2".
    expect(message).toContain(`"${number}0"`);
  });

  test('a version of the catalog that YAML read as a number', async () => {
    const input = edited((c) => {
      c.components.kubernetes.versions[0].version = 1.3;
    });
    expect(await sayOf(development, input)).toContain(
      'components.kubernetes.versions[0].version: YAML read this version as the number 1.3',
    );
  });

  test('rules that choose what the purpose does not allow: the developer left cluster.type out already', async () => {
    const input = edited((c) => {
      c.purposes.development.clusters = ['gke'];
    });
    const message = await sayOf(development, input);
    expect(message).toMatch(
      /^ClusterTypeNotAllowed: spec\.cluster\.type: vcluster is what placement/,
    );
    expect(message).toContain('write');
    expect(message).toContain('gke');
    expect(message).not.toContain('leave cluster.type out');
  });

  test('a size that the backing store cannot follow', async () => {
    const self = await settled('namespaced', development);
    withSpec(self, { ...development, size: 'large' });
    const message = await said(self);
    expect(message).toMatch(/^ChangeNotPossible: spec\.size: backing store stays sqlite/);
    expect(message).toMatch(/write|leave/);
  });

  const wordless: readonly { what: string; spec?: JsonObject; edit?: (c: Free) => void }[] = [
    { what: 'a domain', spec: { tools: { knative: { domain: 'Not A Domain' } } } },
    { what: 'a size name that is too long', spec: { size: 'x'.repeat(64) } },
    { what: 'too many agents', spec: { tools: { ci: { ...github, agents: { maximum: 5000 } } } } },
    { what: 'too few agents', spec: { tools: { ci: { ...github, agents: { maximum: 0 } } } } },
    { what: 'half an agent', spec: { tools: { ci: { ...github, agents: { maximum: 1.5 } } } } },
    { what: 'an empty purpose', spec: { purpose: '' } },
    { what: 'an empty name of a tool', spec: { tools: { extra: [{ name: '' }] } } },
    {
      what: 'a rule that is empty',
      edit: (c) => {
        c.placement.rules[0].when = '';
      },
    },
    {
      what: 'a rule that is too long',
      edit: (c) => {
        c.placement.rules[0].when = `true${' && true'.repeat(999)}`;
      },
    },
    {
      what: 'a purpose with a name of 64 characters',
      edit: (c) => {
        c.purposes['a'.repeat(64)] = c.purposes.sandbox;
      },
    },
    {
      what: 'a negative price',
      edit: (c) => {
        c.sizes.small.hourlyCost.gke = -1;
      },
    },
    {
      what: 'no host',
      edit: (c) => {
        c.clusters.vcluster.hosts = [];
      },
    },
    {
      what: 'a disk of a byte',
      edit: (c) => {
        c.sizes.small.gke.diskGb = 0;
      },
    },
  ];
  test.each(wordless)('$what', async ({ spec, edit = () => undefined }) => {
    const message = await sayOf({ ...development, ...spec }, edited(edit));
    expect(message).toMatch(/^Invalid(Spec|Catalog): /);
    // These are the library's words: they tell a programmer something, and a developer nothing.
    expect(message).not.toMatch(
      /Too (big|small)|Invalid (string|input|option)|expected \w+ to|\/\^/,
    );
  });

  test.each(['a..b', '-a.example', 'a-.example', `${'a'.repeat(64)}.example`])(
    'a domain that is none is not taken: %s',
    async (domain) => {
      expect(await sayOf({ ...development, tools: { knative: { domain } } })).toMatch(
        /^InvalidSpec: spec\.tools\.knative\.domain: /,
      );
    },
  );
});

describe('a catalog', () => {
  test.each([undefined, {}])('that is %j is missing', (input) => {
    const request = place('namespaced', development).request();
    const response = run({ ...request, input });
    expect(response.conditions[0]?.message).toMatch(
      /^input: the pipeline step has no catalog; write/,
    );
  });

  test.each([null, [], 'text', 5, true])('that is %j, which no pipeline can send, too', (input) => {
    expect(() => catalogOf(input)).toThrow('input: the pipeline step has no catalog; write');
  });

  test('with 200 waivers, 200 hosts, 200 rules and 200 tools works', async () => {
    const input = edited((c) => {
      const rule = { ...c.placement.rules[0], when: 'environment.purpose == "nothing"' };
      c.waivers = Array.from({ length: 200 }, (_, i) => ({ ...c.waivers[0], owner: `jane-${i}` }));
      c.placement.rules = Array.from({ length: 200 }, (_, i) => ({ ...rule, name: `rule-${i}` }));
      c.clusters.vcluster.hosts.push(
        ...Array.from({ length: 190 }, (_, i) => ({ name: `h-${i}` })),
      );
      const tool = c.tools['external-secrets'];
      for (let i = 0; i < 200; i++)
        c.tools[`tool-${i}`] = { ...tool, after: i === 0 ? [] : [`tool-${i - 1}`] };
    });
    const extra = Array.from({ length: 100 }, (_, i) => ({ name: `tool-${i}` }));
    const spec = { ...development, tools: { knative: { version: '1.21' }, extra } };
    const self = place('namespaced', spec, { catalog: input });
    expect(await said(self)).toBe('Accepted');
    const before = performance.now();
    await self.pass();
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test('with names of 63 characters works', async () => {
    const name = (letter: string) => letter.repeat(63);
    const input = edited((c) => {
      c.organization = name('o');
      c.controlPlane = name('p');
      c.purposes[name('d')] = { ...c.purposes.development, size: name('s') };
      c.sizes[name('s')] = c.sizes.small;
      c.clusters.vcluster.hosts = [{ name: name('h') }];
      c.placement.rules = [];
      c.tools[name('t')] = c.tools['cert-manager'];
      c.tools[`${'t'.repeat(62)}u`] = c.tools['cert-manager'];
    });
    const extra = [{ name: name('t') }, { name: `${'t'.repeat(62)}u` }];
    const self = place('namespaced', { purpose: name('d'), tools: { extra } }, { catalog: input });
    expect((await self.settle(40)).at(-1)?.phase).toBe('Ready');
    const names = [...self.composed.values()].map(({ resource }) =>
      at(resource, 'metadata', 'name'),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const each of names) expect(String(each).length).toBeLessThanOrEqual(63);
  });

  const wrong: readonly (readonly [string, (c: Free) => void, RegExp])[] = [
    [
      '30 February',
      (c) => {
        c.components.knative.versions[0].supported = '2026-02-30';
      },
      /supported: "2026-02-30" is not a date; write it like "2027-03-28"$/,
    ],
    [
      'a date in words',
      (c) => {
        c.waivers[0].expires = 'someday';
      },
      /waivers\[0\]\.expires: "someday" is not a date/,
    ],
    [
      'a date that is a number',
      (c) => {
        c.components.knative.versions[0].expires = 20270203;
      },
      /expires: must be a date like "2027-03-28"/,
    ],
    [
      'dates out of order',
      (c) => {
        c.components.knative.versions[0].deprecated = '2026-01-01';
      },
      /deprecated: 2026-01-01 is before supported, 2026-08-15/,
    ],
    [
      'a circle of tools',
      (c) => {
        c.tools['cert-manager'].after = ['external-secrets'];
      },
      /tools\.cert-manager\.after: goes round in a circle: cert-manager → external-secrets → cert-manager/,
    ],
    [
      'a tool after itself',
      (c) => {
        c.tools['cert-manager'].after = ['cert-manager'];
      },
      /circle: cert-manager → cert-manager/,
    ],
    [
      'CEL that does not compile',
      (c) => {
        c.placement.rules[0].when = 'environment.purpose ==';
      },
      /placement\.rules\[0\]\.when: unexpected token/,
    ],
    [
      'CEL over an unknown variable',
      (c) => {
        c.placement.rules[0].when = 'enviroment.purpose == "x"';
      },
      /did you mean "environment"\?/,
    ],
    [
      'CEL that gives no boolean',
      (c) => {
        c.placement.rules[0].when = '"a" + "b"';
      },
      /gives a value of type string, and a rule must give true or false/,
    ],
    [
      'CEL that gives no boolean when it runs',
      (c) => {
        c.placement.rules[0].when = 'environment.purpose';
      },
      /rule production-has-its-own-cluster fails for this environment: gives a value of type string/,
    ],
    [
      'CEL that misses a key when it runs',
      (c) => {
        c.placement.rules[0].when = 'environment.labels.tier == "gold"';
      },
      /rule production-has-its-own-cluster fails for this environment: no such key: tier/,
    ],
    [
      'CEL in 1,500 parentheses',
      (c) => {
        c.placement.rules[0].when = `${'('.repeat(1500)}true${')'.repeat(1500)}`;
      },
      /placement\.rules\[0\]\.when: .*(deep|depth)/i,
    ],
    [
      'CEL with 4,000 negations',
      (c) => {
        c.placement.rules[0].when = `${'!'.repeat(4000)}true`;
      },
      /placement\.rules\[0\]\.when: /,
    ],
    [
      'a pattern that never ends',
      (c) => {
        c.placement.rules[0].when = 'environment.name.matches("(a+)+$")';
      },
      /placement\.rules\[0\]\.when: .*repeat/,
    ],
    [
      'a template without end',
      (c) => {
        c.tools['cert-manager'].values = { a: `\${environment.name` };
      },
      /tools\.cert-manager\.values\.a: has an expression without end/,
    ],
    [
      'values nested 200 levels deep',
      (c) => {
        c.tools['cert-manager'].values = nested(200);
      },
      /is nested more than 64 levels deep/,
    ],
    [
      'a unicode name',
      (c) => {
        c.purposes.größe = c.purposes.sandbox;
      },
      /purposes\.größe: "größe" must be a DNS label/,
    ],
    [
      'a map that is a list',
      (c) => {
        c.purposes = [];
      },
      /purposes: must be a map, and is a list/,
    ],
    [
      'a list that is text',
      (c) => {
        c.components.knative.versions = '1.23';
      },
      /versions: must be a list, and is the string "1\.23"/,
    ],
    [
      'an unknown key',
      (c) => {
        c.purpose = {};
      },
      /unknown key "purpose"; did you mean "purposes"\?/,
    ],
    [
      'a quantity that is a number',
      (c) => {
        c.sizes.small.vcluster.cpu = 4;
      },
      /cpu: quantities are text: write "4"/,
    ],
    [
      'another kind',
      (c) => {
        c.kind = 'Katalog';
      },
      /kind: no "Katalog"; did you mean "Catalog"\?/,
    ],
    [
      'catalogFrom without a name',
      (c) => {
        c.catalogFrom = {};
      },
      /catalogFrom: must have either name or matchLabels/,
    ],
  ];
  test.each(wrong)(
    'with %s is refused, and a settled environment is left alone',
    async (_, edit, says) => {
      const input = edited(edit);
      expect(await sayOf(development, input)).toMatch(/^InvalidCatalog: /);
      expect(await sayOf(development, input)).toMatch(says);
      const self = await settled('namespaced', development);
      const before = composed(self);
      self.catalog = input;
      await self.pass();
      expect(composed(self)).toEqual(before);
    },
  );

  test('nested more than 256 levels deep is refused before it is read', () => {
    const request = place('namespaced', development).request();
    const answered = (levels: number) =>
      run({ ...request, input: { ...catalog, metadata: nested(levels) } });
    expect(answered(250).conditions).toHaveLength(4);
    expect(() => answered(260)).toThrow('nested more than 256 levels deep');
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'with the key %s everywhere reaches no prototype',
    async (key) => {
      const place = (value: unknown) =>
        JSON.parse(`{${JSON.stringify(key)}: ${JSON.stringify(value)}}`);
      for (const path of [
        'purposes',
        'sizes',
        'tools',
        'teams',
        'components',
        'placement',
        'clusters',
      ]) {
        const input = edited((c) => {
          Object.defineProperty(c[path], key, {
            value: place({ polluted: true }),
            enumerable: true,
            configurable: true,
          });
        });
        const self = await said(world(input));
        expect(self).toMatch(/^(Accepted|InvalidCatalog: )/);
      }
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    },
  );

  function world(input: JsonObject): World {
    return place('namespaced', development, { catalog: input });
  }
});

describe('a spec', () => {
  test.each(['__proto__', 'constructor', 'prototype', 'valueOf'])(
    'with %s as a name of something',
    async (key) => {
      const own = JSON.parse(`{${JSON.stringify(key)}: {"enabled": true}}`);
      for (const spec of [
        { purpose: key },
        { ...development, size: key },
        { ...development, team: key },
        { ...development, cluster: { host: key } },
        { ...development, tools: { extra: [{ name: key }] } },
        { ...development, tools: own },
        { ...development, cluster: own },
      ])
        expect(await sayOf(spec), JSON.stringify(spec)).toMatch(/^InvalidSpec: spec\./);
      // At the top other keys are let be.
      expect(await sayOf({ ...own, ...development })).toBe('Accepted');
      expect(await sayOf(JSON.parse(`{"purpose": "development", ${JSON.stringify(key)}: 1}`))).toBe(
        'Accepted',
      );
    },
  );

  test.each([
    undefined,
    null,
    [],
    'text',
    5,
    {},
    { purpose: null },
    { purpose: ['development'] },
    { purpose: 'entwicklung 🚀' },
    { purpose: 'x'.repeat(10_000) },
  ])('that is %j is refused', async (spec) => {
    const self = place('namespaced', development);
    self.composite = { ...self.composite, spec: spec as JsonObject };
    expect(await said(self)).toMatch(/^InvalidSpec: spec\.purpose: /);
  });

  test.each([null, [], 'text', 5, true])('whose blocks are %j is refused', async (value) => {
    for (const key of ['cluster', 'kubernetes', 'tools', 'lifetime', 'size', 'team'])
      if (!(typeof value === 'string' && ['size', 'team', 'lifetime'].includes(key)))
        expect(await sayOf({ ...development, [key]: value }), key).toMatch(/^InvalidSpec: spec\./);
  });

  test('with another step’s keys at the top is taken', async () => {
    const spec = { ...development, compositionRef: { name: 'x' }, crossplane: {}, buckets: [1] };
    expect(await sayOf(spec)).toBe('Accepted');
  });

  test('of a composite without any metadata is planned', async () => {
    const self = place('claims', development);
    self.composite = { spec: development };
    expect(await said(self)).toBe('Accepted');
  });
});

describe('observed', () => {
  const everything = {
    purpose: 'sandbox',
    cluster: { type: 'gke' },
    tools: { knative: {}, ci: github, extra: [{ name: 'cert-manager' }] },
  };

  async function withResources(
    edit: (resource: Record<string, unknown>, name: string) => void,
    spec: JsonObject = everything,
  ) {
    const self = await settled('namespaced', spec);
    const request = self.request();
    for (const [name, { resource }] of Object.entries(request.observed?.resources ?? {}))
      edit(resource as Record<string, unknown>, name);
    return { self, request, response: run(request) };
  }

  test.each([
    undefined,
    null,
    'text',
    5,
    [],
    {},
    { conditions: null },
    { conditions: 'Ready' },
    { conditions: {} },
    { conditions: [null, 5, 'Ready', {}, { type: 5 }] },
    { conditions: [{ type: 'Ready', status: true }] },
    { conditions: [{ type: 'Ready' }, { type: 'Ready', status: 'True' }] },
    { atProvider: 'text' },
    { atProvider: { manifest: [] } },
    { atProvider: { state: 5, version: {} } },
  ])('status %j: nothing is dropped, and nothing is believed to be ready', async (status) => {
    const { self, response } = await withResources((resource) => {
      if (status === undefined) delete resource.status;
      else resource.status = status;
    });
    expect(Object.keys(response.desired?.resources ?? {}).sort()).toEqual(composed(self));
    expect(response.desired?.composite?.ready).toBe(2);
    expect(response.conditions[1]).toMatchObject({ type: 'ClusterReady', status: 3 });
  });

  test.each([undefined, null, 'text', [], {}, { forProvider: 'text' }])(
    'spec %j: nothing is dropped',
    async (spec) => {
      const { self, response } = await withResources((resource) => {
        if (spec === undefined) delete resource.spec;
        else resource.spec = spec;
      });
      const fatal = response.results.some((r) => r.severity === Severity.SEVERITY_FATAL);
      if (!fatal)
        expect(Object.keys(response.desired?.resources ?? {}).sort()).toEqual(composed(self));
    },
  );

  test('a resource of another kind under one of our names is left alone, and so is everything else', async () => {
    const { response } = await withResources((resource, name) => {
      if (name === 'gke-knative-operator')
        Object.assign(resource, { apiVersion: 'v1', kind: 'ConfigMap' });
    });
    expect(response.results.at(-1)).toMatchObject({
      severity: Severity.SEVERITY_FATAL,
      reason: 'ChangeNotPossible',
      message:
        'composed resource gke-knative-operator is a v1 ConfigMap here, and this function would make it a helm.m.crossplane.io/v1beta1 Release; nothing is touched until that one is renamed or deleted',
    });
    expect(response.desired?.resources).toEqual({});
  });

  test('two clusters at once are left alone', async () => {
    const self = await settled('namespaced', everything);
    const other = await settled('namespaced', development);
    const release = other.composed.get('vcluster-release');
    if (release !== undefined) self.composed.set('vcluster-release', release);
    const before = composed(self);
    expect(await said(self)).toBe(
      "ChangeNotPossible: spec.cluster.type: both gke-cluster and vcluster-release are composed here, and an environment lives in one cluster; nothing is touched until one of them is taken out of the composite's resource references",
    );
    expect(composed(self)).toEqual(before);
  });

  // What is accepted is remembered as JSON in an annotation, which anybody with kubectl can edit.
  const memories: readonly (readonly [string, (memory: Free) => unknown])[] = [
    ['no JSON', () => '{'],
    ['null', () => null],
    ['a list', () => []],
    ['a size of numbers', (m) => ({ ...m, sizeMeans: { gke: 5, vcluster: 5 } })],
    [
      'a size with half of it',
      (m) => ({ ...m, sizeMeans: { gke: { machineType: 'x' }, vcluster: {} } }),
    ],
    ['tools of numbers', (m) => ({ ...m, tools: { knative: { version: 5 }, extra: [5, null] } })],
    ['versions of numbers', (m) => ({ ...m, versions: { 'environment/knative': 5 } })],
    ['what was asked a number', (m) => ({ ...m, asked: 5 })],
    ['a lifetime in words', (m) => ({ ...m, lifetime: 'long' })],
    ['another cluster', (m) => ({ ...m, cluster: { type: 'eks' } })],
  ];
  test.each(memories)(
    'memory that was edited (%s): no bug, and nothing is dropped',
    async (_, edit) => {
      const key = 'platform.xenvironment.dev/accepted';
      const catalogs = [
        catalog,
        edited((c) => {
          c.sizes = { medium: c.sizes.medium };
          for (const purpose of Object.values<Free>(c.purposes)) purpose.size = 'medium';
          c.ci.size = 'medium';
          c.purposes.sandbox = undefined;
        }),
      ];
      for (const input of catalogs) {
        const { self, request } = await withResources((resource, name) => {
          const annotations = at(resource, 'metadata', 'annotations') as Record<string, string>;
          if (name !== 'gke-cluster') return;
          const changed = edit(JSON.parse(annotations[key] ?? '{}'));
          annotations[key] = typeof changed === 'string' ? changed : JSON.stringify(changed);
        });
        const response = run({ ...request, input });
        if (response.results.some((r) => r.severity === Severity.SEVERITY_FATAL)) continue;
        for (const name of composed(self))
          expect(Object.keys(response.desired?.resources ?? {})).toContain(name);
      }
    },
  );

  test.each(['{', 'null', '[]', '[null]', '[5]', '[{}]', '[{"name":"gke-cluster"}]', '{"name":1}'])(
    'memory of what is leaving that was edited: %s',
    async (content) => {
      const { self, response } = await withResources((resource, name) => {
        const annotations = at(resource, 'metadata', 'annotations') as Record<string, string>;
        if (name === 'gke-cluster') annotations['platform.xenvironment.dev/leaving'] = content;
      });
      expect(Object.keys(response.desired?.resources ?? {}).sort()).toEqual(composed(self));
      expect(response.requirements?.resources ?? {}).toEqual({});
    },
  );
});

function nested(depth: number): JsonObject {
  let value: JsonObject = { end: true };
  for (let i = 0; i < depth; i++) value = { a: value };
  return value;
}
