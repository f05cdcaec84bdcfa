// Certificates as Crossplane makes its own: authority and leaves have one subject, and no key identifiers.
import 'reflect-metadata';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** What `crossplane core init` gives everything that it makes. */
export const CROSSPLANE = 'CN=Crossplane, O=Crossplane, C=Earth, ST=Earth, L=Earth';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 3600_000;

export interface Pair {
  readonly subject: string;
  readonly keys: CryptoKeyPair;
  readonly cert: string;
  readonly key: string;
}

interface Wishes {
  readonly subject?: string;
  /** Undefined: signs itself. */
  readonly by?: Pair;
  readonly authority?: boolean;
  readonly usages?: readonly ExtendedKeyUsage[];
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
}

export async function make({
  subject = CROSSPLANE,
  by,
  authority = false,
  usages = [],
  from = -1,
  to = 30,
}: Wishes): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const extensions: Extension[] = [
    new KeyUsagesExtension(
      KeyUsageFlags.digitalSignature | (authority ? KeyUsageFlags.keyCertSign : 0),
      true,
    ),
    new BasicConstraintsExtension(authority, undefined, true),
    ...(usages.length === 0 ? [] : [new ExtendedKeyUsageExtension([...usages])]),
    ...(usages.includes(ExtendedKeyUsage.serverAuth) && !authority
      ? [
          new SubjectAlternativeNameExtension([
            { type: 'dns', value: 'localhost' },
            { type: 'ip', value: '127.0.0.1' },
          ]),
        ]
      : []),
  ];
  const certificate = await X509CertificateGenerator.create({
    // Go's template: every leaf of Crossplane's has one number, too.
    serialNumber: authority ? '2022' : '2023',
    subject,
    issuer: by?.subject ?? subject,
    notBefore: new Date(Date.now() + from * DAY_MS),
    notAfter: new Date(Date.now() + to * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    signingAlgorithm: ECDSA,
    extensions,
  });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  const lines =
    Buffer.from(pkcs8)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  const key = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
  return { subject, keys, cert: `${certificate.toString('pem')}\n`, key };
}

/** Extended key usages, for tests that make something of their own. */
export const { clientAuth: FOR_CLIENTS, serverAuth: FOR_SERVERS } = ExtendedKeyUsage;
const BOTH = [ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth];

export function makeAuthority(wishes: Wishes = {}): Promise<Pair> {
  return make({ authority: true, usages: BOTH, ...wishes });
}

export function makeClient(by: Pair, wishes: Wishes = {}): Promise<Pair> {
  return make({ by, usages: [ExtendedKeyUsage.clientAuth], ...wishes });
}

export function makeServer(by: Pair, wishes: Wishes = {}): Promise<Pair> {
  return make({ by, usages: [ExtendedKeyUsage.serverAuth], ...wishes });
}

/**
 * Puts the files where they are to be found, as the kubelet does it: a new folder, and one link that is swapped.
 *
 * @returns the folder to read
 */
export function mount(folder: string, server: Pair, authorities: string): string {
  const now = `..${process.hrtime.bigint()}`;
  mkdirSync(join(folder, now), { recursive: true });
  writeFileSync(join(folder, now, 'tls.crt'), server.cert);
  writeFileSync(join(folder, now, 'tls.key'), server.key);
  writeFileSync(join(folder, now, 'ca.crt'), authorities);
  symlinkSync(now, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  for (const file of ['tls.crt', 'tls.key', 'ca.crt']) {
    try {
      symlinkSync(join('..data', file), join(folder, file));
    } catch {
      // It is there since the first time.
    }
  }
  return folder;
}
