import type { ParseProblem, ProblemReason } from '../source/problem.ts'
import type { ProblemPlace } from '../source/source-base.ts'
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

/** How bodies are packed that are packed otherwise than HTTP itself does. */
export interface BodyPacking {
  /** Its name in `content-encoding`; no other is taken. */
  readonly encoding: string
  /** How many bytes a body says that it unpacks to; `undefined` where it does not say. */
  sizeOf(body: Uint8Array): number | undefined
  /** Unpacks a body that says no more than so many bytes; `undefined` where it is malformed. */
  unpack(body: Uint8Array, maxBytes: number): Uint8Array | undefined
}

/** Which requests are for a handler. */
interface HttpRoute {
  /** What it is called in problems. */
  readonly name: string
  /** The methods that it takes. */
  readonly methods: readonly string[]
  /** Whether a path, without its query, is its own. */
  owns(path: string): boolean
  /** Why a request is not taken, before its body is read. */
  check?(request: HttpRequest, path: string): HttpRefusal | undefined
}

/** A protocol that comes over HTTP: which requests are its own, what their bodies hold, and what is said of it. */
export interface HttpReceiver<Taken extends TakenBody = TakenBody> extends HttpRoute {
  /** How bodies are packed. @defaultValue not at all, or with gzip or deflate */
  readonly packing?: BodyPacking | undefined
  /** Takes a whole body, decoded; one that takes more than a few ms in turns of the event loop. Never throws. */
  take(body: Uint8Array, request: HttpRequest, receivedAt: number, sink: ParseSink): Taken | Promise<Taken>
  /** The reply once so many samples are acknowledged. */
  reply(samples: number, taken: Taken): HttpReply
  /** What the reply to a request that is not taken has in its headers; `message` is what it says. */
  refusalHeaders?(request: HttpRequest, message: string): Readonly<Record<string, string>>
}

/** A page that is asked for, and brings no samples. */
export interface HttpPage extends HttpRoute {
  /** Begins to gather what the page shows, as somebody subscribes; called for each server that it is on. What it gives back ends that. */
  open(run: HttpPageRun): () => void
  /** The page. It is asked for while it is open only; a body that comes is not read. */
  answer(request: HttpRequest): HttpReply | Promise<HttpReply>
}

/** What a page may tell its server. */
export interface HttpPageRun {
  /** Tells of something bad that the page survives. */
  report(reason: ProblemReason, message: string, place?: ProblemPlace): void
  /** What the page shows can no longer be known: ends the streams of all who have subscribed. */
  fail(error: unknown): void
}

/** What answers the requests of some paths. */
export type HttpHandler = HttpReceiver | HttpPage

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
