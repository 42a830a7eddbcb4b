import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { peerName } from '../source/peer.ts'
import type { HttpSource } from './http-handler.ts'
import { nothingHere, type HttpReply, type HttpRequest } from './http-request.ts'

/** Who is at the other end: of a Unix socket that has no name. */
export function peerOf({ remoteAddress, remotePort, localAddress, destroyed }: Socket): string {
  // One that has broken off has none any more.
  if (remoteAddress === undefined && (localAddress !== undefined || destroyed)) return 'unknown'
  return peerName(remoteAddress, remotePort)
}

/** A request of Node's server as the sources take it. */
export const requestOf = (request: IncomingMessage): HttpRequest => ({
  method: request.method ?? '',
  url: request.url ?? '',
  header(name) {
    const value = request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  },
  peer: peerOf(request.socket),
  body: request,
})

/** Writes a reply, now or when there is one. */
export function answer(response: ServerResponse, reply: HttpReply | Promise<HttpReply>): void {
  if (reply instanceof Promise) {
    void reply.then((later) => answer(response, later))
    return
  }
  if (response.headersSent || response.destroyed) return
  response.writeHead(reply.status, reply.headers)
  response.end(reply.body)
}

/**
 * A handler of Node's `http` server, of Express (`app.use(toNodeHandler(trap))`) and of Fastify's raw requests. A path that is not
 * the source's goes to `next`, where there is one, else it gets 404. Answers 503 while nobody is subscribed.
 *
 * The body must not be read before it: no body parser in front.
 */
export const toNodeHandler =
  (source: HttpSource<unknown>) =>
  (request: IncomingMessage, response: ServerResponse, next?: () => void): void => {
    const reply = source.respond(requestOf(request))
    if (reply !== undefined) answer(response, reply)
    else if (next === undefined) answer(response, nothingHere)
    else next()
  }
