// The certificates in their folder, and a look at them from time to time: Kubernetes swaps all three at once.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { messageOf } from './errors.ts';

interface Files {
  readonly key: Buffer;
  /** The own certificate, and what goes along between it and its authority. */
  readonly cert: Buffer;
  readonly ca: Buffer;
}

export interface Certificates extends Files {
  readonly authorities: readonly X509Certificate[];
  /** When the own one ends, and the first of the authorities. */
  readonly expiry: { readonly server: Date; readonly authorities: Date };
}

/** @throws Error that names the file and what is wrong with it */
export function loadCertificates(folder: string): Certificates {
  return certificatesOf(readFiles(folder));
}

function readFiles(folder: string): Files {
  const read = (file: string): Buffer => {
    try {
      return readFileSync(join(folder, file));
    } catch (error) {
      throw new Error(`cannot read ${file}: ${messageOf(error)}`);
    }
  };
  return { key: read('tls.key'), cert: read('tls.crt'), ca: read('ca.crt') };
}

function certificatesOf(files: Files): Certificates {
  const [own] = certificatesIn(files.cert, 'tls.crt');
  const authorities = certificatesIn(files.ca, 'ca.crt');
  const stranger = authorities.find((certificate) => !certificate.ca);
  if (own === undefined) throw new Error('tls.crt: has no certificate');
  if (authorities.length === 0) throw new Error('ca.crt: has no certificate');
  if (stranger !== undefined) {
    throw new Error(
      `ca.crt: ${oneLine(stranger.subject)}, serial number ${stranger.serialNumber}, is not an authority`,
    );
  }
  try {
    createSecureContext(files);
  } catch (error) {
    throw new Error(`tls.key does not go with tls.crt: ${messageOf(error)}`);
  }
  const ends = authorities.map(({ validToDate }) => validToDate.getTime());
  const expiry = { server: own.validToDate, authorities: new Date(Math.min(...ends)) };
  return { ...files, authorities, expiry };
}

function certificatesIn(pem: Buffer, file: string): X509Certificate[] {
  const blocks =
    pem.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ??
    [];
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new Error(`${file}: certificate ${i + 1} cannot be read: ${messageOf(error)}`);
    }
  });
}

function oneLine(subject: string | undefined): string {
  return (subject ?? 'a certificate without a subject').replaceAll('\n', ', ');
}

interface Watch {
  readonly everyMs: number;
  readonly changed: (certificates: Certificates) => void;
  /** What is there now cannot be used, and the last ones stay; told once for each problem. */
  readonly failed: (problem: string) => void;
}

/**
 * Looks from time to time whether the files have changed. A folder that is watched instead says nothing on some
 * file systems, and three small files cost nothing to read.
 *
 * @returns ends it
 */
export function watchCertificates(
  folder: string | undefined,
  first: Certificates | undefined,
  { everyMs, changed, failed }: Watch,
): () => void {
  if (folder === undefined || first === undefined) return () => undefined;
  let current: Files = first;
  let said: string | undefined;
  const timer = setInterval(() => {
    try {
      const files = readFiles(folder);
      if (same(files, current)) return;
      changed(certificatesOf(files));
      current = files;
      said = undefined;
    } catch (error) {
      const problem = messageOf(error);
      if (problem !== said) failed(problem);
      said = problem;
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function same(a: Files, b: Files): boolean {
  return a.key.equals(b.key) && a.cert.equals(b.cert) && a.ca.equals(b.ca);
}
