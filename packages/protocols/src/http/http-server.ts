import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'

import type { ListenAddress } from '../listening/address.ts'
import { errorCode } from '../listening/bind.ts'
import type { Connections } from '../listening/connections.ts'
import { admitHandshakes } from '../listening/handshakes.ts'
import { tlsOptionsOf } from '../listening/listen-options.ts'
import { maxTimerMs } from '../option-checks.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { ResolvedHttp } from './http-options.ts'
import type { HttpReply, HttpRequest } from './http-request.ts'
import { nothingHere } from './http-request.ts'
import { answer, peerOf, requestOf } from './node-handler.ts'

/** How much later than its time-out a request is ended at most, ms. */
const maxLatenessMs = 1000

/** A server whose requests are answered; what nobody takes gets 404. */
export function createHttpServer(
  transport: ListenAddress['transport'],
  options: ResolvedHttp,
  base: SourceBase<ProblemReason>,
  connections: Connections,
  respond: (request: HttpRequest) => HttpReply | Promise<HttpReply> | undefined,
): Server {
  const { requestTimeoutMs, ackTimeoutMs } = options
  const limits = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    // Node looks for late requests every 30 s only.
    connectionsCheckingInterval: Math.min(requestTimeoutMs, maxLatenessMs),
  }
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    answer(response, respond(requestOf(request)) ?? nothingHere)
  const secureServer = (): Server => {
    const server = createTlsServer({ ...limits, ...tlsOptionsOf(options) }, take)
    admitHandshakes(server, base, connections)
    return server
  }
  const plainServer = (): Server =>
    createServer(limits, take).on('connection', (socket: Socket) =>
      connections.admit(socket, transport === 'unix'),
    )
  const server = transport === 'tls' ? secureServer() : plainServer()
  // Whoever does not read the replies is not waited for either.
  server.setTimeout(Math.min(maxTimerMs, requestTimeoutMs + ackTimeoutMs))
  server.on('clientError', (error: Error, socket: Socket) => refuseClient(base, error, socket))
  return server
}

const faults = new Map<string, readonly [status: string, message: string]>([
  ['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'the headers are longer than 16 kB']],
  [
    'HPE_CHUNK_EXTENSIONS_OVERFLOW',
    ['413 Payload Too Large', 'the extensions of a chunk are longer than 16 kB'],
  ],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'the request has not come whole in time']],
])

/** What is no request never comes to a handler: it is answered and told of here. */
function refuseClient(base: SourceBase<ProblemReason>, error: Error, socket: Socket): void {
  const code = errorCode(error)
  // Something behind the last request, whose answer is on its way.
  if (code === 'HPE_CLOSED_CONNECTION') return
  // A sender that breaks off; what it has begun is told of where it is read.
  if (!code.startsWith('HPE_') && !code.startsWith('ERR_HTTP_')) {
    socket.destroy()
    return
  }
  const [status, message] = faults.get(code) ?? ['400 Bad Request', `what came is not HTTP (${code})`]
  const reason = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'malformed'
  // Of a body that ends too early its reader tells.
  if (code !== 'HPE_INVALID_EOF_STATE') {
    base.stats.refused += 1
    base.report(reason, message, { peer: () => peerOf(socket) })
  }
  if (!socket.writable) socket.destroy()
  else
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy())
}
