import type { ParseProblem } from '../source/problem.ts'
import type { Source } from '../source/source.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import type { HttpRefusal, HttpReply, HttpRequest } from './http-request.ts'

/** What became of a body. */
export interface TakenBody {
  /** Values that were left out: null, or with a problem of their own. */
  readonly filtered: number
  /** Why reading stopped before the end; what came before it was given to the sink. */
  readonly stopped?: ParseProblem
  /** What the sender may be told of values that were left out. */
  readonly hint?: string
}

/** A protocol that comes over HTTP: which requests are its own, what their bodies hold, and what is said of it. */
export interface HttpHandler<Taken extends TakenBody = TakenBody> {
  /** What it is called in problems. */
  readonly name: string
  /** The methods that it takes. */
  readonly methods: readonly string[]
  /** Whether a path, without its query, is its own. */
  owns(path: string): boolean
  /** Why a request is not taken, before its body is read. */
  check?(request: HttpRequest, path: string): HttpRefusal | undefined
  /** Takes a whole body, decoded; one that takes more than a few ms in turns of the event loop. Never throws. */
  take(body: Uint8Array, request: HttpRequest, receivedAt: number, sink: ParseSink): Taken | Promise<Taken>
  /** The reply once so many samples are acknowledged. */
  reply(samples: number, taken: Taken): HttpReply
}

/** A source that takes HTTP requests, over its own port, over one of `serve`, or handed in. */
export interface HttpSource<T> extends Source<T> {
  /** Which requests are its own. */
  readonly handlers: readonly HttpHandler[]
  /**
   * Answers a request of a server of one's own, for all who are subscribed; `undefined` where the path is another's.
   * `toNodeHandler` and `toWebHandler` make it fit the servers that there are.
   */
  respond(request: HttpRequest): HttpReply | Promise<HttpReply> | undefined
}
