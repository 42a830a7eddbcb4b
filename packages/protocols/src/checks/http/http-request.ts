import { type IncomingMessage, request as httpRequest } from 'node:http'

import type { CheckContext } from '../check.ts'
import { answeredBadly } from '../check-failure.ts'
import { dial, type Dialled } from '../exchange/dial.ts'
import { failure, reasonOf } from '../exchange/failures.ts'
import { endPhase } from '../exchange/phases.ts'
import type { AddressFamily } from '../exchange/resolver.ts'
import type { TlsOptions } from '../exchange/target.ts'

/** One request, which has a connection of its own. */
export interface HttpRequest {
  readonly url: URL
  readonly method: string
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  readonly family: AddressFamily
  readonly tls: TlsOptions
}

/** Most bytes of the head of an answer. */
const maxHeaderSize = 64 * 1024
/** Most answers of status 1xx before the one that counts. */
const maxInformational = 16

/**
 * Asks, and lets the answer be used while its connection lasts. Rejects where there is no answer, or one of more than `maxBytes`
 * in all, with what frames the body.
 */
export async function askHttp<T>(
  context: CheckContext,
  request: HttpRequest,
  maxBytes: number,
  use: (answer: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { protocol, port, host } = request.url
  const isSecure = protocol === 'https:'
  const target = {
    host: hostOf(request.url),
    port: port === '' ? (isSecure ? 443 : 80) : Number(port),
    family: request.family,
    tls: isSecure && { alpn: ['http/1.1'], ...request.tls },
  }
  return dial(context, target, async (dialled) => {
    const answer = await answerTo(context, request, dialled, maxBytes + maxHeaderSize)
    // What breaks off after it is over concerns nobody.
    answer.on('error', () => undefined)
    return use(answer)
  }).catch((error: unknown) => {
    throw error instanceof TooMuch ? answeredBadly(`${host} sent ${error.message}`) : error
  })
}

/** The host, of IPv6 without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

/** What breaks an answer off that would go on, with what it was. */
class TooMuch extends Error {}

const answerTo = (
  context: CheckContext,
  { url, method, headers, body }: HttpRequest,
  { socket, readyMs }: Dialled,
  maxBytes: number,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    let received = 0
    let informational = 0
    const asking = httpRequest({
      createConnection: () => socket,
      method,
      path: url.pathname + url.search,
      headers: {
        host: url.host,
        ...headers,
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
      maxHeaderSize,
    })
    const take = (chunk: Uint8Array): void => {
      if (received === 0) endPhase(context, 'first_byte', readyMs)
      received += chunk.length
      // A body of no byte can have endless frames.
      if (received > maxBytes) socket.destroy(new TooMuch(`more than ${maxBytes} bytes`))
    }
    asking
      .on('socket', () => socket.on('data', take))
      .on('information', () => {
        informational += 1
        if (informational <= maxInformational) return
        socket.destroy(new TooMuch(`more than ${maxInformational} answers of status 1xx`))
      })
      .on('response', resolve)
      // With status 101 it is no HTTP any more.
      .on('upgrade', resolve)
      .on('error', (error) => reject(error instanceof TooMuch ? error : noAnswer(url.host, error)))
      .on('close', () => reject(new Error(`no answer from ${url.host}: it went over to another protocol`)))
      .end(body)
  })

const noAnswer = (host: string, error: unknown): Error => {
  const reason = reasonOf(error)
  // What was broken off could have become an answer.
  return reason.startsWith('HPE_') && reason !== 'HPE_INVALID_EOF_STATE'
    ? answeredBadly(`what ${host} answers is no HTTP: ${reason}`, error)
    : failure(`no answer from ${host}`, error)
}
