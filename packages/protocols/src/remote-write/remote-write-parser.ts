import { type Checks, type Defined, resolveOptions, wholeNumber, flag } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultNameBytes, limit, nameBytesLimit } from '../option-checks.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { createLabelSeries } from './label-series.ts'
import { createMetricTypes } from './metric-types.ts'
import {
  type RemoteWriteOutcome,
  type RemoteWriteReading,
  type RemoteWriteVersion,
  RequestReading,
} from './request-reading.ts'

/** Limits of a parser of remote write. */
export interface RemoteWriteParserOptions {
  /**
   * Most values of one request: samples, exemplars, and of histograms their buckets; and as many series, texts and metadata together.
   * @defaultValue 100000
   */
  readonly maxValues?: number | undefined
  /**
   * Most bytes of labels of one request of 2.0, those of each series written out as 1.0 sends them: many series may refer to one long text,
   * and each of them takes time.
   * @defaultValue 33554432
   */
  readonly maxLabelBytes?: number | undefined
  /**
   * Most bytes of memory for the cache of series and what is known of metrics.
   * @defaultValue 67108864
   */
  readonly maxNameBytes?: number | undefined
  /**
   * How far ahead of its arrival a sample may be, ms; those beyond are refused, as Prometheus does.
   * @defaultValue 600000
   */
  readonly maxFutureMs?: number | undefined
  /**
   * Takes series whose labels are not sorted, as vmagent without `-sortLabels` and some libraries send them. The specification asks for
   * sorted ones.
   * @defaultValue false
   */
  readonly unsortedLabels?: boolean | undefined
}

/** The defaults of {@link RemoteWriteParserOptions}. */
export const defaultRemoteWriteParser: Defined<RemoteWriteParserOptions> = Object.freeze({
  maxValues: 100_000,
  maxLabelBytes: 32 * 1024 * 1024,
  maxNameBytes: defaultNameBytes,
  maxFutureMs: 600_000,
  unsortedLabels: false,
})

/** What {@link RemoteWriteParserOptions} allow. */
export const remoteWriteParserChecks: Checks<RemoteWriteParserOptions> = {
  maxValues: limit,
  maxLabelBytes: limit,
  maxNameBytes: nameBytesLimit,
  maxFutureMs: wholeNumber(0),
  unsortedLabels: flag,
}

/** A parser of remote write requests, unpacked: pure, no server, no clock. */
export interface RemoteWriteParser {
  /**
   * Takes one request. Never throws, whatever the bytes; keeps no reference to them.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch
   * @param version - which message it is; 1.0 where it is not said
   */
  parse(
    bytes: Uint8Array,
    receivedAt: number,
    sink: ParseSink,
    version?: RemoteWriteVersion,
  ): RemoteWriteOutcome
  /** Takes one request slice by slice, for who has other things to do meanwhile: each `next` takes a few ms. */
  start(
    bytes: Uint8Array,
    receivedAt: number,
    sink: ParseSink,
    version?: RemoteWriteVersion,
  ): RemoteWriteReading
}

/**
 * A parser of Prometheus' remote write, 1.0 and 2.0. A request is what comes packed with snappy; `decodeSnappy` unpacks it. The label
 * `__name__` is the metric, all others are tags.
 *
 * - Kinds: what metadata says, of 2.0 that of the series, of 1.0 that of the requests before: counters, and buckets, counts and sums of
 *   histograms and summaries, are `counter`. Without metadata, which Prometheus sends a minute late, a name that ends in `_total`, or in
 *   `_bucket` with a label `le`, is a `counter`. All else is a `gauge`. The NaN `7ff0000000000002` is `stale`.
 * - Native histograms are of kind `histogram`, with the count of each bucket in the OpenHistogram bin of its middle (of a lowest custom
 *   bucket: of half its bound, or of a bound that is not positive; of the highest: of the bound below it). So counts are exact where they
 *   are whole, decimal ones are rounded, and where in a bucket its measurements lie is not; the zero bucket is zero, and the sum is left out,
 *   which bins do not have. Custom bounds that are none leave nothing known of
 *   where measurements lie: such a histogram becomes the counters `…_count` and `…_sum`. They count from the sender's own beginning on, unless it sends gauges, and start again where it does.
 * - Left out without a problem, and counted in `filtered`: values that are no numbers (NaN, infinite), and exemplars. When a counter
 *   began (`start_timestamp`, and `created_timestamp` of older senders) and help and unit are read over: samples have no place for them.
 * - A series with labels that are unsorted, empty or there twice, or without a name, is a problem, and the others are taken. A request that
 *   is cut off, or of the other version, is not taken at all. Beyond `maxValues`, and in 2.0 `maxLabelBytes`, reading stops.
 *
 * Memory: `maxNameBytes` of names. Of a request its samples, and of 2.0 eight bytes for each text.
 *
 * Sources: prometheus.io/docs/specs/prw/remote_write_spec and remote_write_spec_2_0; prometheus/prometheus, `prompb`.
 *
 * @example
 * ```ts
 * import { createRemoteWriteParser, decodeSnappy } from '@tocsin/protocols/engine'
 *
 * const body = Buffer.from('1f780a1d0a0e0a085f5f6e616d655f5f12027570120b09000000000000f03f1001', 'hex')
 * const request = decodeSnappy(body, 1_000_000)
 * if (typeof request === 'string') throw new Error(request)
 * createRemoteWriteParser().parse(request, 0, {
 *   sample: ({ series, kind, value, time }) => console.log(series.key, kind, value, time), // => up gauge 1 1
 *   problem: ({ message }) => console.error(message),
 * })
 * ```
 */
export function createRemoteWriteParser(options: RemoteWriteParserOptions = {}): RemoteWriteParser {
  const { maxNameBytes, unsortedLabels, maxValues, maxLabelBytes, maxFutureMs } = resolveOptions<
    Defined<RemoteWriteParserOptions>
  >(defaultRemoteWriteParser, options, remoteWriteParserChecks, badOption)
  const context = {
    labels: createLabelSeries(0.9 * maxNameBytes, unsortedLabels),
    types: createMetricTypes(0.1 * maxNameBytes),
    maxValues,
    maxLabelBytes,
    maxFutureMs,
  }
  const start: RemoteWriteParser['start'] = (bytes, receivedAt, sink, version = '1.0') =>
    new RequestReading(context, bytes, receivedAt, sink, version)
  return {
    start,
    parse(...request) {
      const reading = start(...request)
      for (;;) {
        const outcome = reading.next()
        if (outcome !== undefined) return outcome
      }
    },
  }
}
