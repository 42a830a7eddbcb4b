import { type ExpositionFormat, formatOfContentType } from '../../../prometheus/exposition-format.ts'
import {
  createPrometheusParser,
  type PrometheusParser,
} from '../../../prometheus/parser/prometheus-parser.ts'
import type { Extractor } from './extractor.ts'

/** Most memory for the names of one check, bytes. */
const maxNameBytes = 4 * 1024 * 1024
const maxSamples = 10_000

/**
 * An extractor of what Prometheus scrapes: its text format or OpenMetrics, as the type of content says (see `createPrometheusParser`). Counters
 * are counters, all else is a gauge; all or nothing of it is taken, at most 10000 samples.
 *
 * @example
 * ```ts
 * import { httpCheck, promtext } from '@tocsin/protocols/checks'
 *
 * const node = httpCheck({ url: 'http://localhost:9100/metrics', extract: promtext() })
 * console.log(node.name) // => http:localhost:9100/metrics
 * ```
 */
export function promtext(): Extractor {
  const parsers = new Map<ExpositionFormat, PrometheusParser>()
  return ({ headers, body }, { found, now }) => {
    const type = headers['content-type']
    const format = formatOfContentType(typeof type === 'string' ? type : undefined)
    if (format === undefined) throw new Error('its type of content is no text format of Prometheus')
    const parser = parsers.get(format) ?? createPrometheusParser({ format, maxSamples, maxNameBytes })
    parsers.set(format, parser)
    const { failure } = parser.parse(body, now(), {
      sample: (sample) => found.add([sample]),
      problem: () => undefined,
    })
    if (failure !== undefined) throw new Error(failure.message)
  }
}
