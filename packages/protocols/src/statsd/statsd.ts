import { resolveOptions, type Checks, type Defined, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import {
  lineChecks,
  lineDefaults,
  lineSource,
  type LineSourceOptions,
  type ResolvedLines,
} from '../listening/line-source.ts'
import type { Source } from '../source/source.ts'
import { defaultGrammar, grammarChecks, type StatsdGrammarOptions } from './statsd-options.ts'
import { createStatsdParser } from './statsd-parser.ts'

/** Where {@link statsd} listens, its limits, and which grammar it reads. */
export interface StatsdOptions extends LineSourceOptions, StatsdGrammarOptions {}

type Resolved = ResolvedLines & Defined<StatsdGrammarOptions>

/** The defaults of {@link statsd}. */
export const defaultStatsdOptions: Resolved = Object.freeze({
  ...lineDefaults(8125, 'udp'),
  ...defaultGrammar,
})

const checks: Checks<StatsdOptions> = { ...lineChecks, ...grammarChecks }

/**
 * Listens for statsd lines, etsy's and DogStatsD's. See {@link createStatsdParser} for what it reads.
 *
 * - Emits: each value as it arrives. Counters are `delta` (value / rate), gauges `gauge` (`+` and `-` already added to the
 *   last value, see `gaugeSign`), timers, histograms and distributions `observation` with `weight` 1 / rate, sets `set`, events and the
 *   messages of service checks `text`, service checks `state`. `statsdAggregate` makes the numbers of etsy's daemon of them.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`.
 * - Memory: one datagram, or one line for each connection, and twice `maxNameBytes` of names.
 * - Time: `clock` at arrival, or the line's own `T` or `d:` field.
 *
 * It never replies. While a subscriber of batches has no room, connections are not read, so that senders wait; datagrams are dropped,
 * counted value by value in `stats.dropped` and a problem `overflow`. What the system drops before it is read is in `stats.lost`
 * (Linux); make `recvBufferSize` large and let clients pack. Unix sockets are streams of lines (`unix:///run/statsd.sock`): Node has no
 * Unix datagrams without native code, so a Datadog client that is to use a socket file (`unixgram`, hot-shots' `uds`) is to use UDP.
 */
export function statsd(options: StatsdOptions = {}): Source<Sample> {
  const resolved = resolveOptions<Resolved>(defaultStatsdOptions, options, checks, badOption)
  const { gaugeSign, gaugeExpiryMs } = resolved
  return lineSource('statsd', resolved, (limits) =>
    createStatsdParser({ ...limits, gaugeSign, gaugeExpiryMs }),
  )
}
