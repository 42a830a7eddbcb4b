import { isIP, type Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

import type { CheckContext } from '../check.ts'
import { answeredBadly, noAnswer, notAsked } from '../check-failure.ts'
import { measureCertificate } from './certificate.ts'
import { failure, reasonOf } from './failures.ts'
import { endPhase } from './phases.ts'
import type { TlsOptions } from './target.ts'

/** A connection over TLS. */
export interface Secured {
  readonly socket: TLSSocket
  /** When the handshake ended, ms since the start of the run. */
  readonly readyMs: number
}

/** Speaks TLS over a connection, and measures that and the certificate. Both end with the socket of before. */
export async function secure(
  context: CheckContext,
  socket: Socket,
  target: { readonly name: string; readonly host: string },
  options: TlsOptions,
): Promise<Secured> {
  const startedMs = context.elapsedMs()
  const servername = options.servername ?? target.host
  const secured = begin(socket, servername, options)
  await new Promise<void>((resolve, reject) => {
    secured
      .once('secureConnect', resolve)
      .on('error', (error) => reject(failure(`no TLS with ${target.name}`, error)))
      .once('close', () => reject(noAnswer(`no TLS with ${target.name}: it ended the connection`)))
  })
  const readyMs = endPhase(context, 'tls', startedMs)
  const flaw = measureCertificate(context, secured, servername)
  if (flaw === undefined || options.verify === false) return { socket: secured, readyMs }
  secured.destroy()
  throw answeredBadly(`the certificate of ${target.name} is not valid: ${flaw}`)
}

function begin(socket: Socket, servername: string, options: TlsOptions): TLSSocket {
  try {
    // The name of a server is never an address; RFC 6066 section 3.
    const name = isIP(servername) === 0 ? servername : ''
    return connect({ ...connectionOptions(options), socket, servername: name })
  } catch (error) {
    throw notAsked(`no TLS can be spoken with these options: ${reasonOf(error)}`, error)
  }
}

/** The certificate is judged after it was measured, and not by Node. */
function connectionOptions({ ca, cert, key, ciphers, alpn, ...versions }: TlsOptions): ConnectionOptions {
  return {
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(ca !== undefined && { ca: typeof ca === 'string' ? ca : [...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(versions.minVersion !== undefined && { minVersion: versions.minVersion }),
    ...(versions.maxVersion !== undefined && { maxVersion: versions.maxVersion }),
    ...(ciphers !== undefined && { ciphers }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
  }
}
