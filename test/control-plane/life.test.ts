/** An environment's life in a real control plane: asked for, Ready, and gone without a trace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { at, text } from '../../src/json.ts';
import { caller, tls } from '../server/running.ts';
import { takeAway } from './bed/deletion.ts';
import {
  allComposed,
  ask,
  composed,
  type Environment,
  flavours,
  ready,
} from './bed/environments.ts';
import { bedForTests, tell } from './bed/fixture.ts';
import { makePki } from './bed/pki.ts';
import { record, wentBefore } from './bed/recorder.ts';
import { kinds, labelOf } from './bed/resources.ts';
import { tableOf } from './bed/table.ts';
import { since, waitFor } from './bed/wait.ts';
import type { Flavour } from './examples.ts';

const bed = bedForTests();
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const AGE = /^\d+[smh]/;

describe.each(flavours)('%s flavour', (flavour) => {
  test('three lines become a virtual cluster with its tools, and go without a trace', async () => {
    const start = Date.now();
    const env = await ask(bed(), flavour, [`life-${flavour}`, 'checkout'], {
      purpose: 'development',
      // With a claim there is no kubeconfig for the developer without it.
      writeConnectionSecretToRef: { name: 'checkout-kubeconfig' },
    });
    await ready(bed(), env, 180);
    tell(`${flavour} vcluster Ready after ${since(start)} s`);

    // Synced is False for a moment when Crossplane has to try something again.
    const rows = { timeout: 60_000, interval: 500 };
    await expect.poll(() => table(env), rows).toEqual(expectedTable[flavour]);
    await expectToolsInside(env);
    expect(await kubeconfigFor(env)).toContain(`https://127.0.0.1:${bed().layout.ports.remote}`);

    const deletion = Date.now();
    await takeAway(bed(), env, { propagation: 'Background' });
    tell(`${flavour} vcluster gone after ${since(deletion)} s`);
  });

  // The other two pairs behave alike, and a GKE environment takes most of a minute.
  const propagation = flavour === 'claims' ? 'Foreground' : 'Background';
  test(`production becomes a GKE cluster; deleted in the ${propagation}, dependents go first`, async () => {
    const policy = flavour === 'claims' ? { compositeDeletePolicy: propagation } : {};
    const start = Date.now();
    const spec = { purpose: 'production', ...policy };
    const env = await ask(bed(), flavour, [`prod-${flavour}`, propagation.toLowerCase()], spec);
    const found = await ready(bed(), env, 180);
    tell(`${flavour} GKE Ready after ${since(start)} s`);
    expect(at(found, 'status', 'cluster', 'type')).toBe('gke');
    expect(await composed(bed(), env, 'nodePool')).toHaveLength(1);
    await expectToolsInside(env);
    const before = (await allComposed(bed(), env)).map(labelOf).sort();

    const recording = record(bed(), env);
    const deletion = Date.now();
    await takeAway(bed(), env, { propagation, bound: 180 });
    const areAll = () => recording.gone.length >= before.length;
    await waitFor('the watches to have told of everything', areAll, 30);
    recording.stop();
    tell(`${flavour} GKE gone after ${since(deletion)} s (${propagation})`);
    tell(recording.gone.map(({ kind, name, after }) => `  ${after} ${kind} ${name}`).join('\n'));
    // provider-helm makes a chart's namespace and never deletes it; everything else was uninstalled.
    expect(bed().cloud.inside).toEqual(['Namespace/knative-operator']);
    const { gone } = recording;
    expect(gone).toHaveLength(before.length);
    expect(wentBefore(gone, ['release'], ['helmConfig'])).toBe(true);
    expect(wentBefore(gone, ['object'], ['kubernetesConfig'])).toBe(true);
    const configs = ['helmConfig', 'kubernetesConfig'] as const;
    expect(wentBefore(gone, configs, ['nodePool', 'cluster'])).toBe(true);
  });
});

test('only who has a certificate of Crossplane is answered', async () => {
  const { layout, folder } = bed();
  const { client, server } = layout.pki.crossplane;
  expect(await answerTo(client)).toBe('answered');
  expect(await answerTo(undefined)).toBe('UNAVAILABLE');
  // The same names, by another authority.
  const stranger = await makePki(join(folder, 'stranger'));
  expect(await answerTo(stranger.crossplane.client)).toBe('UNAVAILABLE');
  // By the right authority, but for servers.
  expect(await answerTo(server)).toBe('UNAVAILABLE');
});

/** @param folder with tls.crt and tls.key of the caller */
async function answerTo(folder: string | undefined): Promise<string | undefined> {
  const read = (file: string) => readFileSync(join(folder ?? '', file), 'utf8');
  const own = folder === undefined ? undefined : { key: read('tls.key'), cert: read('tls.crt') };
  const { call } = caller(bed().layout.ports.function, tls(own));
  return call(undefined, { deadline: Date.now() + 20_000 }).then(
    () => 'answered',
    (error: ServiceError) => status[error.code],
  );
}

const common = {
  NAME: 'checkout',
  SYNCED: 'True',
  READY: 'True',
  PURPOSE: 'development',
  CLUSTER: 'vcluster',
  KUBERNETES: '1.35',
  TOOLS: '1/1',
  PHASE: 'Ready',
  ACCEPTED: 'True',
  EXPIRES: expect.stringMatching(DATE),
  AGE: expect.stringMatching(AGE),
};
const expectedTable: Readonly<Record<Flavour, unknown>> = {
  namespaced: {
    ...common,
    'CONNECT-TO': 'checkout-kubeconfig',
    COMPOSITION: 'environments.platform.xenvironment.dev',
  },
  claims: { ...common, 'CONNECTION-SECRET': 'checkout-kubeconfig' },
};

async function table({ ref }: Environment): Promise<unknown> {
  const plural = `environments.${ref.apiVersion.split('/')[0]}`;
  const [row] = tableOf(await bed().kubectl('get', plural, ref.name, '-n', String(ref.namespace)));
  return row;
}

/** What the providers really did in the second API server. */
async function expectToolsInside({ prefix }: Environment): Promise<void> {
  const { remote } = bed();
  const [operator] = await remote.list({ ...kinds.statefulSet, namespace: 'knative-operator' });
  expect(operator?.metadata?.name).toMatch(new RegExp(`^${prefix}[0-9a-f]{8}-knative-operator$`));
  const [serving] = await remote.list({ ...kinds.serving, namespace: 'knative-serving' });
  expect(text(serving, 'spec', 'version')).toBe('1.23');
}

async function kubeconfigFor({ ref }: Environment): Promise<string> {
  const secret = await bed().host.get({
    ...kinds.secret,
    namespace: ref.namespace ?? '',
    name: 'checkout-kubeconfig',
  });
  return Buffer.from(text(secret, 'data', 'kubeconfig') ?? '', 'base64').toString();
}
