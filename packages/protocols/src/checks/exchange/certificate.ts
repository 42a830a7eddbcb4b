import { checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'

import type { CheckContext } from '../check.ts'

/** Longest chain to look at; a peer sends as many as it likes. */
const maxChain = 16

/**
 * Measures the certificate of a peer: `cert_start` and `cert_end` (s since the epoch), `cert_end_in` (s), `cert_chain_end_in` (s, the
 * soonest end in its chain), `cert_subject`, `cert_issuer`, `cert_subject_alternative_names`, `cert_serial`, `cert_bits`, with
 * `tls_version` and `tls_cipher`; where it is not valid for the name, `cert_error`, which is also given.
 */
export function measureCertificate(
  { found, now }: CheckContext,
  socket: TLSSocket,
  name: string,
): string | undefined {
  found.text('tls_version', socket.getProtocol() ?? 'unknown')
  found.text('tls_cipher', socket.getCipher().name)
  const certificate = peerCertificate(socket)
  if (certificate !== undefined) {
    const seconds = now() / 1000
    const end = secondsOf(certificate.valid_to)
    found.gauge('cert_start', secondsOf(certificate.valid_from))
    found.gauge('cert_end', end)
    found.gauge('cert_end_in', end - seconds)
    found.gauge('cert_chain_end_in', secondsOf(soonestEnd(certificate).valid_to) - seconds)
    found.text('cert_subject', distinguishedName(certificate.subject))
    found.text('cert_issuer', distinguishedName(certificate.issuer))
    found.text('cert_serial', certificate.serialNumber)
    if (certificate.subjectaltname !== undefined)
      found.text('cert_subject_alternative_names', certificate.subjectaltname)
    if (certificate.bits !== undefined) found.gauge('cert_bits', certificate.bits)
  }
  const flaw = flawOf(socket, certificate, name)
  if (flaw !== undefined) found.text('cert_error', flaw)
  return flaw
}

/** Node gives an object without fields where there is none, as with anonymous ciphers. */
function peerCertificate(socket: TLSSocket): DetailedPeerCertificate | undefined {
  const certificate = socket.getPeerCertificate(true) as DetailedPeerCertificate | null
  return certificate === null || Object.keys(certificate).length === 0 ? undefined : certificate
}

/** Which in the chain ends first, from the peer's own to its root, which is its own issuer. */
function soonestEnd(certificate: DetailedPeerCertificate): DetailedPeerCertificate {
  let soonest = certificate
  let link = certificate
  for (let length = 1; length < maxChain; length += 1) {
    const issuer = link.issuerCertificate as DetailedPeerCertificate | undefined
    if (issuer === undefined || issuer === link) break
    if (secondsOf(issuer.valid_to) < secondsOf(soonest.valid_to)) soonest = issuer
    link = issuer
  }
  return soonest
}

const secondsOf = (date: string): number => Date.parse(date) / 1000

/** As OpenSSL writes it in one line: `/C=NL/O=Example/CN=example.org`. */
const distinguishedName = (parts: object): string =>
  Object.entries(parts)
    .flatMap(([key, value]: [string, string | readonly string[]]) =>
      [value].flat().map((part) => `/${key}=${part}`),
    )
    .join('')

const unknownIssuer = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What is wrong with it, as the end of a sentence. OpenSSL tells one flaw; the name is looked at apart from that. */
function flawOf(
  socket: TLSSocket,
  certificate: DetailedPeerCertificate | undefined,
  name: string,
): string | undefined {
  if (certificate === undefined) return 'there is none'
  const flaws: string[] = []
  // A word, whatever its type says.
  const code = socket.authorized ? undefined : String(socket.authorizationError)
  if (code === 'CERT_HAS_EXPIRED') {
    const first = soonestEnd(certificate)
    const whose = first === certificate ? 'it' : `${distinguishedName(first.subject)} in its chain`
    flaws.push(`${whose} ended ${first.valid_to}`)
  } else if (code === 'CERT_NOT_YET_VALID') flaws.push(`it begins ${certificate.valid_from}`)
  else if (code !== undefined && unknownIssuer.has(code))
    flaws.push(`its issuer ${distinguishedName(certificate.issuer)} is not trusted (${code})`)
  else if (code !== undefined) flaws.push(`OpenSSL says ${code}`)
  if (checkServerIdentity(name, certificate) !== undefined)
    flaws.push(`it is for ${namesOf(certificate)}, not for ${name}`)
  return flaws.length === 0 ? undefined : flaws.join('; ')
}

const maxNamesLength = 200

function namesOf({ subjectaltname, subject }: DetailedPeerCertificate): string {
  const names = subjectaltname ?? distinguishedName(subject)
  if (names === '') return 'nobody'
  return names.length > maxNamesLength ? `${names.slice(0, maxNamesLength)}…` : names
}
