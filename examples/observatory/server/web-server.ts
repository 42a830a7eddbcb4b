import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import type { Socket } from 'node:net'

import { listenError } from '../start-error.ts'
import type { Health } from './health.ts'
import type { LiveStream } from './live/live-stream.ts'
import { readPost, refuseForeign } from './post-guard.ts'
import { Refused } from './refused.ts'
import { sendFile } from './static.ts'
import type { Files } from './static.ts'

/** What a question is answered with; 204 without a body. */
export interface Answer {
  readonly status: number
  readonly body?: object
}

/** What the web server shows. */
export interface WebServerParts {
  readonly host: string
  readonly port: number
  readonly trap: (request: IncomingMessage, response: ServerResponse, next: () => void) => void
  /** Answers at `/metrics`. */
  readonly metrics: (request: IncomingMessage, response: ServerResponse, next: () => void) => void
  readonly health: () => Health
  readonly files: Files
  readonly live: Pick<LiveStream, 'serve'>
  /** What each POST has to carry. */
  readonly token: string
  /** Questions by path. */
  readonly questions: ReadonlyMap<string, (query: URLSearchParams) => object | Promise<object>>
  /** What is posted, by path. */
  readonly posts: ReadonlyMap<string, (body: Readonly<Record<string, unknown>>) => Promise<Answer>>
  /** Hears of what was no fault of whoever asked. */
  readonly failed: (path: string, error: unknown) => void
}

/** As of the other listeners; more would take the files that the journal needs. */
const maxConnections = 1024

/** Serves the page, its data and the HTTPTrap path on one port. */
export async function startWebServer(
  parts: WebServerParts,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (isHealthCheck(request)) {
      const health = parts.health()
      reply(response, health.status === 'ok' ? 200 : 503, health)
    } else if (!isOwnHost(request.headers.host, parts.host)) {
      reply(response, 403, { error: 'Open the page by the address that it listens on.' })
    } else {
      const page = (): void => void serve(request, response, parts)
      parts.trap(request, response, () => parts.metrics(request, response, page))
    }
  })
  server.maxConnections = maxConnections
  await listen(server, parts.host, parts.port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : parts.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  parts: WebServerParts,
): Promise<void> {
  // Not by URL, which throws at what Node's server lets through, such as `*:99999`.
  const [pathname = '', query = ''] = (request.url ?? '').split(/\?(.*)/s)
  try {
    const answer = await answerOf(request, response, parts, pathname, new URLSearchParams(query))
    if (answer !== undefined) reply(response, answer.status, answer.body)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else if (error instanceof Refused) refuse(request, response, error)
    else {
      parts.failed(pathname, error)
      reply(response, 500, { error: failure(error) })
    }
  }
}

/** `undefined` where it has answered by itself. */
async function answerOf(
  request: IncomingMessage,
  response: ServerResponse,
  { files, live, questions, posts, token }: WebServerParts,
  path: string,
  query: URLSearchParams,
): Promise<Answer | undefined> {
  const { method = '' } = request
  const post = posts.get(path)
  if (post !== undefined) {
    if (method !== 'POST') throw new Refused(405, 'Only POST is taken here.')
    return post(await readPost(request, token))
  }
  const isLive = path === '/api/live'
  if (method !== 'GET' && (method !== 'HEAD' || isLive)) throw new Refused(405, 'Only GET is served here.')
  const question = questions.get(path)
  if (isLive || question !== undefined) refuseForeign(request)
  if (isLive) {
    if (!(await hasTurn(request, response))) return undefined
    const last = request.headers['last-event-id']
    const after = typeof last === 'string' && last !== '' ? last : (query.get('after') ?? undefined)
    live.serve(response, query.get('viewer') ?? '', after)
    return undefined
  }
  if (question !== undefined) return { status: 200, body: await question(query) }
  const file = files.get(path)
  if (file === undefined) throw new Refused(404, 'Nothing here; the page is at /.')
  await sendFile(request, response, file)
  return undefined
}

const waiting = new WeakSet<Socket>()

/**
 * Waits until the answer before has ended, since nobody is told when the connection of a waiting one closes; `false` where it does.
 * A browser asks for the next as soon as it has all bytes, which may be a moment before the end of them is noticed here.
 */
function hasTurn({ socket }: IncomingMessage, response: ServerResponse): Promise<boolean> | boolean {
  if (response.socket !== null) return true
  // One that waits is a browser's; more would only be kept.
  if (waiting.has(socket)) throw new Refused(400, 'A stream needs a connection of its own.')
  waiting.add(socket)
  return new Promise((resolve) => {
    const end = (isOwn: boolean): void => {
      waiting.delete(socket)
      socket.off('close', left)
      resolve(isOwn)
    }
    const left = (): void => end(false)
    socket.once('close', left)
    response.once('socket', () => end(true))
  })
}

/** What is still on its way of a refused request is not read. */
function refuse(request: IncomingMessage, response: ServerResponse, { status, refusal }: Refused): void {
  if (!request.complete) response.setHeader('connection', 'close')
  reply(response, status, refusal)
}

/** Messages of the system hold paths, which are nobody's business who only may look. */
function failure(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown }
  const name = typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : ''
  return `A part of the observatory failed${name}; its console says more.`
}

function reply(response: ServerResponse, status: number, body?: object): void {
  if (body === undefined) {
    response.writeHead(status, { 'cache-control': 'no-store' }).end()
    return
  }
  const text = Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': text.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}

/** Asked by whichever name the one who watches knows, and holding nothing that is secret. */
function isHealthCheck({ method = '', url = '' }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && url.split('?', 1)[0] === '/healthz'
}

/**
 * A page of another site that points its own name at this machine must not read along (DNS rebinding). An address is nobody's
 * name, and is how the page is opened where all addresses are listened on; of names, browsers send the small letters.
 */
export function isOwnHost(asked: string | undefined, host: string): boolean {
  const name = (asked ?? '').replace(/:\d+$/, '').toLowerCase()
  return name === host.toLowerCase() || name === 'localhost' || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(listenError('--http-port', host, port, cause)))
    server.listen(port, host, resolve)
  })
}
