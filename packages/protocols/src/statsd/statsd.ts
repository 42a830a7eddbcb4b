import {
  type Clock,
  type Defined,
  oneOf,
  port,
  resolveOptions,
  type Sample,
  text,
  wholeNumber,
} from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { badOption } from '../errors.ts'
import { createStatsdParser } from './statsd-parser.ts'
import { createSourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { createFeed } from '../listening/feed.ts'
import { listenLines } from '../listening/line-listener.ts'
import { limit, maxTimerMs, portNumber, seriesLimit } from '../option-checks.ts'
import type { ProblemReason } from '../source/problem.ts'
import { listenUdp } from '../listening/udp-listener.ts'

/** Where {@link statsd} listens, and its limits. */
export interface StatsdOptions {
  /**
   * Address to bind; anything but loopback opens the port to the network.
   * @defaultValue `'127.0.0.1'`
   */
  readonly host?: string | undefined
  /**
   * Port to bind; 0 lets the system choose, see `listening`.
   * @defaultValue 8125
   */
  readonly port?: number | undefined
  /**
   * `'udp'` for datagrams, `'tcp'` for connections with lines.
   * @defaultValue `'udp'`
   */
  readonly transport?: 'udp' | 'tcp' | undefined
  /**
   * Longest line, bytes; a longer one is a problem.
   * @defaultValue 8192
   */
  readonly maxLineBytes?: number | undefined
  /**
   * Most gauges whose last value is kept for `+` and `-`, and the size of the cache of names.
   * @defaultValue 100000
   */
  readonly maxSeries?: number | undefined
  /**
   * TCP: most connections at a time; further ones are closed at once and counted in `stats.refused`.
   * @defaultValue 1024
   */
  readonly maxConnections?: number | undefined
  /**
   * TCP: a connection silent for so long is closed, ms; 0 for never.
   * @defaultValue 300000
   */
  readonly idleTimeoutMs?: number | undefined
  /**
   * UDP: the receive buffer to ask the system for, bytes; it may give less.
   * @defaultValue 4194304
   */
  readonly recvBufferSize?: number | undefined
  /**
   * Where the time of samples comes from.
   * @defaultValue rxjs `asyncScheduler`
   */
  readonly clock?: Clock | undefined
}

/** The defaults of {@link statsd}. */
export const defaultStatsdOptions: Readonly<Defined<StatsdOptions>> = Object.freeze({
  host: '127.0.0.1',
  port: 8125,
  transport: 'udp',
  maxLineBytes: 8192,
  maxSeries: 100_000,
  maxConnections: 1024,
  idleTimeoutMs: 300_000,
  recvBufferSize: 4 * 1024 * 1024,
  clock: asyncScheduler,
})

const resolve = (options: StatsdOptions): Defined<StatsdOptions> =>
  resolveOptions<Defined<StatsdOptions>>(
    defaultStatsdOptions,
    options,
    {
      host: text(),
      port: portNumber,
      transport: oneOf('udp', 'tcp'),
      maxLineBytes: limit,
      maxSeries: seriesLimit,
      maxConnections: limit,
      idleTimeoutMs: wholeNumber(0, maxTimerMs),
      recvBufferSize: limit,
      clock: port('now'),
    },
    badOption,
  )

/**
 * Listens for statsd lines, etsy's and DogStatsD's. See {@link createStatsdParser} for what it reads.
 *
 * - Emits: each value as it arrives. Counters are `delta` (value / rate), gauges `gauge` (`+` and `-` already added to the
 *   last value), timers, histograms and distributions `observation` with `weight` 1 / rate, sets `set`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: one datagram, or one line for each connection, and `maxSeries` names and gauges.
 * - Time: `clock` at arrival, or the line's own `T` field.
 *
 * It never replies. While a subscriber of batches has no room, TCP is not read, so that senders wait; datagrams are dropped,
 * counted value by value in `stats.dropped` and a problem `overflow`. What the system drops before it is read is not seen; make
 * `recvBufferSize` large and let clients pack.
 */
export function statsd(options: StatsdOptions = {}): Source<Sample> {
  const resolved = resolve(options)
  const { maxLineBytes, maxSeries } = resolved
  const base = createSourceBase<ProblemReason>('statsd', resolved.clock)
  return createSource<Sample, ProblemReason>(base, (run) => {
    const udp = resolved.transport === 'udp'
    const feed = createFeed(base, createStatsdParser({ maxLineBytes, maxSeries }), run, { offsets: udp })
    return udp ? listenUdp(base, resolved, feed, run) : listenLines(base, resolved, feed, run)
  })
}
