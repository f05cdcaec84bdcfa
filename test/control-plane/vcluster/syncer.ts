/** How the real vcluster runs as a process: the store that it gets instead of sqlite, and its own command line. */
import { join } from 'node:path';
import { at, text } from '../../../src/json.ts';
import type { Json } from '../../../src/step.ts';
import type { Layout } from '../bed/layout.ts';
import type { Start } from '../bed/processes.ts';

export const SYNCER = 'vcluster';
export const STORE = 'vcluster-store';

/** Fixed: what vcluster and its Kubernetes API listen on. */
export const SYNCER_PORT = 8443;
export const API_PORT = 6443;

export interface Store {
  readonly client: number;
  readonly peer: number;
}

/** vcluster takes an external etcd only with TLS. */
export function storeOf({ pki, binaries }: Layout, node: string, store: Store): Start {
  const client = `https://127.0.0.1:${store.client}`;
  const peer = `http://127.0.0.1:${store.peer}`;
  const { server } = pki.kubernetes;
  return {
    name: STORE,
    command: binaries.etcd,
    args: [
      ...['--data-dir', join(node, 'store'), '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer],
      ...['--cert-file', join(server, 'tls.crt'), '--key-file', join(server, 'tls.key')],
      ...['--client-cert-auth', '--trusted-ca-file', join(server, 'ca.crt')],
    ],
  };
}

export interface Pod {
  readonly name: string;
  readonly namespace: string;
  /** Of the chart's template, with what it takes from the pod's own fields. */
  readonly env: Json | undefined;
  /** The chart's `config.yaml`, untouched. */
  readonly config: string;
}

/**
 * Two things are not as our function asked, because the machine cannot: the default store, sqlite, needs cgo, which
 * our build is without; and there is no kube-controller-manager. Everything else is read from the chart's config.
 */
export function syncerOf({ folder, pki }: Layout, command: string, store: Store, pod: Pod): Start {
  const { client } = pki.kubernetes;
  const external = 'controlPlane.backingStore.etcd.external';
  const differently = [
    `${external}.enabled=true`,
    `${external}.endpoint=https://127.0.0.1:${store.client}`,
    `${external}.tls.caFile=${join(client, 'ca.crt')}`,
    `${external}.tls.certFile=${join(client, 'tls.crt')}`,
    `${external}.tls.keyFile=${join(client, 'tls.key')}`,
    'controlPlane.distro.k8s.controllerManager.enabled=false',
  ];
  return {
    name: SYNCER,
    command: 'unshare',
    args: [
      // It starts a Kubernetes API of its own: with the first process of a PID namespace all of them end.
      ...['--fork', '--pid', '--kill-child', '--', command, 'start', '--config', pod.config],
      ...differently.flatMap((value) => ['--set', value]),
    ],
    env: {
      ...envOf(pod),
      KUBECONFIG: join(folder, 'host.kubeconfig'),
      // A container reads both from the files of its service account.
      ...{ NAMESPACE: pod.namespace, POD_NAMESPACE: pod.namespace },
    },
  };
}

function envOf({ name, env }: Pod): Record<string, string> {
  const fields: Readonly<Record<string, string>> = {
    'metadata.name': name,
    'status.podIP': '127.0.0.1',
    'status.hostIP': '127.0.0.1',
    'spec.nodeName': '',
  };
  const entries = (Array.isArray(env) ? env : []).map((entry) => {
    const field = text(at(entry, 'valueFrom', 'fieldRef'), 'fieldPath');
    const value = field === undefined ? text(entry, 'value') : fields[field];
    return [String(at(entry, 'name')), value ?? ''];
  });
  return Object.fromEntries(entries);
}
