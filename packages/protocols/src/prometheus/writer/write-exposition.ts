import { type Checks, type Defined, flag, oneOf, resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import type { ExpositionFormat } from '../exposition-format.ts'
import type { MetricMetadata } from '../metric-metadata.ts'
import { createPlaces } from './places.ts'
import type { NameStyle } from './names.ts'

/** How {@link writePrometheus} and {@link writeOpenMetrics} write. */
export interface WriteExpositionOptions {
  /**
   * What families are: their types, help and units, as a parser gave them or one's own.
   * @defaultValue none: the kinds of the samples tell the types
   */
  readonly metadata?: readonly MetricMetadata[] | undefined
  /**
   * Whether each sample has its time. Without them the last sample of each series is written.
   * @defaultValue true
   */
  readonly times?: boolean | undefined
  /**
   * Names that are more than letters, digits and `_`: in quotes, which Prometheus reads from 3.0 on, or with `_` instead.
   * @defaultValue `'quoted'`
   */
  readonly names?: NameStyle | undefined
}

/** The defaults of {@link WriteExpositionOptions}. */
export const defaultWriteExpositionOptions: Readonly<Defined<WriteExpositionOptions>> = Object.freeze({
  metadata: [],
  times: true,
  names: 'quoted',
})

const checks: Checks<WriteExpositionOptions> = {
  metadata: (value) => (Array.isArray(value) ? undefined : 'a list of { name, type, help?, unit? }'),
  times: flag,
  names: oneOf('quoted', 'underscored'),
}

/** An exposition, and how many samples are not in it. */
export interface WrittenExposition {
  /** The text. */
  readonly text: string
  /**
   * Samples that the format cannot say, or not beside those that came first: texts, members of sets, increments, single observations,
   * `stale`; a kind other than that of its family; in OpenMetrics a counter that is negative.
   */
  readonly leftOut: number
}

/**
 * Writes samples in text format 0.0.4. Counters, gauges and numeric states are a line each, all digits of `exact`, times in whole
 * milliseconds; a histogram is buckets and a count, exact to its bins. Tags without a value are left out.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`.
 *
 * Memory: the text.
 *
 * @example
 * ```ts
 * import { series } from '@tocsin/protocols'
 * import { writePrometheus } from '@tocsin/protocols/prometheus'
 *
 * const sample = { series: series('queue.depth', { host: 'web1' }), time: 0, value: 7, kind: 'gauge' as const }
 * const { text } = writePrometheus([sample], { times: false, names: 'underscored' })
 * for (const line of text.trimEnd().split('\n')) console.log(line) // => # TYPE queue_depth gauge
 * // => queue_depth{host="web1"} 7
 * ```
 */
export const writePrometheus = (
  samples: Iterable<Sample>,
  options: WriteExpositionOptions = {},
): WrittenExposition => write('prometheus', samples, options)

/**
 * Writes samples in OpenMetrics 1.0, with `# EOF`. As {@link writePrometheus}, but counters end in `_total`, whatever they are called,
 * times are seconds to the microsecond, and a histogram is its buckets alone, since it has no sum. Samples of a family stand
 * together, in the order of their times. Where `metadata` says that series are a histogram, a summary, an info or a state set,
 * the samples must be all of it.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`.
 *
 * Memory: the text.
 */
export const writeOpenMetrics = (
  samples: Iterable<Sample>,
  options: WriteExpositionOptions = {},
): WrittenExposition => write('openmetrics', samples, options)

function write(
  format: ExpositionFormat,
  samples: Iterable<Sample>,
  options: WriteExpositionOptions,
): WrittenExposition {
  const resolved = resolveOptions<Defined<WriteExpositionOptions>>(
    defaultWriteExpositionOptions,
    options,
    checks,
    badOption,
  )
  const places = createPlaces(format, resolved)
  let leftOut = 0
  for (const sample of samples) leftOut += places.put(sample)
  return { text: places.text(), leftOut }
}
