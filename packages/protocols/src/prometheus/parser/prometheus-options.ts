import { type Checks, type Defined, oneOf, resolveOptions } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import { defaultNameBytes, limit, nameBytesLimit } from '../../option-checks.ts'
import type { ExpositionFormat } from '../exposition-format.ts'

/** What a {@link PrometheusParser} reads, and its limits. */
export interface PrometheusParserOptions {
  /**
   * The format: `formatOfContentType` tells it of a reply.
   * @defaultValue `'prometheus'`, text 0.0.4
   */
  readonly format?: ExpositionFormat | undefined
  /**
   * What becomes of `_bucket` and `_count` of a histogram: a counter each, or one sample of kind `histogram` for all of them,
   * where there is a finite bound.
   * @defaultValue `'counters'`
   */
  readonly histograms?: 'counters' | 'bins' | undefined
  /**
   * Longest line, bytes.
   * @defaultValue 65536
   */
  readonly maxLineBytes?: number | undefined
  /**
   * Largest exposition, bytes.
   * @defaultValue 16777216
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Most lines with samples of one exposition.
   * @defaultValue 100000
   */
  readonly maxSamples?: number | undefined
  /**
   * Most labels of a series; one with more is left out.
   * @defaultValue 64
   */
  readonly maxLabels?: number | undefined
  /**
   * Most bytes of memory for what is kept of series and metadata. Where it does not hold those of one exposition, series that come twice in it may
   * be taken twice.
   * @defaultValue 67108864
   */
  readonly maxNameBytes?: number | undefined
}

/** All of {@link PrometheusParserOptions}, resolved. */
export type ResolvedPrometheusParser = Defined<PrometheusParserOptions>

/** The defaults of {@link PrometheusParserOptions}. */
export const defaultPrometheusParserOptions: ResolvedPrometheusParser = Object.freeze({
  format: 'prometheus',
  histograms: 'counters',
  maxLineBytes: 65_536,
  maxBodyBytes: 16 * 1024 * 1024,
  maxSamples: 100_000,
  maxLabels: 64,
  maxNameBytes: defaultNameBytes,
})

const checks: Checks<PrometheusParserOptions> = {
  format: oneOf('prometheus', 'openmetrics'),
  histograms: oneOf('counters', 'bins'),
  maxLineBytes: limit,
  maxBodyBytes: limit,
  maxSamples: limit,
  maxLabels: limit,
  maxNameBytes: nameBytesLimit,
}

/** The options, checked. */
export const resolvePrometheusParser = (options: PrometheusParserOptions): ResolvedPrometheusParser =>
  resolveOptions<ResolvedPrometheusParser>(defaultPrometheusParserOptions, options, checks, badOption)
