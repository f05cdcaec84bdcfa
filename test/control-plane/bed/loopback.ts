/** A small http server on the loopback: the chart repository, and where Google's tokens come from. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';

export interface Loopback {
  readonly charts: string;
  readonly tokens: string;
  readonly stop: () => void;
}

/** What GKE's stand-in takes for a login: its kubeconfig has none, as the real one's. */
export const GOOGLE_TOKEN = 'a-token-of-google';

/** @param folder with the archives */
export async function startLoopback(folder: string): Promise<Loopback> {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/token')) {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ access_token: GOOGLE_TOKEN, token_type: 'Bearer', expires_in: 3600 }),
      );
      return;
    }
    const file = createReadStream(join(folder, basename(request.url ?? '')));
    file.once('error', () => response.writeHead(404).end());
    file.pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    charts: `${url}/charts`,
    tokens: `${url}/token`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The file that GOOGLE_APPLICATION_CREDENTIALS names: the providers' injected identity. */
export async function writeGoogleCredentials(path: string, tokens: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    client_email: 'providers@bed.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    private_key_id: 'bed',
    token_uri: tokens,
  };
  await writeFile(path, JSON.stringify(account), { mode: 0o600 });
}
