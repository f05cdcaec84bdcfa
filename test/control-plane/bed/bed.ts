/** A real control plane as plain processes: two Kubernetes APIs, Crossplane, its providers, the function, and players. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/step.ts';
import { run } from '../run.ts';
import { bedCatalog, chartsOf, hostNames } from './catalog.ts';
import { makeCharts } from './charts.ts';
import { type Cloud, QUICK, startCloud } from './cloud.ts';
import { installConfiguration } from './configurations.ts';
import { installCrds, installFunction, installProviderConfigs } from './install.ts';
import { type Kube, kubeClient } from './kube.ts';
import { kubeconfig, writeLogins } from './kubeconfig.ts';
import { allBinaries, type Layout, removeFolder, takePorts } from './layout.ts';
import { startLoopback } from './loopback.ts';
import { makePki } from './pki.ts';
import { type Players, startPlayers } from './players.ts';
import { accepts } from './ports.ts';
import { type Processes, type Start, supervise } from './processes.ts';
import * as programs from './programs.ts';
import { waitFor } from './wait.ts';

export interface Bed {
  readonly folder: string;
  readonly layout: Layout;
  readonly processes: Processes;
  readonly host: Kube;
  /** The clusters that environments get, all of them. */
  readonly remote: Kube;
  readonly cloud: Cloud;
  readonly players: Players;
  readonly catalog: JsonObject;
  /** What kubectl prints about the host. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Starts again what does not run, and takes back what the players were told. */
  heal(): Promise<void>;
  /** Ends everything; the logs stay when they are wanted. */
  stop(keepLogs: boolean): Promise<void>;
}

export interface BedOptions extends programs.Settings {
  /** Told what is under way. */
  readonly say?: (line: string) => void;
}

export async function startBed({ say = () => {}, ...settings }: BedOptions = {}): Promise<Bed> {
  const binaries = await allBinaries();
  const folder = await mkdtemp(join(tmpdir(), 'xenvironment-bed-'));
  for (const part of ['logs', 'packages']) await mkdir(join(folder, part));
  const processes = supervise(join(folder, 'logs'));
  const loopback = await startLoopback(join(folder, 'charts'));
  const stops: (() => void)[] = [loopback.stop];

  async function stop(keepLogs: boolean): Promise<void> {
    for (const end of stops) end();
    await processes.stopAll();
    const kept = (name: string) => keepLogs && name === 'logs';
    const rest = (await readdir(folder)).filter((name) => !kept(name));
    for (const name of rest) await removeFolder(join(folder, name));
    if (!keepLogs) await rmdir(folder);
  }

  try {
    const pki = await makePki(join(folder, 'pki'));
    const layout = { folder, pki, ports: await takePorts(), binaries };
    const { ports } = layout;
    const admin = pki.kubernetes.client;
    const login = await writeLogins(layout, loopback.tokens);
    processes.start(programs.etcd(layout));
    const host = kubeClient(ports.host, admin);
    const remote = kubeClient(ports.remote, admin);
    processes.start(programs.apiServer(layout, 'host'));
    processes.start(programs.apiServer(layout, 'remote'));
    const catalog = bedCatalog(loopback.charts, new Date());
    await makeCharts(join(folder, 'charts'), chartsOf(catalog), loopback.charts);
    await waitFor('the host API', () => host.raw('/readyz'), 120);
    await waitFor('the remote API', () => remote.raw('/readyz'), 120);
    say('both Kubernetes APIs are ready');
    const authority = readFileSync(join(pki.crossplane.server, 'ca.crt'));
    const webhooks = { usages: ports.webhook, conversion: ports.conversion };
    await installCrds(host, { ...webhooks, authority });
    say('CRDs are established');
    for (const program of programs.controllers(layout, settings)) processes.start(program);
    // A kind is established a moment before the API server serves it.
    const installed = async () => {
      await installFunction(host, ports.function);
      await installProviderConfigs(host, hostNames(catalog), login.host);
      return true;
    };
    await waitFor('the function and the provider configs to be installed', installed, 60);
    await installConfiguration(host, 'namespaced', catalog);
    await installConfiguration(host, 'claims', catalog);
    await waitFor('the function', () => accepts(ports.function), 120);
    await waitFor('Crossplane', () => answers(ports.health), 120);
    await waitFor('provider-kubernetes', () => answers(ports.kubernetesHealth), 120);
    const [ended] = processes.unexpected();
    if (ended !== undefined) throw new Error(ended);
    say('Crossplane, its providers and the function are ready');

    const cloud = startCloud(host, remote, kubeconfig(ports.remote, admin, false));
    const players = startPlayers({ host, remote, kubeconfig: login.remote });
    stops.push(cloud.stop, players.stop);
    const kubectl = async (...args: readonly string[]) => {
      const config = join(folder, 'host.kubeconfig');
      const ended = await run(binaries.kubectl, args, { env: { KUBECONFIG: config } });
      if (ended.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ended.stderr}`);
      return ended.stdout;
    };
    const revive = (all: readonly Start[]) => {
      const dead = all.filter(({ name }) => processes.pid(name) === undefined);
      for (const program of dead) processes.start(program);
    };
    const heal = async () => {
      players.hold(undefined);
      cloud.failure = undefined;
      cloud.slowness = QUICK;
      revive([programs.apiServer(layout, 'host'), programs.apiServer(layout, 'remote')]);
      await waitFor('the host API', () => host.raw('/readyz'), 120);
      await waitFor('the remote API', () => remote.raw('/readyz'), 120);
      revive(programs.controllers(layout, settings));
    };
    return {
      folder,
      heal,
      layout,
      processes,
      host,
      remote,
      cloud,
      players,
      catalog,
      kubectl,
      stop,
    };
  } catch (error) {
    await stop(true);
    throw new Error(`the bed did not come up; logs: ${join(folder, 'logs')}`, { cause: error });
  }
}

async function answers(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
}
