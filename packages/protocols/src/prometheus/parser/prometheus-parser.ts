import type { Sample } from '@tocsin/core'

import type { ParseProblem } from '../../source/problem.ts'
import { createHeader } from '../../wire/header.ts'
import type { ParseSink } from '../../wire/parse-sink.ts'
import { createSeriesCache } from '../../wire/series-cache.ts'
import type { MetricMetadata } from '../metric-metadata.ts'
import type { Exemplar } from './exemplar.ts'
import { createExposition, type ParserState } from './exposition.ts'
import type { MetadataLine } from './metadata-line.ts'
import { type PrometheusParserOptions, resolvePrometheusParser } from './prometheus-options.ts'
import type { SeriesEntry } from './series-entry.ts'

/** What became of an exposition, beside its samples. */
export interface PrometheusOutcome {
  /** Why nothing of it is taken; then no sample of it went to the sink. */
  readonly failure?: ParseProblem
  /** Samples that are no numbers, NaN or infinite, and so were left out. */
  readonly filtered: number
  /** What it says of its families; empty where it failed. */
  readonly metadata: readonly MetricMetadata[]
  /** Those of OpenMetrics; empty where it failed. */
  readonly exemplars: readonly Exemplar[]
}

/** A parser of what Prometheus scrapes: pure, no server, no clock. */
export interface PrometheusParser {
  /**
   * Takes one exposition. Never throws, whatever the bytes; keeps no reference to them.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch: the time of samples that bring none
   */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): PrometheusOutcome
}

/**
 * A parser of Prometheus' text format 0.0.4 and of OpenMetrics 1.0, with names in quotes as Prometheus 3 writes them. The name of a sample
 * is the metric, its labels are tags; a label without a value is left out. Counters, and buckets, counts and sums of
 * histograms and summaries, are of kind `counter`, all else (`_created`, infos, states, quantiles, what has no type) is a `gauge`. Whole
 * numbers beyond 2^53 keep all digits in `exact`. Texts have no sign for "gone": no sample is `stale`.
 *
 * An exposition is taken whole or not at all, as Prometheus does, in either format: values that belong together, such as buckets and
 * their count, are never taken in part, and a body that was cut off is no shorter list of series. What OpenMetrics asks beyond
 * grammar (order, names of families, `# EOF`, histograms that add up) is asked of it, and not of 0.0.4. Beside that, one sample alone is
 * left out and a problem: a series that came before in the same exposition without a time (`repeated`), one with more than `maxLabels` or
 * with names that no {@link Series} has (`bad-name`), a time that no clock shows (`bad-timestamp`).
 *
 * With `histograms: 'bins'` buckets become one sample of kind `histogram` in the name of the family, and `_sum` stays a counter. It counts
 * from the exporter's own beginning on, as buckets do. Each count is exact and stands in the OpenHistogram bin of the middle of its
 * bucket (of the lowest bucket: of half its bound, or of a bound that is not positive; of `+Inf`: of the last bound before it), since where in the
 * bucket its measurements lie is not known. Without any finite bound nothing is known of it: such a histogram stays counters, and is a problem
 * (`unsupported`).
 *
 * Memory: `maxNameBytes` of names; of an exposition its samples, at most `maxSamples`.
 *
 * Sources: prometheus.io/docs/instrumenting/exposition_formats, OpenMetrics 1.0 (prometheus/OpenMetrics, specification/OpenMetrics.md).
 *
 * @example
 * ```ts
 * import { createPrometheusParser } from '@tocsin/protocols/engine'
 *
 * const page = '# TYPE hits counter\nhits{route="/users"} 3\n'
 * const { metadata } = createPrometheusParser().parse(Buffer.from(page), 0, {
 *   sample: ({ series, kind, value }) => console.log(series.key, kind, value), // => hits|ST[route:/users] counter 3
 *   problem: ({ message }) => console.error(message),
 * })
 * console.log(metadata) // => [ { name: 'hits', type: 'counter' } ]
 * ```
 */
export function createPrometheusParser(options: PrometheusParserOptions = {}): PrometheusParser {
  const limits = resolvePrometheusParser(options)
  const state: ParserState = {
    limits,
    header: createHeader(),
    known: createSeriesCache<SeriesEntry | MetadataLine>(limits.maxNameBytes),
    expositions: 0,
  }
  return {
    parse(bytes, receivedAt, sink) {
      state.expositions += 1
      const exposition = createExposition(state, bytes, receivedAt)
      const failure = exposition.read()
      if (failure !== undefined) return { failure, filtered: 0, metadata: [], exemplars: [] }
      const { samples, problems, filtered, metadata, exemplars } = exposition
      let at = 0
      for (const { before, problem } of problems) {
        for (; at < before; at += 1) sink.sample(samples[at] as Sample)
        sink.problem(problem)
      }
      for (; at < samples.length; at += 1) sink.sample(samples[at] as Sample)
      return { filtered, metadata, exemplars }
    },
  }
}
