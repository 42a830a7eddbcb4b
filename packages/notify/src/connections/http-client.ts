import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import type { SecureContext } from 'node:tls'

import { badOption, deliveryFailure, NotifyError } from '../errors.ts'
import { addressGuard } from './address-guard.ts'
import { secureContextOf } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import { dial, hostOf } from './dial.ts'
import type { HttpAnswer } from './http-answer.ts'
import type { HttpConnection } from './http-connection.ts'
import { HttpConnections } from './http-connections.ts'
import { outOfTime } from './in-time.ts'

/** One request. */
interface HttpRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Sends requests over connections of its own, which are kept. Nothing but the status and one header of an answer is used; redirects are not
 * followed. Rejects with `NOTIFY_DELIVERY_FAILED` or `NOTIFY_ADDRESS_REFUSED`, which tell neither address nor headers.
 */
export type HttpClient = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>

/**
 * Makes a client of HTTP/1.1 (RFC 9112): of node:http, most of a request's processor time would go into what is not needed here. Throws
 * `NOTIFY_BAD_OPTION` where a certificate or a key cannot be read.
 */
export function httpClient(options: ConnectionOptions & { readonly timeoutMs: number }): HttpClient {
  const { allow = [], proxy, timeoutMs } = options
  const guard = addressGuard(allow)
  const secureContext = readable(() => secureContextOf(options))
  const connections = new HttpConnections()
  const dialled = async (url: URL, signal: AbortSignal): Promise<Socket> => {
    const isEncrypted = url.protocol === 'https:'
    const socket = await dial(hostOf(url), Number(url.port || (isEncrypted ? 443 : 80)), guard, proxy, signal)
    return isEncrypted ? encrypted(socket, hostOf(url), secureContext, signal) : socket
  }
  return async (request, signal) => {
    const bytes = written(request)
    const exchange = new Exchange(request, timeoutMs, signal)
    try {
      return await exchange.run(connections, bytes, dialled)
    } catch (error) {
      if (error !== stale) throw error
    }
    // The server closed a kept connection at this very moment. The id of the notification makes a repeat harmless, over a new one.
    connections.closeFree()
    try {
      const answer = await new Exchange(request, timeoutMs, signal).run(connections, bytes, dialled)
      return { ...answer, isRepeat: true }
    } catch {
      // That it could not be repeated says nothing of what was sent before.
      throw unanswered(stale, true)
    }
  }
}

/** A connection that was kept ended before there was an answer. */
const stale = Object.assign(new Error('a connection that was kept has ended'), { code: 'ECONNRESET' })

/** One request and its answer, with a timer of its own. */
class Exchange {
  readonly #request: HttpRequest
  readonly #signal: AbortSignal
  readonly #timer: NodeJS.Timeout
  #dialling: AbortController | undefined
  #connection: HttpConnection | undefined

  constructor(request: HttpRequest, timeoutMs: number, signal: AbortSignal) {
    this.#request = request
    this.#signal = signal
    this.#timer = setTimeout(() => this.#end(outOfTime()), timeoutMs)
    signal.addEventListener('abort', this.#abort)
  }

  /** Resolves with the head of the answer; the rest of it is awaited by nobody, and ends in the same time. */
  async run(
    connections: HttpConnections,
    bytes: Uint8Array,
    dialled: (url: URL, signal: AbortSignal) => Promise<Socket>,
  ): Promise<HttpAnswer> {
    const { url, method } = this.#request
    try {
      if (this.#signal.aborted) throw reasonOf(this.#signal)
      this.#connection = connections.takeFree(url.origin) ?? (await this.#connect(connections, dialled))
    } catch (error) {
      this.#over()
      throw unanswered(error, false)
    }
    const connection = this.#connection
    const isKept = connection.answers > 0
    try {
      return await connection.send(bytes, method === 'HEAD', this.#over)
    } catch (error) {
      const isStale = isKept && !connection.hasBegun && /^(?:ECONNRESET|EPIPE)$/.test(codeOf(error))
      throw isStale ? stale : unanswered(error, true)
    }
  }

  async #connect(
    connections: HttpConnections,
    dialled: (url: URL, signal: AbortSignal) => Promise<Socket>,
  ): Promise<HttpConnection> {
    const { url } = this.#request
    const { signal } = (this.#dialling = new AbortController())
    const connection = await connections.take(url.origin, (dialling) => dialled(url, dialling), signal)
    if (!signal.aborted) return connection
    connection.destroy()
    throw reasonOf(signal)
  }

  #end(reason: Error): void {
    if (this.#connection === undefined) this.#dialling?.abort(reason)
    else this.#connection.destroy(reason)
  }

  readonly #abort = (): void => this.#end(reasonOf(this.#signal))

  readonly #over = (): void => {
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#abort)
  }
}

const reasonOf = ({ reason }: AbortSignal): Error => (reason instanceof Error ? reason : new Error('aborted'))

/** A request as it goes over the wire, in one piece. Its text is not told where it cannot be written. */
function written({ url, method, headers, body }: HttpRequest): Uint8Array {
  let head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`
  for (const name in headers) {
    const value = headers[name] ?? ''
    // No control character but the tab, and of the others those that are one byte.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw deliveryFailure(
        'permanent',
        'the request cannot be written: a header has a sign that none may have',
        {
          arrived: 'no',
        },
      )
    head += `${name}: ${value}\r\n`
  }
  const length = Buffer.byteLength(body)
  head += length > 0 || method === 'POST' ? `content-length: ${length}\r\n\r\n` : '\r\n'
  const bytes = Buffer.allocUnsafe(head.length + length)
  bytes.write(head, 'latin1')
  bytes.write(body, head.length)
  return bytes
}

/** The error of a connection names the address, which is a secret, so only its code is passed on. */
function unanswered(error: unknown, isSent: boolean): NotifyError {
  if (error instanceof NotifyError) return error
  const what = isSent ? 'gave no answer' : 'could not be reached'
  return deliveryFailure('transient', `the webhook ${what}: ${codeOf(error)}`, {
    arrived: isSent ? 'perhaps' : 'no',
  })
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** Encrypts a connection that is there. */
function encrypted(
  socket: Socket,
  host: string,
  secureContext: SecureContext | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = tlsConnect({
      socket,
      host,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(host) === 0 && { servername: host }),
      ...(secureContext && { secureContext }),
    })
    const end = (error?: Error): void => {
      signal.removeEventListener('abort', abort)
      secure.off('error', end)
      if (error === undefined) {
        resolve(secure)
        return
      }
      secure.on('error', () => undefined).destroy()
      reject(error)
    }
    const abort = (): void => end(signal.reason as Error)
    signal.addEventListener('abort', abort)
    secure.once('secureConnect', () => end()).on('error', end)
  })
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw badOption(`the options "ca", "cert" and "key" cannot be read: ${codeOf(error)}`)
  }
}
