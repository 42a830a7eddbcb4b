import { port, resolveOptions, wholeNumber, type Check, type Checks, type Duration } from '@tocsin/core'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import { levelsRule, parseLevels, type Level } from './engine/levels.ts'
import { RollupError } from './errors.ts'
import type { RollupProblem } from './problem.ts'

/** How {@link rollup} forms windows, and what bounds it. */
export interface RollupOptions {
  /**
   * Window lengths, from short to long, each dividing the next, up to 30 days. Windows are aligned to the Unix epoch (UTC).
   * @defaultValue `['1m', '5m', '30m', '1h', '1d']`
   */
  readonly windows?: readonly Duration[]
  /** How far samples may come out of order before a window closes without them, ms. @defaultValue 10000 */
  readonly maxDisorderMs?: number
  /**
   * How long after its end a window of the shortest length is kept for corrections, ms of event time. It bounds the memory:
   * all windows of that time stay. @defaultValue 3600000, one hour
   */
  readonly maxLateMs?: number
  /** Samples further ahead of the scheduler's clock are refused, ms. @defaultValue 300000, five minutes */
  readonly maxFutureMs?: number
  /** Most series with windows in memory; samples of others are refused. @defaultValue 100000 */
  readonly maxSeries?: number
  /** Clock of the wake-ups that close windows of a silent stream. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike
  /** Hears of samples that are not taken; a `Subject` fits. @defaultValue nobody hears of them */
  readonly problems?: {
    /** Takes one problem. */
    next(problem: RollupProblem): void
  }
}

/** What {@link rollup} does unless told otherwise. */
export const defaultRollupOptions: Readonly<Required<RollupOptions>> = Object.freeze({
  windows: Object.freeze(['1m', '5m', '30m', '1h', '1d'] as const),
  maxDisorderMs: 10_000,
  maxLateMs: 3_600_000,
  maxFutureMs: 300_000,
  maxSeries: 100_000,
  scheduler: asyncScheduler,
  problems: Object.freeze({ next: () => undefined }),
})

/** Accepts window lengths. */
export const windowsCheck: Check = (value) => (parseLevels(value) === undefined ? levelsRule : undefined)

const checks: Checks<Required<RollupOptions>> = {
  windows: windowsCheck,
  maxDisorderMs: wholeNumber(0),
  maxLateMs: wholeNumber(0),
  maxFutureMs: wholeNumber(0),
  maxSeries: wholeNumber(1),
  scheduler: port('now', 'schedule'),
  problems: port('next'),
}

/** The error of a wrong option. */
export const badOption = (message: string): RollupError => new RollupError('ROLLUP_BAD_OPTION', message)

/** Options with their windows as levels. */
export function resolveRollup(
  given: RollupOptions | undefined,
): Required<RollupOptions> & { readonly levels: readonly [Level, ...Level[]] } {
  const options = resolveOptions<Required<RollupOptions>>(defaultRollupOptions, given, checks, badOption)
  const levels = parseLevels(options.windows)
  if (levels === undefined) throw badOption(`option "windows" must be ${levelsRule}`)
  return { ...options, levels }
}
