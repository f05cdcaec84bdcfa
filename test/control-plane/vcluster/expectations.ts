/** What must be true of an environment with a real vcluster, on its host and inside it. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { at, text } from '../../../src/json.ts';
import type { Bed } from '../bed/bed.ts';
import { composed, type Environment } from '../bed/environments.ts';
import type { Kube } from '../bed/kube.ts';
import { kinds, type Type } from '../bed/resources.ts';
import { waitFor } from '../bed/wait.ts';
import { run } from '../run.ts';
import { VERSION } from './chart.ts';
import { getAsWritten, KUBECONFIG, type Login } from './login.ts';
import { podType } from './pod.ts';

/** By the exported address, whose name only our extraSANs put into the certificate. */
export async function expectVerifiedTls(login: Login, release: string): Promise<void> {
  expect(login.server).toBe(`https://${release}.${release}.svc:443`);
  expect(JSON.parse(await getAsWritten(login, '/version'))).toMatchObject({ minor: '35' });
  // Who looks for another name at the same address is warned.
  const stranger = { ...login, name: `another.${release}.svc` };
  await expect(getAsWritten(stranger, '/version')).rejects.toThrow('does not match');
}

/** The chart took the function's values as they are. */
export async function expectRealChart(bed: Bed, env: Environment, release: string): Promise<void> {
  const { host } = bed;
  const set = await host.get({ ...kinds.statefulSet, namespace: release, name: release });
  expect(text(set, 'metadata', 'labels', 'chart')).toBe(`vcluster-${VERSION}`);

  const releases = await composed(bed, env, 'release');
  const vcluster = releases.find((one) => at(one, 'spec', 'forProvider', 'namespace') === release);
  const name = `vc-config-${release}`;
  const secret = await host.get({ ...kinds.secret, namespace: release, name });
  const config = text(secret, 'data', 'config.yaml') ?? '';
  expect(parse(Buffer.from(config, 'base64').toString())).toMatchObject(
    at(vcluster, 'spec', 'forProvider', 'values') as object,
  );
}

/** What provider-helm and provider-kubernetes did by the kubeconfig, as a developer with it sees it. */
export async function expectToolsIn(bed: Bed, inside: Kube, env: Environment): Promise<void> {
  const kubeconfig = join(bed.folder, KUBECONFIG);
  const list = ['list', '--all-namespaces', '--output', 'json', '--kubeconfig', kubeconfig];
  const { stdout, stderr } = await run(bed.layout.binaries.helm, list);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject([
    {
      name: expect.stringMatching(new RegExp(`^${env.prefix}[0-9a-f]{8}-knative-operator$`)),
      namespace: 'knative-operator',
      status: 'deployed',
      chart: 'knative-operator-1.23.0',
    },
  ]);
  const [serving] = await inside.list({ ...kinds.serving, namespace: 'knative-serving' });
  expect(text(serving, 'spec', 'version')).toBe('1.23');
  // What is the cluster of all other environments of a bed has no part in it.
  const elsewhere = await bed.remote.list(kinds.namespace);
  expect(elsewhere.map(({ metadata }) => metadata?.name)).not.toContain('knative-operator');
}

/** A pod that is made inside, and what it mounts, appear on the host; without nodes it stays Pending. */
export async function expectSyncedFrom(bed: Bed, inside: Kube, release: string): Promise<void> {
  const namespace = 'default';
  const metadata = { name: 'settings', namespace };
  await inside.apply({ ...kinds.configMap, metadata, data: { colour: 'blue' } });
  const spec = {
    containers: [{ name: 'main', image: 'example.invalid/web' }],
    volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
  };
  await inside.apply({ ...podType, metadata: { name: 'web', namespace }, spec });
  const onHost = (type: Type, called: string) => {
    const name = `${called}-x-${namespace}-x-${release}`;
    const look = () => bed.host.get({ ...type, namespace: release, name });
    return waitFor(`${type.kind} ${name} on the host`, look, 120);
  };
  const settings = await onHost(kinds.configMap, 'settings');
  expect(at(settings, 'data')).toEqual({ colour: 'blue' });
  const web = await onHost(podType, 'web');
  expect(text(web, 'status', 'phase')).toBe('Pending');
  // The LimitRange that the function asks for is in force there.
  expect(at(web, 'spec', 'containers', 0, 'resources', 'limits', 'cpu')).toBe('500m');
}
