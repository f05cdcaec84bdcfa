/** Where a bed has its files, ports and programs. */
import { rm } from 'node:fs/promises';
import { ensureBinary } from '../binaries.ts';
import type { ProgramName } from '../programs.ts';
import type { Pki } from './pki.ts';
import { freePorts } from './ports.ts';

const PORTS = [
  ...(['etcd', 'etcdPeer', 'host', 'remote', 'function'] as const),
  ...(['webhook', 'metrics', 'health', 'kubernetesHealth', 'conversion'] as const),
];
export type Ports = Readonly<Record<(typeof PORTS)[number], number>>;

export interface Layout {
  /** The run folder. */
  readonly folder: string;
  readonly pki: Pki;
  readonly ports: Ports;
  readonly binaries: Readonly<Record<ProgramName, string>>;
}

export async function takePorts(): Promise<Ports> {
  return freePorts(PORTS);
}

/** With all that is in it, though what was killed may still write for a moment. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

/** One after the other: a build takes every core that there is. */
export async function allBinaries(): Promise<Layout['binaries']> {
  const names = [
    ...(['etcd', 'kube-apiserver', 'kubectl', 'gc', 'crossplane-core', 'provider-helm'] as const),
    ...(['helm', 'provider-kubernetes'] as const),
  ];
  const paths: Partial<Record<ProgramName, string>> = {};
  for (const name of names) paths[name] = await ensureBinary(name);
  return paths as Layout['binaries'];
}
