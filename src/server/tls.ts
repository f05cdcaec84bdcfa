// TLS with the certificates that Crossplane mounts, or none.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';

/** @param certificates folder with tls.crt, tls.key and ca.crt; undefined: no TLS */
export function credentialsOf(certificates: string | undefined): ServerCredentials {
  if (certificates === undefined) return ServerCredentials.createInsecure();
  const read = (file: string) => readFileSync(join(certificates, file));
  const pair = { private_key: read('tls.key'), cert_chain: read('tls.crt') };
  return ServerCredentials.createSsl(read('ca.crt'), [pair]);
}
