import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { fileURLToPath } from 'node:url'

import type { RollupStore } from '@tocsin/rollup/store'

import { readHistory } from './history.ts'
import type { Health } from './health.ts'
import type { LiveStream } from './live-stream.ts'
import { listenError } from './start-error.ts'

/** What the web server shows. */
export interface WebServerParts {
  readonly host: string
  readonly port: number
  readonly trap: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly live: LiveStream
  readonly rollups: RollupStore
  readonly hostname: string
  readonly alerts: () => unknown
  readonly log: () => unknown
  readonly status: () => unknown
  readonly health: () => Health
}

const file = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier))

const pages: ReadonlyMap<string, { readonly path: string; readonly type: string }> = new Map([
  ['/', { path: file('./page/index.html'), type: 'text/html; charset=utf-8' }],
  ['/page.css', { path: file('./page/page.css'), type: 'text/css; charset=utf-8' }],
  ['/page.js', { path: file('./page/page.js'), type: 'text/javascript; charset=utf-8' }],
  ['/link.js', { path: file('./page/link.js'), type: 'text/javascript; charset=utf-8' }],
  ['/series.js', { path: file('./page/series.js'), type: 'text/javascript; charset=utf-8' }],
  ['/uplot.css', { path: file('uplot/dist/uPlot.min.css'), type: 'text/css; charset=utf-8' }],
  ['/uplot.js', { path: file('uplot/dist/uPlot.esm.js'), type: 'text/javascript; charset=utf-8' }],
])

/** uPlot places its parts by inline styles. */
const contentSecurityPolicy = "default-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'"

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
    } else if (!parts.trap(request, response)) {
      serve(request, response, parts).catch(() => response.destroy())
    }
  })
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
  const { pathname, searchParams } = new URL(`http://localhost${request.url ?? '/'}`)
  const page = pages.get(pathname)
  if (request.method !== 'GET') {
    reply(response, 405, { error: 'Only GET is served here.' })
  } else if (page !== undefined) {
    response.writeHead(200, { 'content-type': page.type, 'content-security-policy': contentSecurityPolicy })
    createReadStream(page.path).pipe(response)
  } else if (pathname === '/api/live') {
    parts.live.serve(response)
  } else if (pathname === '/api/history') {
    const history = await readHistory(parts.rollups, searchParams)
    reply(response, 'error' in history ? 400 : 200, history)
  } else if (pathname === '/api/state') {
    const { hostname, alerts, log, status } = parts
    reply(response, 200, { hostname, alerts: alerts(), log: log(), status: status() })
  } else {
    reply(response, 404, { error: 'Nothing here; the page is at /.' })
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
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
