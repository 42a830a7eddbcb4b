import { codeOf } from '@tocsin/core'

import { messageOf } from '../../errors.ts'

/** Why no link came about, as this side knows it. */
export type LinkRefusalCode =
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-revoked'
  | 'unknown-authority'
  | 'no-certificate'
  | 'wrong-name'
  | 'revocation-list-expired'
  | 'wrong-protocol'
  | 'refused-by-peer'
  | 'timeout'
  | 'too-many'
  | 'unreachable'
  | 'handshake-failed'

/** A connection that did not become a link. */
export class LinkRefusal extends Error {
  /** Why. */
  readonly code: LinkRefusalCode

  constructor(code: LinkRefusalCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

const byOpenssl: Readonly<Record<string, LinkRefusalCode>> = {
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  CERT_REVOKED: 'certificate-revoked',
  CRL_HAS_EXPIRED: 'revocation-list-expired',
  CRL_NOT_YET_VALID: 'revocation-list-expired',
  UNABLE_TO_GET_CRL: 'revocation-list-expired',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-authority',
  CERT_SIGNATURE_FAILURE: 'unknown-authority',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'no-certificate',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'wrong-protocol',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'wrong-protocol',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'wrong-protocol',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'wrong-protocol',
  ERR_SSL_WRONG_VERSION_NUMBER: 'wrong-protocol',
  ERR_SSL_HTTP_REQUEST: 'wrong-protocol',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'wrong-protocol',
  ECONNREFUSED: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  ETIMEDOUT: 'unreachable',
}

const sentences: Readonly<Partial<Record<LinkRefusalCode, string>>> = {
  'certificate-expired': 'its certificate is over; give it a new one',
  'certificate-not-yet-valid': 'its certificate is of the future; look at the clocks of both machines',
  'certificate-revoked': 'its certificate was revoked',
  'unknown-authority': 'its certificate is of an authority that is not in "ca" here',
  'no-certificate': 'it showed no certificate',
  'revocation-list-expired':
    'the revocation list here is over or not of its authority, and without one nobody can be taken; renew it',
  'wrong-protocol': 'it does not speak tocsin-journal/1 over TLS 1.3',
  'refused-by-peer':
    'it ended the connection before it said anything; if it did so on purpose, its "problems" say why',
  unreachable: 'it cannot be reached',
}

/** A refusal of a kind that is known. */
export const refusalFor = (code: LinkRefusalCode, cause?: unknown): LinkRefusal =>
  new LinkRefusal(code, sentences[code] ?? code, cause)

/** What an error of a handshake means. `verified` is what the check of the certificate said, which is nearer to the truth. */
export function refusalOf(error: unknown, verified?: unknown): LinkRefusal {
  if (error instanceof LinkRefusal) return error
  const name =
    typeof verified === 'string' ? verified : verified instanceof Error ? codeOf(verified) : undefined
  const known = byOpenssl[name ?? codeOf(error) ?? '']
  // What it answers to our certificate as an alert, such as ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED.
  const isAlert = codeOf(error)?.includes('_ALERT_') === true
  const code = known ?? (isAlert ? 'refused-by-peer' : 'handshake-failed')
  return code === 'handshake-failed'
    ? new LinkRefusal(code, messageOf(error), error)
    : refusalFor(code, error)
}
