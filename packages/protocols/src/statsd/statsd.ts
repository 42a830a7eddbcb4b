import { resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import {
  lineChecks,
  lineDefaults,
  type LineSourceOptions,
  type ResolvedLines,
} from '../listening/line-options.ts'
import { lineSource } from '../listening/listening-source.ts'
import type { Source } from '../source/source.ts'
import { createStatsdParser } from './statsd-parser.ts'

/** Where {@link statsd} listens, and its limits. */
export type StatsdOptions = LineSourceOptions

/** The defaults of {@link statsd}. */
export const defaultStatsdOptions: ResolvedLines = lineDefaults(8125, 'udp')

/**
 * Listens for statsd lines, etsy's and DogStatsD's. See {@link createStatsdParser} for what it reads.
 *
 * - Emits: each value as it arrives. Counters are `delta` (value / rate), gauges `gauge` (`+` and `-` already added to the
 *   last value), timers, histograms and distributions `observation` with `weight` 1 / rate, sets `set`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: one datagram, or one line for each connection, and twice `maxNameBytes` of names.
 * - Time: `clock` at arrival, or the line's own `T` field.
 *
 * It never replies. While a subscriber of batches has no room, connections are not read, so that senders wait; datagrams are dropped,
 * counted value by value in `stats.dropped` and a problem `overflow`. What the system drops before it is read is in `stats.lost`
 * (Linux); make `recvBufferSize` large and let clients pack.
 */
export function statsd(options: StatsdOptions = {}): Source<Sample> {
  const resolved = resolveOptions<ResolvedLines>(defaultStatsdOptions, options, lineChecks, badOption)
  return lineSource('statsd', resolved, createStatsdParser)
}
