// A catalog that changes under environments that exist: never refused for that, nothing dropped, nothing renamed.
import { describe, expect, test } from 'vitest';
import { at } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import {
  catalog,
  composed,
  conditionsOf,
  line,
  names,
  notes,
  passes,
  place,
  settled,
  specs,
  withSpec,
} from './support/play.ts';
import type { World } from './support/world.ts';

const FLAVOURS = ['claims', 'namespaced'] as const;

// biome-ignore lint/suspicious/noExplicitAny: the catalog is edited freely, like a file.
type Free = any;

function edited(edit: (catalog: Free) => void): JsonObject {
  const copy = structuredClone(catalog);
  edit(copy);
  // On the wire nothing is undefined.
  return JSON.parse(JSON.stringify(copy));
}

const tools = {
  knative: {},
  ci: {
    agent: 'github',
    url: 'https://github.com/acme/checkout',
    secretRef: { name: 'github-app' },
  },
  extra: [{ name: 'cert-manager' }, { name: 'external-secrets' }],
};

/** Each with everything that can be asked for. */
const environments = {
  gke: { purpose: 'sandbox', size: 'small', cluster: { type: 'gke' }, tools },
  vcluster: { purpose: 'sandbox', size: 'small', cluster: { type: 'vcluster' }, tools },
};

interface Change {
  readonly what: string;
  readonly edit: (catalog: Free) => void;
  /** What the notes of a GKE environment must say, one pattern each. */
  readonly gke?: readonly RegExp[];
  /** Likewise of one in a vcluster. */
  readonly vcluster?: readonly RegExp[];
}

/** Everything that names or places something outside, one by one. */
const changes: readonly Change[] = [
  {
    what: 'organization and control plane',
    edit: (c) => {
      c.organization = 'emca';
      c.controlPlane = 'other';
    },
  },
  {
    what: 'project',
    edit: (c) => {
      c.clusters.gke.project = 'other';
    },
    gke: [/^project stays acme-environments: the catalog now says other/],
  },
  {
    what: 'default location',
    edit: (c) => {
      c.clusters.gke.locations.reverse();
    },
  },
  {
    what: 'location gone',
    edit: (c) => {
      c.clusters.gke.locations = ['us-east1'];
      c.clusters.gke.zones = undefined;
    },
    gke: [/europe-west1/],
  },
  {
    what: 'network',
    edit: (c) => {
      c.clusters.gke.network = { name: 'shared', subnetwork: 'environments' };
    },
    gke: [/^network stays default/, /^subnetwork stays default/],
  },
  {
    what: 'provider configs of the cloud and of the hosts',
    edit: (c) => {
      c.clusters.gke.providerConfig = { name: 'other' };
      for (const host of c.clusters.vcluster.hosts)
        host.providerConfig = { name: `${host.name}-x` };
    },
    gke: [/^provider config stays default/],
    vcluster: [/^provider config stays dev-1/],
  },
  {
    what: "provider config of the platform's tools cluster",
    edit: (c) => {
      c.clusters.tools = { providerConfig: { name: 'other' } };
    },
  },
  {
    what: 'edition',
    edit: (c) => {
      c.clusters.vcluster.edition = 'pro';
    },
  },
  {
    what: 'endpoint of the hosts',
    edit: (c) => {
      for (const host of c.clusters.vcluster.hosts) host.endpoint = { type: 'LoadBalancer' };
    },
    vcluster: [/^endpoint stays /],
  },
  {
    what: 'every version gone',
    edit: (c) => {
      const other = { version: '9.9.9', supported: '2026-01-01', default: true };
      for (const component of Object.values<Free>(c.components)) component.versions = [other];
      for (const tool of Object.values<Free>(c.tools)) tool.versions = [other];
      for (const purpose of Object.values<Free>(c.purposes)) purpose.upgrades = 'manual';
      c.waivers = [];
    },
  },
  {
    what: 'purpose gone',
    edit: (c) => {
      c.purposes = { other: { size: 'medium' } };
    },
    gke: [/^purpose sandbox is no longer in the catalog/],
    vcluster: [/^purpose sandbox is no longer in the catalog/],
  },
  {
    what: 'size gone',
    edit: (c) => {
      c.sizes = { medium: c.sizes.medium };
      for (const purpose of Object.values<Free>(c.purposes)) purpose.size = 'medium';
      c.ci.size = 'medium';
    },
    gke: [/^size small is no longer in the catalog; what it meant stays/],
    vcluster: [/^size small is no longer in the catalog; what it meant stays/],
  },
  {
    what: 'host gone',
    edit: (c) => {
      c.clusters.vcluster.hosts = [{ name: 'brand-new' }];
      c.placement.rules.splice(1, 1);
    },
    vcluster: [/dev-1/],
  },
  {
    what: 'host closed',
    edit: (c) => {
      for (const host of c.clusters.vcluster.hosts) host.closed = 'being drained';
    },
  },
  {
    what: 'clusters.gke gone',
    edit: (c) => {
      c.clusters.gke = undefined;
      c.placement = { default: { use: 'vcluster' } };
      for (const purpose of Object.values<Free>(c.purposes)) purpose.clusters = ['vcluster'];
    },
    gke: [/gke/],
  },
  {
    what: 'clusters.vcluster gone',
    edit: (c) => {
      c.clusters.vcluster = undefined;
      c.ci = { isolation: 'tools-cluster' };
      c.placement = { default: { use: 'gke' } };
      for (const purpose of Object.values<Free>(c.purposes)) purpose.clusters = ['gke'];
    },
    vcluster: [/vcluster/],
  },
  {
    what: 'declaration of a tool gone',
    edit: (c) => {
      c.tools['cert-manager'] = undefined;
      c.tools['external-secrets'].after = [];
    },
    gke: [/cert-manager/],
    vcluster: [/cert-manager/],
  },
  {
    what: 'chart and namespace of a tool',
    edit: (c) => {
      c.tools['cert-manager'].chart = { repository: 'oci://mirror.acme.example', name: 'cm' };
      c.tools['cert-manager'].namespace = 'elsewhere';
    },
  },
  {
    what: 'values of a tool that fail for this environment',
    edit: (c) => {
      c.tools['cert-manager'].values = { tier: `\${environment.labels.tier}` };
    },
    gke: [/tier/],
    vcluster: [/tier/],
  },
  {
    what: 'the rule about CI gone',
    edit: (c) => {
      c.ci = undefined;
    },
  },
  {
    what: 'access',
    edit: (c) => {
      c.purposes.sandbox.access = 'gitops';
    },
  },
  {
    what: 'namespace of the secrets',
    edit: (c) => {
      c.secretsNamespace = 'elsewhere';
    },
  },
  {
    what: 'what a size means for the backing store',
    edit: (c) => {
      c.sizes.small.vcluster.replicas = 3;
    },
    vcluster: [/^spec\.size: backing store stays sqlite|^backing store stays sqlite/],
  },
  {
    what: 'lifetime',
    edit: (c) => {
      c.purposes.sandbox.lifetime = { maximum: '1h' };
    },
  },
  {
    what: 'teams',
    edit: (c) => {
      c.teams = { payments: { namespaces: ['team-*'] } };
    },
  },
  {
    what: 'requirements that are not met',
    edit: (c) => {
      c.components.knative.versions[0].requires = { kubernetes: '>=1.99' };
    },
    gke: [/knative 1\.23 needs kubernetes >=1\.99/],
    vcluster: [/knative 1\.23 needs kubernetes >=1\.99/],
  },
  {
    what: 'a purpose that asks for what is not built',
    edit: (c) => {
      c.purposes.sandbox.tools = { gitops: { engine: 'argocd', mode: 'hub', required: true } };
    },
    gke: [/gitops.mode/],
    vcluster: [/gitops.mode/],
  },
  {
    what: 'a purpose that no longer allows the cluster type',
    edit: (c) => {
      c.purposes.sandbox.clusters = undefined;
      c.placement = { default: { use: 'gke' } };
    },
  },
  {
    what: 'rules that fail',
    edit: (c) => {
      c.placement.rules[0].when = 'environment.labels.tier == "gold"';
    },
  },
];

/** All that can be changed at once, without a contradiction. */
function allChanged(c: Free): void {
  for (const { what, edit } of changes) {
    if (!/gone|rules that fail|no longer allows|values of a tool/.test(what)) edit(c);
  }
}

const cases = FLAVOURS.flatMap((flavour) =>
  (['gke', 'vcluster'] as const).map((type) => ({ flavour, type })),
);

describe.each(cases)('$type in the $flavour flavour', ({ flavour, type }) => {
  async function existing(): Promise<World> {
    return settled(flavour, environments[type]);
  }

  test.each(changes)('$what', async (change) => {
    const self = await existing();
    const before = { composed: composed(self), names: names(self) };
    self.catalog = edited(change.edit);
    for (const text of await passes(self, 4)) expect(text).not.toMatch(/refused|drops/);
    expect(composed(self)).toEqual(expect.arrayContaining(before.composed));
    expect(names(self)).toMatchObject(before.names);
    for (const pattern of change[type] ?? [])
      expect(notes(self).filter((note) => pattern.test(note))).not.toEqual([]);
    if (change[type] === undefined) return;
    expect(conditionsOf(self)[0]).toContain('. Kept although the catalog changed: ');
  });

  test('everything at once: nothing is dropped, nothing renamed, and going back leaves no trace', async () => {
    const self = await existing();
    const before = { names: names(self), specs: specs(self) };
    self.catalog = edited(allChanged);
    for (const text of await passes(self, 6)) expect(text).not.toMatch(/refused|drops/);
    expect(names(self)).toMatchObject(before.names);
    self.catalog = catalog;
    await self.settle(40);
    expect(specs(self)).toEqual(before.specs);
    expect(notes(self)).toEqual([]);
  });

  // A changed catalog takes nothing from what runs, so it does not make it unready either.
  test.each(changes.filter(({ what }) => /^(every version gone|clusters\..* gone)$/.test(what)))(
    '$what: what runs and is ready stays ready, at the long interval',
    async ({ edit }) => {
      const self = await existing();
      self.catalog = edited(edit);
      const pass = await self.pass();
      expect(pass.phase).toBe('Ready');
      expect(pass.response.meta?.ttl?.seconds).toBeGreaterThanOrEqual(60);
    },
  );

  test('a version that is gone is said as NotInCatalog', async () => {
    const self = await existing();
    self.catalog = edited((c) => {
      const other = { version: '9.9.9', supported: '2026-01-01', default: true };
      c.components.knative.versions = [other];
      c.tools['cert-manager'].versions = [other];
      c.waivers = [];
    });
    await self.pass();
    const said = conditionsOf(self)[3] ?? '';
    expect(said).toMatch(/^VersionsBlessed=False NotInCatalog: /);
    expect(said).toContain('cert-manager 1.21.1 is not in the catalog');
    expect(said).toContain('knative 1.23 is not in the catalog');
  });

  test('a tool that is no longer declared is still told of, and its version is not in the catalog', async () => {
    const self = await existing();
    self.catalog = edited((c) => {
      c.tools['cert-manager'] = undefined;
      c.tools['external-secrets'].after = [];
    });
    await self.pass();
    const told = at(self.composite, 'status', 'tools') as readonly JsonObject[];
    expect(told.map((tool) => tool.name)).toContain('cert-manager');
    expect(conditionsOf(self)[3]).toMatch(/^VersionsBlessed=False NotInCatalog: .*cert-manager/);
  });

  test.each([
    { what: 'an unknown size', spec: { size: 'huge' }, says: /no size "huge"/ },
    { what: 'too long a lifetime', spec: { lifetime: '1000h' }, says: /1000h is longer than/ },
    {
      what: 'a tool that is not declared',
      spec: { tools: { ...tools, extra: [...tools.extra, { name: 'kafka' }] } },
      says: /no tool "kafka"/,
    },
    {
      what: 'a version that is not blessed',
      spec: { tools: { ...tools, knative: { version: '1.22' } } },
      says: /knative/,
    },
    {
      what: 'another cluster type',
      spec: { cluster: { type: type === 'gke' ? 'vcluster' : 'gke' } },
      says: /would move it/,
    },
    { what: 'an unknown key', spec: { kubernetes: { versoin: '1.35' } }, says: /versoin/ },
    { what: 'an unknown purpose', spec: { purpose: 'sandbxo' }, says: /no purpose "sandbxo"/ },
  ])(
    "the developer's own bad change at the same time is refused: $what",
    async ({ spec, says }) => {
      const self = await existing();
      const before = { specs: specs(self), names: names(self) };
      self.catalog = edited(allChanged);
      withSpec(self, { ...environments[type], ...spec });
      const pass = await self.pass();
      expect(line(pass)).toMatch(/^refused: /);
      expect(pass.fatal).toMatch(says);
      expect({ specs: specs(self), names: names(self) }).toEqual(before);
      expect(pass.response.desired?.resources).toEqual({});
      // What the catalog brought is not the developer's fault, and not what the refusal is about.
      withSpec(self, environments[type]);
      expect((await self.pass()).fatal).toBeUndefined();
    },
  );

  test('a good change at the same time is taken', async () => {
    const self = await existing();
    self.catalog = edited(allChanged);
    withSpec(self, { ...environments[type], lifetime: '1h' });
    expect((await self.pass()).fatal).toBeUndefined();
    expect(at(self.composite, 'status', 'expiresAt')).toBe('2026-11-22T01:00:00Z');
  });

  test('another purpose that does not allow where the environment lives is refused', async () => {
    const self = await existing();
    const purpose = type === 'gke' ? 'development' : 'production';
    withSpec(self, { ...environments[type], purpose });
    const pass = await self.pass();
    expect(pass.fatal ?? 'accepted').toContain(`purpose ${purpose} allows: `);
    expect(conditionsOf(self)[0]).toMatch(/^Accepted=False ClusterTypeNotAllowed: /);
  });
});

describe.each(FLAVOURS)('in the %s flavour', (flavour) => {
  test('a version that nobody asked for and that is not installed yet is chosen anew when it is blocked', async () => {
    const extra = [{ name: 'cert-manager' }];
    const self = place(flavour, { purpose: 'sandbox', cluster: { type: 'gke' }, tools: { extra } });
    await passes(self, 2);
    self.catalog = edited((c) => {
      c.tools['cert-manager'].versions[0].blocked = 'CVE-2026-4711';
    });
    await self.settle();
    expect(at(self.composite, 'status', 'tools')).toEqual([
      { name: 'cert-manager', version: '1.20.2', ready: true },
    ]);
  });

  test('a tool of the developer goes with its block, also when the purpose is gone', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'vcluster' } };
    const self = await settled(flavour, {
      ...spec,
      tools: { knative: {}, extra: [{ name: 'cert-manager' }] },
    });
    self.catalog = edited((c) => {
      c.purposes = { other: { size: 'medium' } };
    });
    await passes(self, 2);
    withSpec(self, spec);
    await self.settle(40);
    expect(composed(self)).toEqual(['vcluster-namespace', 'vcluster-release']);
  });

  test('without its purpose an environment lives no longer than it was to', async () => {
    const self = await settled(flavour, { purpose: 'sandbox', lifetime: '24h' });
    self.catalog = edited((c) => {
      c.purposes = { other: { size: 'medium' } };
    });
    await passes(self, 2);
    withSpec(self, { purpose: 'sandbox', lifetime: '25h' });
    expect((await self.pass()).fatal).toContain('25h is longer than 24h');
    withSpec(self, { purpose: 'sandbox', lifetime: '23h' });
    expect((await self.pass()).fatal).toBeUndefined();
  });

  test('a tool of the developer that a bundle disables stays, and its version is told of', async () => {
    const spec = {
      purpose: 'sandbox',
      tools: { extra: [{ name: 'cert-manager', version: '1.21.1' }] },
    };
    const self = await settled(flavour, spec);
    const before = composed(self);
    self.catalog = edited((c) => {
      c.purposes.sandbox.tools = { extra: [{ name: 'cert-manager', enabled: false }] };
      for (const entry of c.tools['cert-manager'].versions) entry.blocked = 'CVE-1';
    });
    await passes(self, 3);
    expect(composed(self)).toEqual(before);
    expect(at(self.composite, 'status', 'notes')).toContain(
      'cert-manager stays as it is: the bundle of sandbox now says otherwise (enabled)',
    );
    expect(at(self.composite, 'status', 'tools', 0, 'name')).toBe('cert-manager');
    expect(conditionsOf(self).join()).toContain('VersionsBlessed=False Blocked');
    withSpec(self, { ...spec, tools: { extra: [{ name: 'cert-manager', enabled: false }] } });
    await self.settle(40);
    expect(composed(self).filter((name) => name.includes('cert-manager'))).toEqual([]);
  });

  test.each(['gke', 'vcluster'] as const)(
    'a size that no longer speaks of a %s means what it meant',
    async (type) => {
      const spec = { purpose: 'sandbox', size: 'small', cluster: { type } };
      const self = await settled(flavour, spec);
      self.catalog = edited((c) => {
        c.sizes.small[type] = undefined;
        c.components.kubernetes.versions = [
          { version: '1.35' },
          { version: '1.36', default: true },
        ];
      });
      await self.settle(40);
      expect(at(self.composite, 'status', 'notes')).toEqual([
        `size small no longer speaks of ${type}; what it meant stays`,
      ]);
      expect(at(self.composite, 'status', 'phase')).toBe('Ready');
      withSpec(self, { ...spec, size: 'medium' });
      expect((await self.pass()).fatal).toBeUndefined();
    },
  );

  test('a developer gets no size that says nothing about the cluster', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const self = await settled(flavour, spec);
    self.catalog = edited((c) => {
      c.sizes.odd = { ...c.sizes.small, gke: undefined };
      c.purposes.odd = { size: 'odd' };
    });
    for (const change of [{ size: 'odd' }, { purpose: 'odd' }]) {
      withSpec(self, { ...spec, ...change });
      expect((await self.pass()).fatal).toContain('size odd says nothing about gke');
    }
  });

  test('a cluster that the catalog no longer describes takes no other Kubernetes', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const self = await settled(flavour, spec);
    self.catalog = edited((c) => {
      c.clusters.gke = undefined;
      c.ci = undefined;
      for (const rule of c.placement.rules) rule.use = 'vcluster';
      for (const purpose of Object.values(c.purposes) as Free[]) purpose.clusters = undefined;
      for (const rule of c.placement.rules) rule.location = undefined;
    });
    const before = composed(self);
    await passes(self, 3);
    withSpec(self, { ...spec, kubernetes: { version: '1.36' } });
    expect((await self.pass()).fatal).toContain('no longer describes the cluster');
    withSpec(self, spec);
    expect((await self.pass()).fatal).toBeUndefined();
    expect(composed(self)).toEqual(before);
  });

  test('another version is looked for when its day comes', async () => {
    const self = await settled(flavour, { purpose: 'development' });
    self.catalog = edited((c) => {
      c.components.kubernetes.versions[0].supported = '2026-11-22T00:03:00Z';
    });
    const { response } = await self.pass();
    expect(response.meta?.ttl?.seconds).toBe(180);
  });

  test('the order of removal is known also of a tool that the catalog can no longer plan', async () => {
    const spec = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const extra = [{ name: 'cert-manager' }, { name: 'external-secrets' }];
    const self = await settled(flavour, { ...spec, tools: { extra } });
    self.catalog = edited((c) => {
      c.tools['cert-manager'].values = { tier: `\${environment.labels.tier}` };
    });
    await passes(self, 2);
    withSpec(self, spec);
    // external-secrets comes after cert-manager, so it goes before it.
    expect((await self.pass()).dropped).toEqual(['gke-tool-external-secrets']);
    await self.settle(40);
    expect(composed(self)).not.toContain('gke-tool-cert-manager');
  });

  test('CI agents go to an open host when the one of the environment is gone from the catalog', async () => {
    const spec = { purpose: 'development' };
    const self = await settled(flavour, spec);
    self.catalog = edited((c) => {
      c.clusters.vcluster.hosts = [{ name: 'brand-new' }];
      c.placement.rules.splice(1, 1);
    });
    withSpec(self, { ...spec, tools: { ci: tools.ci } });
    await self.settle();
    const release = self.composed.get('ci-release')?.resource;
    expect(at(release, 'spec', 'providerConfigRef', 'name')).toBe('brand-new');
    const own = self.composed.get('vcluster-release')?.resource;
    expect(at(own, 'spec', 'providerConfigRef', 'name')).toBe('dev-1');
  });

  test('CI agents go to an open host when the one of the environment is closed, and stay there', async () => {
    const spec = { purpose: 'development' };
    const self = await settled(flavour, spec);
    const closing = (name: string) =>
      edited((c) => {
        c.ci = { isolation: 'virtual-cluster' };
        for (const host of c.clusters.vcluster.hosts)
          host.closed = host.name === name ? 'full' : undefined;
      });
    self.catalog = closing('dev-1');
    withSpec(self, { ...spec, tools: { ci: tools.ci } });
    await self.settle();
    const hostOf = (name: string) =>
      at(self.composed.get(name)?.resource, 'spec', 'providerConfigRef', 'name');
    const there = hostOf('ci-release');
    expect([hostOf('vcluster-release'), there]).toEqual([
      'dev-1',
      expect.not.stringMatching('dev-1'),
    ]);
    self.catalog = closing(String(there));
    const before = composed(self);
    await self.settle();
    expect([hostOf('ci-release'), composed(self)]).toEqual([there, before]);
    expect(at(self.composite, 'status', 'notes')).toBeUndefined();
  });

  test('usages keep their names when the organization changes while the cluster is made again', async () => {
    const self = await settled(flavour, environments.gke);
    self.composed.delete('gke-cluster');
    const before = names(self);
    self.catalog = edited((c) => {
      c.organization = 'emca';
    });
    await passes(self, 3);
    expect(names(self)).toMatchObject(before);
  });
});

test('an environment that is not there yet is refused by the same catalogs', async () => {
  for (const what of ['purpose gone', 'size gone', 'declaration of a tool gone']) {
    const change = changes.find((c) => c.what === what);
    const self = await settled('namespaced', environments.gke);
    self.composed.clear();
    self.catalog = edited(change?.edit ?? (() => undefined));
    expect((await self.pass()).fatal, what).toBeDefined();
  }
});
