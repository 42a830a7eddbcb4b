import { type Check, type Checks, type Defined, oneOf, wholeNumber } from '@tocsin/core'

import { limit, maxTimerMs } from '../../option-checks.ts'
import type { MetricMetadata } from '../metric-metadata.ts'

/** What a page shows, and how much of it. */
export interface PageOptions {
  /**
   * A series that brought no sample for so long, ms, is no longer shown.
   * @defaultValue 300000
   */
  readonly expireAfterMs?: number | undefined
  /**
   * Most bytes of memory for all series; new ones beyond are not shown, which is counted and told. The page in each form that is asked for
   * takes about as much again.
   * @defaultValue 67108864
   */
  readonly maxBytes?: number | undefined
  /**
   * Upper bounds of the buckets for samples of kind `observation` and `histogram`, rising, without +Inf, in the unit of the samples.
   * @defaultValue `[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]`
   */
  readonly buckets?: readonly number[] | undefined
  /**
   * Whether samples of kind `histogram` are added up, each being what came since the one before, or the latest is shown, being what came
   * since the beginning.
   * @defaultValue `'added'`
   */
  readonly histograms?: 'added' | 'latest' | undefined
  /**
   * Help and units of families, by their names on the page or the metric's own; `type` is not looked at.
   * @defaultValue none: the help is the name of the metric
   */
  readonly metadata?: readonly Pick<MetricMetadata, 'name' | 'help' | 'unit'>[] | undefined
}

/** All of {@link PageOptions}, resolved. */
export type ResolvedPage = Defined<PageOptions>

/** The defaults of {@link PageOptions}. */
export const defaultPageOptions: ResolvedPage = Object.freeze({
  expireAfterMs: 300_000,
  maxBytes: 64 * 1024 * 1024,
  buckets: Object.freeze([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
  histograms: 'added',
  metadata: Object.freeze([]),
})

const bounds: Check = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 1000 &&
  value.every((bound, at) => Number.isFinite(bound) && (at === 0 || bound > value[at - 1]))
    ? undefined
    : 'a list of up to 1000 finite numbers that rise'

const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'

const metadata: Check = (value) =>
  Array.isArray(value) &&
  value.every((one: unknown) => {
    const { name, help, unit } = (one ?? {}) as Record<string, unknown>
    return typeof name === 'string' && isText(help) && isText(unit)
  })
    ? undefined
    : 'a list of { name, help?, unit? }'

/** What {@link PageOptions} allow. */
export const pageChecks: Checks<PageOptions> = {
  expireAfterMs: wholeNumber(1, maxTimerMs),
  maxBytes: limit,
  buckets: bounds,
  histograms: oneOf('added', 'latest'),
  metadata,
}
