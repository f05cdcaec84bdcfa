/** What a platform team installs: CRDs, the function, provider configs, and both flavours' Configurations. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../../../src/json.ts';
import type { JsonObject } from '../../../src/step.ts';
import { moduleDir } from '../binaries.ts';
import { gcpCrdFolders, gcpCrds, moduleCrds } from '../crds.ts';
import { type KubernetesObject, parseDocuments, readDocument } from '../documents.ts';
import type { Kube } from './kube.ts';
import { kinds } from './resources.ts';
import { waitFor } from './wait.ts';

export const SYSTEM = 'crossplane-system';
const FUNCTION = 'function-xenvironment';
const functionRevision = {
  apiVersion: 'pkg.crossplane.io/v1',
  kind: 'FunctionRevision',
  name: `${FUNCTION}-bed`,
} as const;

export interface Webhooks {
  /** Crossplane's, which guards what is in use. */
  readonly usages: number;
  /** provider-kubernetes's, which converts Objects between versions. */
  readonly conversion: number;
  /** In PEM: of Crossplane's certificates. */
  readonly authority: Buffer;
}

export async function installCrds(host: Kube, webhooks: Webhooks): Promise<void> {
  await host.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
  const caBundle = webhooks.authority.toString('base64');
  const { small, real } = gcpCrdFolders();
  const folders = await moduleCrds();
  const files = [
    ...folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file))),
    ...gcpCrds(real ?? small),
  ].filter((file) => file.endsWith('.yaml'));
  const converter = { url: `https://127.0.0.1:${webhooks.conversion}/convert`, caBundle };
  await Promise.all(files.map((file) => installCrd(host, file, converter)));

  const core = await moduleDir('crossplane-core', 'github.com/crossplane/crossplane/v2');
  const guard = readDocument(join(core, 'cluster/webhookconfigurations/usage.yaml'));
  const [webhook] = guard.webhooks as [KubernetesObject];
  const url = `https://127.0.0.1:${webhooks.usages}/validate-no-usages`;
  await host.apply({ ...guard, webhooks: [{ ...webhook, clientConfig: { url, caBundle } }] });
  await waitFor('every CRD to be established', () => allEstablished(host), 120);
}

/** @param clientConfig of who converts it, where it has to be converted */
async function installCrd(host: Kube, file: string, clientConfig: JsonObject): Promise<void> {
  const yaml = readFileSync(file, 'utf8');
  const name = /^ {2}name: (\S+)$/m.exec(yaml)?.[1];
  if (name === undefined) throw new Error(`${file}: no name`);
  const metadata = { ...kinds.crd, metadata: { name } };
  if (!yaml.includes('strategy: Webhook')) return host.apply(metadata, yaml);
  // The package manager would fill in the provider's Service; here it is a process.
  const [crd] = parseDocuments(yaml);
  const webhook = { conversionReviewVersions: ['v1'], clientConfig };
  const spec = { ...(crd?.spec as object), conversion: { strategy: 'Webhook', webhook } };
  return host.apply({ ...crd, spec });
}

async function allEstablished(host: Kube): Promise<boolean> {
  const crds = await host.list(kinds.crd);
  for (const crd of crds) await expectCondition(crd, 'Established');
  return true;
}

/** Throws while the condition is not True. */
export function expectCondition(object: KubernetesObject | undefined, type: string): boolean {
  const conditions = at(object, 'status', 'conditions');
  const found = Array.isArray(conditions) ? conditions : [];
  if (found.some((c) => at(c, 'type') === type && at(c, 'status') === 'True')) return true;
  throw new Error(`${object?.metadata?.name} is not ${type}: ${JSON.stringify(found)}`);
}

/** As an installed package; paused, so that the package manager leaves it alone. */
export async function installFunction(host: Kube, port: number): Promise<void> {
  const { apiVersion, kind, name } = functionRevision;
  const revision = {
    apiVersion,
    kind,
    metadata: {
      name,
      labels: { 'pkg.crossplane.io/package': FUNCTION },
      annotations: { 'crossplane.io/paused': 'true' },
    },
    spec: { desiredState: 'Active', image: `xpkg.example.org/${FUNCTION}:v0.1.0`, revision: 1 },
  };
  await host.apply(revision);
  await pointFunction(host, port);
}

/** Where Crossplane calls it, from now on. */
export async function pointFunction(host: Kube, port: number): Promise<void> {
  const endpoint = `dns:///127.0.0.1:${port}`;
  const status = { endpoint, capabilities: ['composition'] };
  await host.patch(functionRevision, { status }, 'status');
}

/** Every host of the catalog is this one cluster. */
export async function installProviderConfigs(
  host: Kube,
  names: readonly string[],
  kubeconfig: string,
): Promise<void> {
  const secretRef = { namespace: SYSTEM, name: 'host-kubeconfig', key: 'kubeconfig' };
  await host.apply({
    ...kinds.secret,
    metadata: { name: secretRef.name, namespace: SYSTEM },
    stringData: { kubeconfig },
  });
  const spec = { credentials: { source: 'Secret', secretRef } };
  const types = [
    { apiVersion: 'helm.m.crossplane.io/v1beta1', kind: 'ClusterProviderConfig' },
    { apiVersion: 'kubernetes.m.crossplane.io/v1alpha1', kind: 'ClusterProviderConfig' },
    { apiVersion: 'helm.crossplane.io/v1beta1', kind: 'ProviderConfig' },
    { apiVersion: 'kubernetes.crossplane.io/v1alpha1', kind: 'ProviderConfig' },
  ];
  const configs = names.flatMap((name) =>
    types.map((type) => ({ ...type, metadata: { name }, spec })),
  );
  await Promise.all(configs.map((config) => host.apply(config)));
}
