import type { Sample } from '@tocsin/core'

import type { ParseProblem } from '../source/problem.ts'
import { createPrometheusParser, type PrometheusOutcome } from './parser/prometheus-parser.ts'
import type { PrometheusParserOptions } from './parser/prometheus-options.ts'

/** How {@link parsePrometheus} reads an exposition. */
export interface ParsePrometheusOptions extends PrometheusParserOptions {
  /** The time of samples that bring none: when it was asked for, ms since the Unix epoch. */
  readonly time: number
}

/** An exposition that was read: `failure` is there where nothing of it is taken. */
export interface ParsedExposition extends PrometheusOutcome {
  /** In the order of the lines; empty where it failed. */
  readonly samples: readonly Sample[]
  /** One for each sample that could not be taken alone. */
  readonly problems: readonly ParseProblem[]
}

/**
 * Reads one exposition, for who has one. Whoever reads many keeps a `createPrometheusParser`, which remembers the series of those before:
 * that is several times as fast.
 *
 * Errors: wrong options throw `PROTOCOL_BAD_OPTION`; what is wrong with the bytes is `failure` or in `problems`.
 *
 * Memory: what it gives.
 *
 * @example
 * ```ts
 * import { parsePrometheus } from '@tocsin/protocols/prometheus'
 *
 * const bytes = Buffer.from('# TYPE requests counter\nrequests_total 3 1700000000\n# EOF\n')
 * const { samples, failure } = parsePrometheus(bytes, { format: 'openmetrics', time: Date.now() })
 * console.log(failure, samples[0]?.kind, samples[0]?.value, samples[0]?.time) // => undefined counter 3 1700000000000
 *
 * const cut = parsePrometheus(bytes.subarray(0, 40), { format: 'openmetrics', time: Date.now() })
 * console.log(cut.failure?.reason, cut.samples) // => truncated []
 * ```
 */
export function parsePrometheus(
  bytes: Uint8Array,
  { time, ...options }: ParsePrometheusOptions,
): ParsedExposition {
  const samples: Sample[] = []
  const problems: ParseProblem[] = []
  const outcome = createPrometheusParser(options).parse(bytes, time, {
    sample: (sample) => samples.push(sample),
    problem: (problem) => problems.push(problem),
  })
  return { ...outcome, samples, problems }
}
