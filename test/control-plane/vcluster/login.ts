/** Logs in with a kubeconfig that somebody else wrote. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { ClientRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { parse } from 'yaml';
import { at, text } from '../../../src/json.ts';
import type { Json } from '../../../src/step.ts';
import type { Bed } from '../bed/bed.ts';
import type { Environment } from '../bed/environments.ts';
import { type Kube, kubeClient } from '../bed/kube.ts';
import { kinds, type Ref } from '../bed/resources.ts';
import { SYNCER_PORT } from './syncer.ts';

/** Where `openInside` puts the kubeconfig, in the bed's folder. */
export const KUBECONFIG = 'inside.kubeconfig';

export interface Login {
  readonly kubeconfig: string;
  readonly server: string;
  /** Expected in the certificate. */
  readonly name: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The only cluster and user of it; both have their certificates inline. */
export function loginOf(kubeconfig: string): Login {
  const config = parse(kubeconfig) as Json;
  const cluster = at(first(config, 'clusters'), 'cluster');
  const user = at(first(config, 'users'), 'user');
  const inline = (from: Json | undefined, key: string) => {
    const value = text(from, key);
    if (value === undefined) throw new Error(`no ${key} in the kubeconfig`);
    return Buffer.from(value, 'base64');
  };
  const server = text(cluster, 'server') ?? '';
  return {
    kubeconfig,
    server,
    name: new URL(server).hostname,
    ca: inline(cluster, 'certificate-authority-data'),
    cert: inline(user, 'client-certificate-data'),
    key: inline(user, 'client-key-data'),
  };
}

function first(config: Json | undefined, key: string): Json | undefined {
  const list = at(config, key);
  return Array.isArray(list) ? list[0] : undefined;
}

/** Undefined until it is there: the kubeconfig in a Secret of the host. */
async function loginIn({ host }: Bed, key: string, ref: Ref): Promise<Login | undefined> {
  const kubeconfig = text(await host.get(ref), 'data', key);
  if (kubeconfig === undefined) return undefined;
  return loginOf(Buffer.from(kubeconfig, 'base64').toString());
}

/** What the syncer itself writes on the host. */
export function syncersLogin(bed: Bed, release: string) {
  return loginIn(bed, 'config', { ...kinds.secret, namespace: release, name: `vc-${release}` });
}

/** What the developer gets who asked. */
export function developersLogin(bed: Bed, { ref }: Environment) {
  const name = `${ref.name}-kubeconfig`;
  return loginIn(bed, 'kubeconfig', { ...kinds.secret, namespace: ref.namespace ?? '', name });
}

export async function openInside({ folder }: Bed, login: Login): Promise<Kube> {
  await writeFile(join(folder, KUBECONFIG), login.kubeconfig, { mode: 0o600 });
  return clientOf(login, SYNCER_PORT, join(folder, 'inside'));
}

/** A client for a port of the loopback. @param folder for the certificates */
export async function clientOf(
  { ca, cert, key }: Login,
  port: number,
  folder: string,
): Promise<Kube> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, 'ca.crt'), ca);
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key, { mode: 0o600 });
  return kubeClient(port, folder);
}

/** By the address that the kubeconfig says, trusting nobody but the authority in it. */
export function getAsWritten(login: Login, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { server, name, ca, cert, key } = login;
    const options = { ca, cert, key, servername: name, agent: false };
    const call = request(`${server}${path}`, options, (response) =>
      readText(response).then(resolve, reject),
    );
    impatient(call);
    call.once('error', reject);
    call.end();
  });
}

/** Whether a probe as the chart's succeeds; who answers is not looked at, as a kubelet does not. */
export function probe(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false };
    const call = request(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    impatient(call);
    call.once('error', reject);
    call.end();
  });
}

/** Who waits for something asks again; who is never answered does not. */
function impatient(call: ClientRequest): void {
  call.setTimeout(5_000, () => call.destroy(new Error('no answer')));
}
