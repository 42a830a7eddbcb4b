import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'

import type { Connections } from '../listening/connections.ts'
import { tlsOptionsOf } from '../listening/listen-options.ts'
import { peerName } from '../listening/address.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { ResolvedHttp } from './http-options.ts'
import type { HttpReply, HttpRequest } from './http-request.ts'
import { nothingHere } from './http-request.ts'
import { answer, requestOf } from './node-handler.ts'

/** How much later than its time-out a request is ended at most, ms. */
const maxLatenessMs = 1000

/** A server whose requests are answered; what nobody takes gets 404. */
export function createHttpServer(
  isTls: boolean,
  options: ResolvedHttp,
  base: SourceBase<ProblemReason>,
  connections: Connections,
  respond: (request: HttpRequest) => HttpReply | Promise<HttpReply> | undefined,
): Server {
  const { requestTimeoutMs } = options
  const limits = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    // Node looks for late requests every 30 s only.
    connectionsCheckingInterval: Math.min(requestTimeoutMs, maxLatenessMs),
  }
  const take = (request: IncomingMessage, response: ServerResponse): void =>
    answer(response, respond(requestOf(request)) ?? nothingHere)
  const server = isTls
    ? createTlsServer({ ...limits, ...tlsOptionsOf(options) }, take)
    : createServer(limits, take)
  server.on('connection', (socket: Socket) => connections.admit(socket))
  server.on('tlsClientError', (error: Error, socket: { remoteAddress?: string; remotePort?: number }) => {
    const peer = peerName(socket.remoteAddress, socket.remotePort)
    base.report('connection-failed', `the TLS handshake failed (${error.message})`, { peer })
  })
  return server
}
