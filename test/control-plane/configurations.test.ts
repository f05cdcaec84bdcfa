/** The Configurations as a platform team installs them, and a new catalog that some environments try first. */
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import {
  composition,
  configurationGone,
  installCatalog,
  installConfiguration,
  removeConfiguration,
  revisionsOf,
} from './bed/configurations.ts';
import { takeAway } from './bed/deletion.ts';
import { ask, type Environment, flavours, ready, until } from './bed/environments.ts';
import { bedForTests, RAISED } from './bed/fixture.ts';
import { expectCondition } from './bed/install.ts';
import { type Registry, startRegistry } from './bed/registry.ts';
import { refOf } from './bed/resources.ts';
import { waitFor } from './bed/wait.ts';
import { ensureBinary } from './binaries.ts';
import { type KubernetesObject, readDocument } from './documents.ts';
import { type Flavour, packageFile } from './examples.ts';
import { run } from './run.ts';

const bed = bedForTests({ breaker: RAISED });
let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

describe.each(flavours)('%s flavour', (flavour) => {
  test('the Configuration as it is in package/ is installed by the package manager', async () => {
    const { host } = bed();
    // The bed's own is in the way: the claim of one and the composite of the other are the same kind.
    await removeConfiguration(host, 'namespaced');
    const installed = {
      apiVersion: 'pkg.crossplane.io/v1',
      kind: 'Configuration',
      metadata: { name: `xenvironment-${flavour}` },
      // The function and the providers are there, as processes.
      spec: { package: await pushed(flavour), skipDependencyResolution: true },
    };
    await host.apply(installed);
    await conditionsOf(installed, ['Installed', 'Healthy']);
    const xrd = readDocument(packageFile(flavour, 'definition'));
    await conditionsOf(xrd, flavour === 'claims' ? ['Established', 'Offered'] : ['Established']);
    const packaged = readDocument(packageFile(flavour, 'composition'));
    const [revision, ...others] = await validRevisionsOf(packaged);
    expect(others).toEqual([]);
    expect(at(revision, 'spec', 'pipeline')).toEqual(at(packaged, 'spec', 'pipeline'));

    await host.remove(refOf(installed));
    await configurationGone(host, [packaged, xrd]);
  });

  test('a new catalog is tried by those who follow its canary, and by the others when it is promoted', async () => {
    const { host, catalog } = bed();
    await installConfiguration(host, flavour, catalog);
    const stable = { channel: 'stable' };
    await installCatalog(host, flavour, catalog, stable);
    const [careful, curious] = await Promise.all([
      follow(flavour, 'careful', 'stable'),
      follow(flavour, 'curious', 'stable'),
    ]);
    await Promise.all([careful, curious].map((env) => ready(bed(), env, 180)));

    const next = withTool(catalog);
    await installCatalog(host, flavour, next, { channel: 'canary' });
    const channels = (await validRevisionsOf(composition(flavour, catalog)))
      .map((revision) => text(revision, 'metadata', 'labels', 'channel'))
      .filter((channel) => channel !== undefined);
    expect(channels.sort()).toEqual(['canary', 'stable']);

    await follow(flavour, 'curious', 'canary');
    await until(bed(), curious, 'to have the tool', hasTool, 180);
    const seen = await ready(bed(), careful, 120);
    expect(hasTool(seen)).toBe(false);

    await installCatalog(host, flavour, next, stable);
    await until(bed(), careful, 'to have the tool', hasTool, 180);
    await Promise.all([careful, curious].map((env) => ready(bed(), env, 180)));
    await takeAway(bed(), [careful, curious]);
    await installCatalog(host, flavour, catalog);
  });
});

/** Built and pushed as the README says; the result is what a Configuration names. */
async function pushed(flavour: Flavour): Promise<string> {
  const file = join(bed().folder, `${flavour}.xpkg`);
  const reference = `${registry.address}/xenvironment-${flavour}:v0.1.0`;
  const root = dirname(packageFile(flavour, 'definition'));
  await crossplane(['build', '-f', root, '-e', join(bed().folder, 'none'), '-o', file]);
  await crossplane(['push', '-f', file, reference]);
  return reference;
}

async function crossplane(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run(await ensureBinary('crossplane'), ['xpkg', ...args]);
  if (code !== 0) throw new Error(`crossplane xpkg ${args[0]}: ${stdout}${stderr}`);
}

function conditionsOf(object: KubernetesObject, types: readonly string[]): Promise<boolean> {
  return waitFor(
    `${object.kind} ${object.metadata?.name} to be ${types.join(' and ')}`,
    async () => {
      const found = await bed().host.get(refOf(object));
      return types.every((type) => expectCondition(found, type));
    },
    120,
  );
}

/** All of them, once Crossplane has found every one valid. */
function validRevisionsOf({ metadata }: KubernetesObject): Promise<KubernetesObject[]> {
  return waitFor(
    `valid revisions of Composition ${metadata?.name}`,
    async () => {
      const its = await revisionsOf(bed().host, metadata?.name ?? '');
      return its.every((one) => expectCondition(one, 'ValidPipeline')) && its.length > 0 && its;
    },
    120,
  );
}

/** A bare virtual cluster, by the newest revision of this channel. */
function follow(flavour: Flavour, name: string, channel: string): Promise<Environment> {
  const compositionRevisionSelector = { matchLabels: { channel } };
  return ask(bed(), flavour, [`canary-${flavour}`, name], {
    purpose: 'sandbox',
    cluster: { type: 'vcluster' },
    ...(flavour === 'claims'
      ? { compositionRevisionSelector }
      : { crossplane: { compositionRevisionSelector } }),
  });
}

function withTool(catalog: JsonObject): JsonObject {
  const purposes = catalog.purposes as JsonObject;
  const sandbox = purposes.sandbox as JsonObject;
  const tools = { extra: [{ name: 'cert-manager' }] };
  return { ...catalog, purposes: { ...purposes, sandbox: { ...sandbox, tools } } };
}

function hasTool(environment: KubernetesObject): boolean {
  return text(environment, 'status', 'summary', 'tools') === '1/1';
}
