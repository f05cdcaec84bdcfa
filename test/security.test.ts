// What a malicious developer can do: whatever stands in a field of spec, the environment reaches no further.
import { expect, test } from 'vitest';
import { isObject } from '../src/json.ts';
import type { Json, JsonObject } from '../src/step.ts';
import { place } from './support/play.ts';

/** Every field into which a developer may write words of their own. */
const SPEC: JsonObject = {
  purpose: 'development',
  team: 'team-payments',
  size: 'small',
  cluster: { type: 'vcluster', host: 'dev-1' },
  kubernetes: { version: '1.35' },
  tools: {
    knative: { version: '1.23', domain: 'checkout.dev.acme.example' },
    ci: {
      agent: 'github',
      url: 'https://github.com/acme/checkout',
      secretRef: { name: 'github-app' },
    },
    gitops: {
      engine: 'argocd',
      repository: {
        url: 'https://github.com/acme/deploy',
        path: 'envs/checkout',
        revision: 'main',
      },
      secretRef: { name: 'deploy-key' },
    },
    extra: [{ name: 'cert-manager' }],
  },
  lifetime: '72h',
  writeConnectionSecretToRef: { name: 'checkout-kubeconfig' },
};

const HOSTILE: readonly Json[] = [
  ['$', '{environment.name}'].join(''),
  'x\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: kube-system}',
  'a", "namespace": "kube-system',
  'kube-system/admin',
  'other-team',
  { name: 'x', namespace: 'kube-system' },
];

/** The keys whose values say where something goes, what is installed and with whose rights. */
const REACH =
  /^(kind|apiVersion|namespace|targetNamespace|providerConfigRef|chart|image|images|role|roleRef|subjects|serviceAccountName|identity)$/;

test.each(['claims', 'namespaced'] as const)(
  '%s: no word in spec reaches further',
  async (flavour) => {
    const allowed = await reachOf(flavour, SPEC);
    expect(allowed?.size).toBeGreaterThan(20);
    let refused = 0;
    let taken = 0;
    for (const path of leavesOf(SPEC)) {
      for (const hostile of HOSTILE) {
        const spec = changedAt(SPEC, path, hostile) as JsonObject;
        const reach = await reachOf(flavour, spec);
        if (reach === undefined) refused++;
        else taken++;
        const beyond = [...(reach ?? [])].filter((each) => !allowed?.has(each));
        expect(beyond, `${path.join('.')}: ${JSON.stringify(hostile)}`).toEqual([]);
      }
    }
    // Else this would have shown nothing.
    expect(refused).toBeGreaterThan(50);
    expect(taken).toBeGreaterThan(10);
  },
);

/** Undefined: refused, and then nothing may be composed. */
async function reachOf(
  flavour: 'claims' | 'namespaced',
  spec: JsonObject,
): Promise<Set<string> | undefined> {
  const self = place(flavour, spec);
  const last = (await self.settle()).at(-1);
  if (last?.fatal !== undefined) {
    expect([...self.composed.keys()]).toEqual([]);
    return undefined;
  }
  const reach = new Set<string>();
  for (const { resource } of self.composed.values()) collect(resource.spec, reach);
  for (const { resource } of self.composed.values())
    reach.add(`${resource.apiVersion} ${resource.kind}`);
  return reach;
}

function collect(value: unknown, reach: Set<string>): void {
  if (Array.isArray(value)) for (const each of value) collect(each, reach);
  if (!isObject(value)) return;
  for (const [key, each] of Object.entries(value)) {
    if (REACH.test(key)) reach.add(`${key}: ${JSON.stringify(each)}`);
    collect(each, reach);
  }
}

type Path = readonly (string | number)[];

function leavesOf(value: Json | undefined, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((each, i) => leavesOf(each, [...path, i]));
  if (isObject(value)) return Object.entries(value).flatMap(([k, v]) => leavesOf(v, [...path, k]));
  return [path];
}

function changedAt(value: Json | undefined, [key, ...rest]: Path, to: Json): Json {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((v, i) => (i === key ? changedAt(v, rest, to) : v));
  return { ...(value as JsonObject), [key]: changedAt((value as JsonObject)[key], rest, to) };
}
