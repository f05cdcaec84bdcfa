/** Kubeconfig files, with their certificates inline. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

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
