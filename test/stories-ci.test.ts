// Stories of CI agents: coming up, another vendor, a bundle that changes its mind, leaving.
import { expect, test } from 'vitest';
import { at } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import {
  catalog,
  changed,
  composed,
  conditionsOf,
  deeds,
  notes,
  passes,
  place,
  settled,
  withSpec,
} from './support/play.ts';

const github = {
  agent: 'github',
  url: 'https://github.com/acme/checkout',
  secretRef: { name: 'github-app' },
};
const gitlab = {
  agent: 'gitlab',
  url: 'https://gitlab.com',
  secretRef: { name: 'gitlab-runner' },
};

function environment(ci: JsonObject | undefined): JsonObject {
  return {
    purpose: 'development',
    tools: { knative: { enabled: false }, ...(ci === undefined ? {} : { ci }) },
  };
}

/** Names of the agents' own resources, without those of their cluster. */
function agentsIn(names: readonly string[]): string[] {
  return names.filter((name) => /^ci-(runners|gitlab|tekton|buildkite|jenkins)/.test(name));
}

test.each([
  [
    'tekton',
    {},
    ['creates ci-tekton-namespace', 'creates ci-tekton-operator', 'creates ci-tekton-config'],
  ],
  [
    'buildkite',
    { secretRef: { name: 'buildkite' } },
    [
      'creates ci-buildkite-namespace',
      'creates ci-buildkite-credentials',
      'creates ci-buildkite-stack',
    ],
  ],
  [
    'jenkins',
    {},
    [
      'creates ci-jenkins-namespace',
      'creates ci-jenkins-quota',
      'creates ci-jenkins-account, ci-jenkins-binding, ci-jenkins-role',
    ],
  ],
  [
    'gitlab',
    gitlab,
    ['creates ci-gitlab-namespace', 'creates ci-gitlab-credentials', 'creates ci-gitlab-runner'],
  ],
])('%s comes up, one step after the other', async (agent, block, expected) => {
  const self = place('claims', environment({ ...block, agent }));
  const all = deeds(await self.settle());
  const own = all
    .map((deed) => deed.replace(/ci-(helm|kubernetes)-config(, )?/g, ''))
    .filter((deed) => deed.includes(`ci-${agent}-`));
  expect(own).toEqual(expected);
});

test('from GitHub to GitLab: the new ones come, the old ones go dependents first, and nothing else moves', async () => {
  const self = await settled('namespaced', environment(github));
  const before = composed(self).filter((name) => !agentsIn([name]).length);
  withSpec(self, environment(gitlab));
  const told = deeds(await self.settle()).filter((deed) => deed !== 'nothing');
  const gone = told.flatMap((deed) => /drops ([^;]*)/.exec(deed)?.[1] ?? []);
  expect(gone).toEqual([
    'ci-runners',
    'ci-runners-controller, ci-runners-credentials',
    'ci-runners-namespace',
  ]);
  expect(agentsIn(composed(self))).toEqual([
    'ci-gitlab-credentials',
    'ci-gitlab-namespace',
    'ci-gitlab-runner',
  ]);
  expect(composed(self).filter((name) => !agentsIn([name]).length)).toEqual(before);
  expect(conditionsOf(self).join('\n')).toMatch(/ToolsReady[ =]+True/);
});

test('and back again, in the middle of it: what is still there is taken up', async () => {
  const self = await settled('namespaced', environment(github));
  withSpec(self, environment(gitlab));
  await passes(self, 3);
  withSpec(self, environment(github));
  await self.settle();
  expect(agentsIn(composed(self))).toEqual([
    'ci-runners',
    'ci-runners-controller',
    'ci-runners-credentials',
    'ci-runners-namespace',
  ]);
});

test('a vendor that is wrongly written is refused, and the old agents stay', async () => {
  const self = await settled('namespaced', environment(github));
  const before = composed(self);
  withSpec(self, environment({ ...gitlab, url: 'https://gitlab.com/acme' }));
  const pass = await self.pass();
  expect(pass.fatal).toMatch(/^InvalidSpec|spec\.tools\.ci\.url: must be the server/);
  expect(composed(self)).toEqual(before);
});

test('a bundle that changes its agent changes nothing where there is one, and says so', async () => {
  const bundled = (ci: JsonObject) =>
    changed(catalog, ['purposes', 'development', 'tools'], { ci });
  const self = await settled('claims', { purpose: 'development' }, { catalog: bundled(github) });
  const before = composed(self);
  self.catalog = bundled(gitlab);
  await self.settle();
  expect(composed(self)).toEqual(before);
  expect(notes(self)).toEqual([
    'ci stays with github although the bundle of development now says gitlab; to change, write it in spec',
  ]);
  withSpec(self, { purpose: 'development', tools: { ci: { agent: 'gitlab' } } });
  await self.settle();
  expect(agentsIn(composed(self))).toContain('ci-gitlab-runner');
  expect(agentsIn(composed(self))).not.toContain('ci-runners');
});

test('an agent that waits leaves when the block no longer says how it gets in', async () => {
  const url = 'https://jenkins.acme.example';
  const self = await settled(
    'namespaced',
    environment({ agent: 'jenkins', url, secretRef: { name: 'agent' } }),
  );
  withSpec(self, environment({ agent: 'jenkins' }));
  await self.settle();
  expect(agentsIn(composed(self))).toEqual(
    ['account', 'binding', 'namespace', 'quota', 'role'].map((part) => `ci-jenkins-${part}`),
  );
});

test('and stays when it was the bundle that said so, and no longer does', async () => {
  const bundled = (ci: JsonObject) =>
    changed(catalog, ['purposes', 'development', 'tools'], { ci: { agent: 'jenkins', ...ci } });
  const access = { url: 'https://jenkins.acme.example', secretRef: { name: 'agent' } };
  const spec = (ci: JsonObject) => ({ purpose: 'development', tools: { ci } });
  const self = await settled('namespaced', spec({ agents: { maximum: 3 } }), {
    catalog: bundled(access),
  });
  const before = composed(self);
  self.catalog = bundled({});
  await passes(self, 6);
  expect(composed(self)).toEqual(before);
  expect(notes(self)).toEqual([
    'ci stays as it is: the bundle of development now says otherwise (secretRef, url)',
  ]);
});

test('on the tools cluster everything of a tool stays together, whatever cluster the catalog now names', async () => {
  const tools = { providerConfig: { name: 'tools' }, kubernetes: '1.35' };
  const shared = changed(
    changed(catalog, ['ci'], { isolation: 'tools-cluster' }),
    ['clusters', 'tools'],
    tools,
  );
  const self = await settled('namespaced', environment({ agent: 'jenkins' }), { catalog: shared });
  self.catalog = changed(shared, ['clusters', 'tools', 'providerConfig', 'name'], 'others');
  const url = 'https://jenkins.acme.example';
  withSpec(self, environment({ agent: 'jenkins', url, secretRef: { name: 'agent' } }));
  await self.settle();
  expect(composed(self)).toContain('tools-ci-jenkins-agent');
  const configs = [...self.composed]
    .filter(([name]) => name.startsWith('tools-'))
    .map(([, { resource }]) => at(resource, 'spec', 'providerConfigRef', 'name'))
    .filter((name) => name !== undefined);
  expect(new Set(configs)).toEqual(new Set(['tools']));
  expect(notes(self)).toEqual([
    'provider config of ci stays tools: the catalog now says others, which would tear it apart',
  ]);
});

test('where they run stays, and that is said', async () => {
  const self = await settled('namespaced', environment(github));
  const before = composed(self);
  self.catalog = changed(catalog, ['ci'], { isolation: 'tools-cluster' });
  await passes(self, 4);
  expect(composed(self)).toEqual(before);
  expect(notes(self)).toEqual([
    'place of CI agents stays virtual-cluster: the catalog now says tools-cluster, which would take them away',
  ]);
});

test('without a version in the catalog the agents that are there stay, all of them', async () => {
  const self = await settled('namespaced', environment(github));
  const before = composed(self);
  self.catalog = changed(catalog, ['components', 'github-runners'], undefined);
  await passes(self, 4);
  expect(composed(self)).toEqual(before);
});

test.each(['gitlab', 'tekton', 'buildkite', 'jenkins'])(
  'on GKE the agents of %s leave dependents first, and nothing of them stays',
  async (agent) => {
    const blocks: Readonly<Record<string, JsonObject>> = {
      gitlab,
      buildkite: { secretRef: { name: 'buildkite' } },
      jenkins: { url: 'https://jenkins.acme.example', secretRef: { name: 'agent' } },
    };
    const sandbox = { purpose: 'sandbox', cluster: { type: 'gke' } };
    const pool = changed(catalog, ['ci'], { isolation: 'node-pool', size: 'small' });
    const spec = { ...sandbox, tools: { ci: { ...blocks[agent], agent } } };
    const self = await settled('claims', spec, { catalog: pool });
    withSpec(self, sandbox);
    // Throws where something is deleted that a Usage keeps, or that would be orphaned.
    await self.settle(60);
    expect(composed(self).filter((name) => name.includes(`ci-${agent}`))).toEqual([]);
  },
);
