import { Readable } from 'node:stream'

import type { HttpSource } from './http-handler.ts'
import { nothingHere } from './http-request.ts'

/**
 * A handler from `Request` to `Response`, for Hono and others (`app.all('/module/*', (context) => handle(context.req.raw))`). A path
 * that is not the source's gets 404. Answers 503 while nobody is subscribed.
 *
 * @param peerOf - who sent a request, `address:port`, as the server knows it; shown in problems
 */
export const toWebHandler =
  (source: HttpSource<unknown>, peerOf: (request: Request) => string = () => 'unknown') =>
  async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    const reply = source.respond({
      method: request.method,
      url: `${pathname}${search}`,
      header: (name) => request.headers.get(name) ?? undefined,
      peer: peerOf(request),
      body: request.body === null ? Readable.from([]) : Readable.fromWeb(request.body),
    })
    const { status, headers, body } = (await reply) ?? nothingHere
    return new Response(body === '' ? null : body, { status, headers })
  }
