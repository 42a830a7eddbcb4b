import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import type { SecureContext } from 'node:tls'

import { badOption, deliveryFailure, NotifyError } from '../errors.ts'
import { addressGuard } from './address-guard.ts'
import { secureContextOf } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import { dial, hostOf } from './dial.ts'
import { inTime, outOfTime } from './in-time.ts'

/** Most connections of one notifier. */
const maxConnections = 64
/** How long a connection that is not used stays open, ms. */
const idleMs = 5000
/** Bytes of an answer that are read; the rest is thrown away with the connection. */
const maxAnswerBytes = 65_536

/** What an HTTP server said. */
export interface HttpAnswer {
  readonly status: number
  /** The header `Retry-After`. */
  readonly retryAfter: string | undefined
}

/** One request. */
export interface HttpRequest {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: string
}

/**
 * Sends requests over connections of its own, which are kept. Nothing but the status and one header of an answer is used; redirects are not
 * followed. Rejects with `NOTIFY_DELIVERY_FAILED` or `NOTIFY_ADDRESS_REFUSED`, which tell neither address nor headers.
 */
export type HttpClient = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>

/** Makes a client. Throws `NOTIFY_BAD_OPTION` where a certificate or a key cannot be read. */
export function httpClient(options: ConnectionOptions & { readonly timeoutMs: number }): HttpClient {
  const { allow = [], proxy, timeoutMs } = options
  const guard = addressGuard(allow)
  const secureContext = readable(() => secureContextOf(options))
  const kept = {
    keepAlive: true,
    maxSockets: maxConnections,
    maxTotalSockets: maxConnections,
    maxFreeSockets: maxConnections,
    timeout: idleMs,
    noDelay: true,
    lookup: guard.lookup,
    ...(secureContext !== undefined && { secureContext }),
  }
  const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) }
  if (proxy !== undefined) {
    const dialled = ({ host, port }: To, signal: AbortSignal): Promise<Socket> =>
      dial(host, Number(port), guard, proxy, signal)
    tunnelled(agents.http, timeoutMs, dialled)
    tunnelled(agents.https, timeoutMs, async (to, signal) =>
      encrypted(await dialled(to, signal), { ...to, secureContext }, signal),
    )
  }
  return async (request, signal) => {
    const refusal = guard.refusal(hostOf(request.url))
    if (refusal !== undefined) throw refusal
    const agent = request.url.protocol === 'https:' ? agents.https : agents.http
    try {
      return await exchange(request, agent, signal, timeoutMs)
    } catch (error) {
      if (error !== stale) throw error
    }
    // The server closed a kept connection at this very moment. The id of the notification makes a repeat harmless, over a new one.
    for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy()
    return exchange(request, agent, signal, timeoutMs)
  }
}

/** A connection that was kept ended before there was an answer. */
const stale = new Error('a connection that was kept has ended')

function exchange(
  { url, method, headers, body }: HttpRequest,
  agent: HttpAgent | HttpsAgent,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const isEncrypted = url.protocol === 'https:'
    let isSent = false
    let isAnswered = false
    const { hostname, port, pathname, search } = url
    let client: ClientRequest
    try {
      const path = `${pathname}${search}`
      const to = { host: hostOf(url), port, path, method, agent, headers: { host: url.host, ...headers } }
      client = isEncrypted
        ? httpsRequest({ ...to, servername: isIP(to.host) === 0 ? hostname : '' })
        : httpRequest(to)
    } catch (error) {
      // A header, or a path, that cannot be written; what is in it is not told.
      reject(
        deliveryFailure('permanent', `the request cannot be written: ${codeOf(error)}`, { arrived: 'no' }),
      )
      return
    }
    const abort = (): void => void client.destroy(signal.reason instanceof Error ? signal.reason : undefined)
    const timer = setTimeout(() => client.destroy(outOfTime()), timeoutMs)
    client.on('socket', (socket: Socket) => {
      // A request that is written to a socket which connects has not left yet.
      if (!socket.connecting) isSent = true
      else socket.once(isEncrypted ? 'secureConnect' : 'connect', () => (isSent = true))
    })
    client.on('response', (response) => {
      isAnswered = true
      drain(response)
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
    })
    client.on('error', (error) => {
      const isStale = client.reusedSocket && !isAnswered && /^(?:ECONNRESET|EPIPE)$/.test(codeOf(error))
      reject(isStale ? stale : unanswered(error, isSent))
    })
    client.on('close', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      reject(unanswered(new Error('closed'), isSent))
    })
    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort)
    client.end(body)
  })
}

/** Reads the answer, so that the connection can be used again. What it says does not matter, nor how it ends: the status came. */
function drain(response: IncomingMessage): void {
  let length = 0
  response.on('error', () => undefined)
  response.on('data', (chunk: Uint8Array) => {
    length += chunk.length
    if (length > maxAnswerBytes) response.destroy()
  })
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

/** What an agent is asked to connect to. */
interface To {
  readonly host: string
  readonly port: number | string
  readonly servername?: string
  readonly secureContext?: SecureContext | undefined
}

/** Has an agent make its connections in another way, each in its time. */
function tunnelled(
  agent: HttpAgent,
  timeoutMs: number,
  make: (to: To, signal: AbortSignal) => Promise<Socket>,
): void {
  const createConnection = (to: To, done: (error: Error | null, socket?: Socket) => void): void => {
    inTime(timeoutMs, undefined, (signal) => make(to, signal)).then((socket) => done(null, socket), done)
  }
  Object.assign(agent, { createConnection })
}

/** Encrypts a connection that is there. */
function encrypted(
  socket: Socket,
  { host, servername, secureContext }: To,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const secure = tlsConnect({
      socket,
      host,
      ...(servername && { servername }),
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
