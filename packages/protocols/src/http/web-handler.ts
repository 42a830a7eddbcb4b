import { Readable } from 'node:stream'

import type { HttpSource } from './http-handler.ts'
import { nothingHere } from './http-request.ts'

/**
 * A handler from `Request` to `Response`, for Hono and others (`app.all('/module/*', (context) => handle(context.req.raw))`). A path
 * that is not the source's gets 404. Answers 503 while nobody is subscribed.
 *
 * @param peerOf - who sent a request, `address:port`, as the server knows it: shown in problems, and asked for by option `allow` of the
 *   source, which without it lets nobody in
 */
export const toWebHandler =
  (source: HttpSource<unknown>, peerOf: (request: Request) => string = () => 'unknown') =>
  async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url)
    let body: Readable | undefined
    const reply = source.respond({
      method: request.method,
      url: `${pathname}${search}`,
      header: (name) => request.headers.get(name) ?? undefined,
      peer: peerOf(request),
      // Made where it is read: who is refused before may still break off, of which nobody would hear.
      get body() {
        return (body ??= request.body === null ? Readable.from([]) : Readable.from(request.body))
      },
    })
    const { status, headers, body: content } = (await reply) ?? nothingHere
    return new Response(
      content.length === 0
        ? null
        : (content as Exclude<typeof content, Uint8Array> | Uint8Array<ArrayBuffer>),
      { status, headers },
    )
  }
