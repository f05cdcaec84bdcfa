/** Files by which programs log in: kubeconfigs with their certificates inline, and Google's. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Layout } from './layout.ts';
import { GOOGLE_TOKEN, writeGoogleCredentials } from './loopback.ts';

/** @param login false: as GKE's, which does not authenticate by itself */
export function kubeconfig(port: number, certificates: string, login: boolean): string {
  const inline = (file: string) => readFileSync(join(certificates, file)).toString('base64');
  const user = login
    ? { 'client-certificate-data': inline('tls.crt'), 'client-key-data': inline('tls.key') }
    : {};
  const server = `https://127.0.0.1:${port}`;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bed',
    contexts: [{ name: 'bed', context: { cluster: 'bed', user: 'bed' } }],
    clusters: [
      { name: 'bed', cluster: { server, 'certificate-authority-data': inline('ca.crt') } },
    ],
    users: [{ name: 'bed', user }],
  });
}

/** The kubeconfigs are given back as text. */
export async function writeLogins({ folder, pki, ports }: Layout, tokens: string) {
  const login = {
    host: kubeconfig(ports.host, pki.kubernetes.client, true),
    remote: kubeconfig(ports.remote, pki.kubernetes.client, true),
  };
  await writeFile(join(folder, 'tokens.csv'), `${GOOGLE_TOKEN},google,1,"system:masters"\n`);
  for (const name of ['host', 'remote'] as const) {
    await writeFile(join(folder, `${name}.kubeconfig`), login[name], { mode: 0o600 });
  }
  await writeGoogleCredentials(join(folder, 'google.json'), tokens);
  return login;
}
