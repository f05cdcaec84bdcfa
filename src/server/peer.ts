// Who may call: the certificate of a peer against the authorities of ca.crt.
//
// OpenSSL alone cannot say. Crossplane's own authority and what it signs have one and the same subject and no
// AuthorityKeyId, so OpenSSL takes the client's certificate for a self-signed one and refuses it. What OpenSSL accepts
// (through intermediates too) is accepted here if it is for clients; what it does not is verified directly against
// each authority. The peer has proved that it has the key in either case: TLS 1.3 does not end without that.
import type { X509Certificate } from 'node:crypto';

/** Why a peer is refused: a label of the metrics. */
export const REFUSALS = {
  NoCertificate: 'it shows no certificate',
  NotForClients: 'its certificate is not one for client authentication',
  NotValidNow: 'its certificate is not valid now',
  UnknownAuthority: 'its certificate is signed by none of the valid authorities in ca.crt',
  NotHttp2: 'it does not speak HTTP/2',
  HandshakeFailed: 'the TLS handshake failed',
  HandshakeTimeout: 'the TLS handshake took too long',
  TooManyHandshakes: 'too many others had begun a TLS handshake after it and none was over',
} as const;
export type Refusal = keyof typeof REFUSALS;

export interface Peer {
  /** Undefined: it showed none. */
  readonly certificate: X509Certificate | undefined;
  /** OpenSSL found a chain to one of the authorities. */
  readonly authorized: boolean;
}

/** Extended key usage; Node calls the extension keyUsage. */
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

/** Undefined: it may call. */
export function refusalOf(
  { certificate, authorized }: Peer,
  authorities: readonly X509Certificate[],
  now: Date,
): Refusal | undefined {
  if (certificate === undefined) return 'NoCertificate';
  if (certificate.ca || !isForClients(certificate)) return 'NotForClients';
  if (!isValid(certificate, now)) return 'NotValidNow';
  if (authorized || authorities.some((authority) => hasSigned(authority, certificate, now)))
    return undefined;
  return 'UnknownAuthority';
}

function isForClients({ keyUsage }: X509Certificate): boolean {
  return keyUsage?.includes(CLIENT_AUTHENTICATION) ?? false;
}

function isValid({ validFromDate, validToDate }: X509Certificate, now: Date): boolean {
  return validFromDate <= now && now <= validToDate;
}

/** `checkIssued` compares names, key identifiers and the authority's key usage; `verify` the signature. */
function hasSigned(authority: X509Certificate, certificate: X509Certificate, now: Date): boolean {
  return (
    authority.ca &&
    isValid(authority, now) &&
    (authority.keyUsage === undefined || isForClients(authority)) &&
    certificate.checkIssued(authority) &&
    certificate.verify(authority.publicKey)
  );
}
