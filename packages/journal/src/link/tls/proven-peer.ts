import type { SecureContextOptions, TLSSocket } from 'node:tls'

import { codeOf } from '@tocsin/core'

import { certificateNames, proves } from './peer-name.ts'
import { LinkRefusal, refusalFor, refusalOf } from './refusal.ts'

/** What both sides speak, by name (ALPN). */
const linkProtocol = 'tocsin-journal/1'

/** Both ends of a link have these; TLS 1.3 only. */
export const commonTls: SecureContextOptions & { ALPNProtocols: string[] } = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ALPNProtocols: [linkProtocol],
}

/** Who is proven to be at the other side. */
export interface ProvenPeer {
  /** Name of the link. */
  readonly peer: string
  /** Serial number of its certificate. */
  readonly serial: string
}

/**
 * Who the other side of a secured connection is. Throws `LinkRefusal` unless its certificate was found good, it speaks the protocol, and
 * it has one of the names that are `expected`; `undefined` expects nobody in particular.
 */
export function provenPeer(socket: TLSSocket, expected: readonly string[] | undefined): ProvenPeer {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) throw refusalFor('no-certificate')
  // The first is what Node found out, and is only `true` where the whole chain is good.
  if (!socket.authorized) throw refusalOf(undefined, verdictOf(socket.authorizationError))
  if (socket.alpnProtocol !== linkProtocol) throw refusalFor('wrong-protocol')
  const names = certificateNames(certificate)
  const known = [...(names.peer === undefined ? [] : [names.peer]), ...names.hosts]
  const peer = names.peer ?? expected?.find((name) => names.hosts.includes(name))
  if (peer === undefined || (expected !== undefined && !proves(names, expected))) {
    const proved = known.length === 0 ? 'no name' : known.map((name) => JSON.stringify(name)).join(', ')
    const wanted =
      expected === undefined ? 'one name' : expected.map((name) => JSON.stringify(name)).join(' or ')
    throw new LinkRefusal('wrong-name', `its certificate proves ${proved}, and is to prove ${wanted}`)
  }
  return { peer, serial: certificate.serialNumber }
}

const verdictOf = (error: unknown): string | undefined => (typeof error === 'string' ? error : codeOf(error))
