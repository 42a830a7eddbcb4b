import { isIP, type Socket } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

import type { CheckContext } from '../check.ts'
import { CheckFailure } from '../check-failure.ts'
import { measureCertificate } from './certificate.ts'
import { failure } from './failures.ts'
import { endPhase } from './phases.ts'
import type { TlsOptions } from './target.ts'

/** The target answered, by a certificate that is not valid: nothing was said over it. */
export class InvalidCertificate extends CheckFailure {
  constructor(target: string, flaw: string) {
    super(`the certificate of ${target} is not valid: ${flaw}`, 'bad', 'yes')
  }
}

/** Speaks TLS over a connection, and measures that and the certificate. The caller destroys both sockets. */
export async function secure(
  context: CheckContext,
  socket: Socket,
  target: { readonly name: string; readonly host: string },
  options: TlsOptions,
): Promise<TLSSocket> {
  const startedMs = context.elapsedMs()
  const servername = options.servername ?? target.host
  const secured = connect({
    ...connectionOptions(options),
    socket,
    servername: isIP(servername) === 0 ? servername : '',
  })
  await new Promise<void>((resolve, reject) => {
    secured
      .once('secureConnect', resolve)
      .on('error', (error) => reject(failure(`no TLS with ${target.name}`, error)))
      .once('close', () => reject(new Error(`no TLS with ${target.name}: it ended the connection`)))
  })
  endPhase(context, 'tls', startedMs)
  const flaw = measureCertificate(context, secured, servername)
  if (flaw === undefined || options.verify === false) return secured
  secured.destroy()
  throw new InvalidCertificate(target.name, flaw)
}

/** The certificate is judged after it was measured, and not by Node. */
function connectionOptions({ ca, cert, key, minVersion, ciphers, alpn }: TlsOptions): ConnectionOptions {
  return {
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ...(ca !== undefined && { ca: [ca].flat() as string[] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(minVersion !== undefined && { minVersion }),
    ...(ciphers !== undefined && { ciphers }),
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
  }
}
