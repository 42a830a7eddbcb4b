import { type Clock, type Defined, port, resolveOptions, type Sample, text, wholeNumber } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { badOption } from '../errors.ts'
import { createGraphiteParser } from './graphite-parser.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { createFeed } from '../listening/feed.ts'
import { listenLines } from '../listening/line-listener.ts'
import { limit, maxTimerMs, portNumber, seriesLimit } from '../option-checks.ts'

/** Where {@link graphite} listens, and its limits. */
export interface GraphiteOptions {
  /**
   * Address to bind; anything but loopback opens the port to the network.
   * @defaultValue `'127.0.0.1'`
   */
  readonly host?: string | undefined
  /**
   * Port to bind; 0 lets the system choose, see `listening`.
   * @defaultValue 2003
   */
  readonly port?: number | undefined
  /**
   * Longest line, bytes; a longer one is a problem.
   * @defaultValue 8192
   */
  readonly maxLineBytes?: number | undefined
  /**
   * Size of the cache of names.
   * @defaultValue 100000
   */
  readonly maxSeries?: number | undefined
  /**
   * Most connections at a time; further ones are closed at once and counted in `stats.refused`.
   * @defaultValue 1024
   */
  readonly maxConnections?: number | undefined
  /**
   * A connection silent for so long is closed, ms; 0 for never.
   * @defaultValue 300000
   */
  readonly idleTimeoutMs?: number | undefined
  /**
   * Where the time of arrival comes from.
   * @defaultValue rxjs `asyncScheduler`
   */
  readonly clock?: Clock | undefined
}

/** The defaults of {@link graphite}. */
export const defaultGraphiteOptions: Readonly<Defined<GraphiteOptions>> = Object.freeze({
  host: '127.0.0.1',
  port: 2003,
  maxLineBytes: 8192,
  maxSeries: 100_000,
  maxConnections: 1024,
  idleTimeoutMs: 300_000,
  clock: asyncScheduler,
})

const resolve = (options: GraphiteOptions): Defined<GraphiteOptions> =>
  resolveOptions<Defined<GraphiteOptions>>(
    defaultGraphiteOptions,
    options,
    {
      host: text(),
      port: portNumber,
      maxLineBytes: limit,
      maxSeries: seriesLimit,
      maxConnections: limit,
      idleTimeoutMs: wholeNumber(0, maxTimerMs),
      clock: port('now'),
    },
    badOption,
  )

/**
 * Listens on TCP for graphite's plaintext lines. See {@link createGraphiteParser} for what it reads.
 *
 * - Emits: each value as it arrives, kind `gauge`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: one line for each connection, and `maxSeries` names.
 * - Time: the line's own; `clock` at arrival where that is -1.
 *
 * While a subscriber of batches has no room, nothing is read, so that senders wait.
 */
export function graphite(options: GraphiteOptions = {}): Source<Sample> {
  const resolved = resolve(options)
  const { maxLineBytes, maxSeries } = resolved
  const base = createSourceBase<ProblemReason>('graphite', resolved.clock)
  return createSource<Sample, ProblemReason>(base, (run) => {
    const feed = createFeed(base, createGraphiteParser({ maxLineBytes, maxSeries }), run, { offsets: false })
    return listenLines(base, resolved, feed, run)
  })
}
