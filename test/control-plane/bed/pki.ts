/** Certificates for a bed: one authority for Kubernetes, and one as Crossplane makes it for itself. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../run.ts';

export interface Certificates {
  /** Folder with ca.crt, tls.crt and tls.key. */
  readonly server: string;
  readonly client: string;
}

export interface Pki {
  readonly kubernetes: Certificates;
  /** Crossplane's webhook, the function, and Crossplane as the function's client. */
  readonly crossplane: Certificates;
  /** Signs service account tokens; Google's stand-in has it as well. */
  readonly signingKey: string;
}

/** `crossplane core init` gives the authority and its leaves this one subject. */
const CROSSPLANE = '/O=Crossplane/CN=Crossplane';

export async function makePki(folder: string): Promise<Pki> {
  const signingKey = join(folder, 'signing.key');
  await mkdir(folder, { recursive: true });
  const [kubernetes, crossplane] = await Promise.all([
    makeAuthority(join(folder, 'kubernetes'), '/CN=bed-ca', {
      server: '/CN=bed-server',
      client: '/O=system:masters/CN=bed-admin',
    }),
    makeAuthority(join(folder, 'crossplane'), CROSSPLANE, {
      server: CROSSPLANE,
      client: CROSSPLANE,
    }),
    openssl(['genpkey', '-algorithm', 'RSA', '-out', signingKey]),
  ]);
  return { kubernetes, crossplane, signingKey };
}

interface Subjects {
  readonly server: string;
  readonly client: string;
}

async function makeAuthority(
  folder: string,
  subject: string,
  subjects: Subjects,
): Promise<Certificates> {
  await mkdir(folder, { recursive: true });
  const authority = join(folder, 'ca');
  await openssl([
    ...['req', '-x509', ...newKey(`${authority}.key`), '-days', '30', '-subj', subject],
    ...['-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-addext', 'keyUsage=critical,digitalSignature,keyCertSign'],
    ...['-out', `${authority}.crt`],
  ]);
  const names = '\nsubjectAltName=DNS:localhost,IP:127.0.0.1';
  return {
    server: await makeLeaf(
      authority,
      join(folder, 'server'),
      subjects.server,
      `serverAuth${names}`,
    ),
    client: await makeLeaf(authority, join(folder, 'client'), subjects.client, 'clientAuth'),
  };
}

async function makeLeaf(
  authority: string,
  folder: string,
  subject: string,
  usage: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const [key, request, extensions] = ['tls.key', 'request', 'extensions'].map((file) =>
    join(folder, file),
  ) as [string, string, string];
  // Go leaves the key identifiers out where issuer and subject have one name; so does this.
  const without = 'subjectKeyIdentifier=none\nauthorityKeyIdentifier=none';
  await writeFile(
    extensions,
    `basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n${without}\nextendedKeyUsage=${usage}\n`,
  );
  await openssl(['req', ...newKey(key), '-subj', subject, '-out', request]);
  await openssl([
    ...['x509', '-req', '-in', request, '-CA', `${authority}.crt`, '-CAkey', `${authority}.key`],
    ...['-CAcreateserial', '-days', '30', '-extfile', extensions, '-out', join(folder, 'tls.crt')],
  ]);
  await writeFile(join(folder, 'ca.crt'), await readFile(`${authority}.crt`));
  return folder;
}

function newKey(path: string): string[] {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  return [...curve, '-noenc', '-keyout', path];
}

async function openssl(args: readonly string[]): Promise<void> {
  const { code, stderr } = await run('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args[0]} failed:\n${stderr}`);
}
