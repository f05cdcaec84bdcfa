/** How each program of a bed is started. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Layout } from './layout.ts';
import type { Start } from './processes.ts';

export interface Settings {
  /** Left out: Crossplane's own, 100 events and then one a second. */
  readonly breaker?: Breaker;
  /** How often providers look for drift. Default: 10s; in production every ten minutes. */
  readonly poll?: string;
}

export interface Breaker {
  readonly burst: number;
  readonly refillRate: number;
}

export function etcd({ folder, ports, binaries }: Layout): Start {
  const client = `http://127.0.0.1:${ports.etcd}`;
  return {
    name: 'etcd',
    command: binaries.etcd,
    args: [
      ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', `http://127.0.0.1:${ports.etcdPeer}`],
    ],
  };
}

/** Both share one etcd. */
export function apiServer(
  { folder, pki, ports, binaries }: Layout,
  name: 'host' | 'remote',
): Start {
  const { server } = pki.kubernetes;
  return {
    name,
    command: binaries['kube-apiserver'],
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      `--etcd-prefix=/${name}`,
      ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1'],
      `--secure-port=${ports[name]}`,
      '--endpoint-reconciler-type=none',
      `--client-ca-file=${join(server, 'ca.crt')}`,
      `--tls-cert-file=${join(server, 'tls.crt')}`,
      `--tls-private-key-file=${join(server, 'tls.key')}`,
      // Who comes with GKE's kubeconfig and no token of Google's gets nothing.
      ...['--anonymous-auth=false', `--token-auth-file=${join(folder, 'tokens.csv')}`],
      '--service-account-issuer=https://bed',
      `--service-account-key-file=${pki.signingKey}`,
      `--service-account-signing-key-file=${pki.signingKey}`,
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=AlwaysAllow',
      '--disable-admission-plugins=ServiceAccount',
      '--enable-priority-and-fairness=false',
    ],
  };
}

/** Garbage collection and the end of namespaces. */
export function collector({ folder, binaries }: Layout, name: 'host' | 'remote'): Start {
  const args = ['--kubeconfig', join(folder, `${name}.kubeconfig`), '--sync', '1s'];
  return { name: `gc-${name}`, command: binaries.gc, args };
}

/** Without a breaker: Crossplane's own defaults, 100 events and then one a second. */
export function crossplane({ folder, pki, ports, binaries }: Layout, breaker?: Breaker): Start {
  const raised = [
    `--circuit-breaker-burst=${breaker?.burst}`,
    `--circuit-breaker-refill-rate=${breaker?.refillRate}`,
  ];
  return {
    name: 'crossplane',
    command: binaries['crossplane-core'],
    args: [
      ...[
        'core',
        'start',
        '--debug',
        '--namespace=crossplane-system',
        '--package-runtime=External',
      ],
      `--tls-client-certs-dir=${pki.crossplane.client}`,
      `--tls-server-certs-dir=${pki.crossplane.server}`,
      `--webhook-port=${ports.webhook}`,
      `--metrics-port=${ports.metrics}`,
      `--health-probe-port=${ports.health}`,
      `--xpkg-cache-dir=${join(folder, 'packages')}`,
      ...(breaker === undefined ? [] : raised),
    ],
    env: { KUBECONFIG: join(folder, 'host.kubeconfig') },
  };
}

export function providerHelm({ folder, binaries }: Layout, poll: string): Start {
  const args = ['--debug', `--poll=${poll}`];
  return {
    name: 'provider-helm',
    command: binaries['provider-helm'],
    args,
    env: identity(folder),
    // It keeps what it pulls in a folder beside.
    folder,
  };
}

export function providerKubernetes(layout: Layout, poll: string): Start {
  const { folder, pki, ports, binaries } = layout;
  return {
    name: 'provider-kubernetes',
    command: binaries['provider-kubernetes'],
    args: [
      '--debug',
      `--poll=${poll}`,
      `--health-probe-bind-addr=127.0.0.1:${ports.kubernetesHealth}`,
    ],
    env: {
      ...identity(folder),
      TLS_SERVER_CERTS_DIR: pki.crossplane.server,
      WEBHOOK_PORT: String(ports.conversion),
    },
  };
}

function identity(folder: string) {
  return {
    KUBECONFIG: join(folder, 'host.kubeconfig'),
    GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'google.json'),
  };
}

/** @param now a fixed clock; the real one without it */
export function functionServer({ pki, ports }: Layout, now?: string): Start {
  const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
  return {
    name: 'function',
    command: process.execPath,
    args: [
      ...[main, '--debug', '--address', `127.0.0.1:${ports.function}`, '--metrics-address', 'off'],
      ...['--tls-server-certs-dir', pki.crossplane.server],
      ...(now === undefined ? [] : ['--now', now]),
    ],
  };
}

/** What a bed runs beside etcd and the API servers, in the order in which it is started. */
export function controllers(layout: Layout, { breaker, poll = '10s' }: Settings): Start[] {
  return [
    collector(layout, 'host'),
    collector(layout, 'remote'),
    crossplane(layout, breaker),
    providerHelm(layout, poll),
    providerKubernetes(layout, poll),
    functionServer(layout),
  ];
}
