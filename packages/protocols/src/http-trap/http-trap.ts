import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import type { Clock, Defined, Sample } from '@tocsin/core'
import { optional, port, resolveOptions, text, wholeNumber } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { badOption } from '../errors.ts'
import { createHttpTrapParser } from './trap-parser.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase, type SourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { listenTcp } from '../listening/bind.ts'
import { abandon, type TrapRun } from './trap-delivery.ts'
import { createTrapHandler } from './trap-handler.ts'
import { limit, maxTimerMs, nestingLimit, portNumber, seriesLimit } from '../option-checks.ts'

/** Who may send to {@link httpTrap}, where it listens, and its limits. */
export interface HttpTrapOptions {
  /** The last part of the path that senders must know. Compared in constant time; shown nowhere. */
  readonly secret: string
  /**
   * Address to bind; anything but loopback opens the port to the network.
   * @defaultValue `'127.0.0.1'`
   */
  readonly host?: string | undefined
  /**
   * Port to bind; 0 lets the system choose, see `listening`.
   * @defaultValue none: it does not listen itself, pass requests to `handler`
   */
  readonly port?: number | undefined
  /**
   * Where the trap is: it takes `<path>/<secret>` and `<path>/<anything>/<secret>`.
   * @defaultValue `'/module/httptrap'`
   */
  readonly path?: string | undefined
  /**
   * How long a request waits for the subscribers to acknowledge its samples, ms; then it is answered 503, which says so.
   * @defaultValue 10000
   */
  readonly ackTimeoutMs?: number | undefined
  /**
   * Largest body, bytes; larger ones get 413.
   * @defaultValue 8388608
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Most bytes of bodies that are being read or not acknowledged, over all requests; requests beyond get 503.
   * @defaultValue 67108864
   */
  readonly maxPendingBytes?: number | undefined
  /**
   * Deepest nesting of objects and arrays.
   * @defaultValue 32
   */
  readonly maxDepth?: number | undefined
  /**
   * Most values of one body.
   * @defaultValue 100000
   */
  readonly maxValues?: number | undefined
  /**
   * Size of the cache of names.
   * @defaultValue 100000
   */
  readonly maxSeries?: number | undefined
  /**
   * With `port`: most connections at a time; further ones are closed at once and counted in `stats.refused`.
   * @defaultValue 1024
   */
  readonly maxConnections?: number | undefined
  /**
   * With `port`: a request must have arrived whole within this time, ms.
   * @defaultValue 30000
   */
  readonly requestTimeoutMs?: number | undefined
  /**
   * Where the time of arrival comes from.
   * @defaultValue rxjs `asyncScheduler`
   */
  readonly clock?: Clock | undefined
}

/** A source that takes HTTP requests, over its own port or handed in. */
export interface HttpSource<T> extends Source<T> {
  /**
   * Takes a request of a server that others share, and answers it. False where the path is another's, and nothing was done.
   * Answers 503 while nobody is subscribed.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** The defaults of {@link httpTrap}. */
export const defaultHttpTrapOptions: Readonly<Omit<Defined<HttpTrapOptions>, 'secret' | 'port'>> =
  Object.freeze({
    host: '127.0.0.1',
    path: '/module/httptrap',
    ackTimeoutMs: 10_000,
    maxBodyBytes: 8 * 1024 * 1024,
    maxPendingBytes: 64 * 1024 * 1024,
    maxDepth: 32,
    maxValues: 100_000,
    maxSeries: 100_000,
    maxConnections: 1024,
    requestTimeoutMs: 30_000,
    clock: asyncScheduler,
  })

/** How much later than its time-out a request is ended at most, ms. */
const maxLatenessMs = 1000

type Resolved = typeof defaultHttpTrapOptions & {
  readonly secret: string
  readonly port: number | undefined
}

const resolve = (options: HttpTrapOptions): Resolved =>
  resolveOptions<Resolved>(
    { ...defaultHttpTrapOptions, secret: '', port: undefined },
    options,
    {
      secret: text(),
      host: text(),
      port: optional(portNumber),
      path: (value) =>
        typeof value === 'string' && /^(\/[^/?#]+)+$/.test(value)
          ? undefined
          : 'a path such as "/module/httptrap"',
      ackTimeoutMs: wholeNumber(1, maxTimerMs),
      maxBodyBytes: limit,
      maxPendingBytes: limit,
      maxDepth: nestingLimit,
      maxValues: limit,
      maxSeries: seriesLimit,
      maxConnections: limit,
      requestTimeoutMs: wholeNumber(1, maxTimerMs),
      clock: port('now'),
    },
    badOption,
  )

/**
 * Takes JSON by POST or PUT as Circonus' HTTPTrap does. See {@link createHttpTrapParser} for what it reads.
 *
 * Replies: 200 `{"stats":n,"filtered":m}` once all subscribers have acknowledged, 403 wrong secret, 405 wrong method, 406 bad
 * JSON (what came before the fault is kept), 413 too large, 415 compressed. 503, whose `error` says which: nobody is
 * subscribed; a subscriber has no room for another batch; they were not acknowledged within `ackTimeoutMs`; a subscriber left
 * before it acknowledged. The samples may have been stored all the same where the sender then sends them again.
 *
 * - Emits: the values of a request, one batch for each. All subscribers get those of `handler`, each its own of `port`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: `maxPendingBytes` of bodies, with the samples of those that are not acknowledged, and `maxSeries` names.
 * - Time: `_ts` of a value, else `clock` at arrival.
 */
export function httpTrap(options: HttpTrapOptions): HttpSource<Sample> {
  // Before the other checks, whose messages show numbers.
  if (typeof options.secret !== 'string') throw badOption('option "secret" must be a string')
  const resolved = resolve(options)
  const base = createSourceBase<ProblemReason>('httpTrap', resolved.clock)
  const { maxDepth, maxValues, maxSeries } = resolved
  const parser = createHttpTrapParser({ maxDepth, maxValues, maxSeries })
  const handle = createTrapHandler(base, parser, resolved)
  const runs = new Set<TrapRun>()
  const trap = createSource<Sample, ProblemReason>(base, (run) => {
    const own: TrapRun = { run, pending: new Set() }
    runs.add(own)
    const stop = resolved.port === undefined ? undefined : listenHttp(base, resolved, own, handle)
    return () => {
      runs.delete(own)
      abandon(own)
      stop?.()
    }
  })
  return Object.assign(trap, {
    handler: (request: IncomingMessage, response: ServerResponse) => handle(request, response, runs),
  })
}

function listenHttp(
  base: SourceBase<ProblemReason>,
  { host, port: number = 0, maxConnections, requestTimeoutMs }: Resolved,
  own: TrapRun,
  handle: ReturnType<typeof createTrapHandler>,
): () => void {
  const only = new Set([own])
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      // Node looks for late requests every 30 s only.
      connectionsCheckingInterval: Math.min(requestTimeoutMs, maxLatenessMs),
    },
    (request, response) => {
      if (handle(request, response, only)) return
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"nothing here"}')
    },
  )
  server.maxConnections = maxConnections
  server.on('connection', () => (base.stats.connections += 1))
  const stop = listenTcp(server, base, { host, port: number }, own.run)
  return () => {
    stop()
    server.closeAllConnections()
  }
}
