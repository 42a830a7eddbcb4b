import {
  optional,
  port,
  resolveOptions,
  wholeNumber,
  type Check,
  type Checks,
  type Duration,
  type ProblemListener,
} from '@tocsin/core'
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
  readonly windows?: readonly Duration[] | undefined
  /**
   * How far samples may come out of order before a window closes without them, ms. That, and how late the samples of the
   * stream themselves are, is how old a window is when it is emitted: rules must not take it for stale.
   * @defaultValue 5000, half of `staleAfterMs` of `@tocsin/fault`
   */
  readonly maxDisorderMs?: number | undefined
  /**
   * How long after its end a window of the shortest length is kept for corrections, ms of event time. It bounds the memory:
   * all windows of that time stay. @defaultValue 3600000, one hour
   */
  readonly maxLateMs?: number | undefined
  /** Samples further ahead of the scheduler's clock are refused, ms. @defaultValue 300000, five minutes */
  readonly maxFutureMs?: number | undefined
  /** Most series with windows in memory; samples of others are refused. @defaultValue 100000 */
  readonly maxSeries?: number | undefined
  /** Clock of the wake-ups that close windows of a silent stream. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Hears of samples that are not taken; a `Subject` fits.
   * @defaultValue none: the first of each reason is a warning of the process
   */
  readonly problems?: ProblemListener<RollupProblem> | undefined
}

/** What {@link rollup} does unless told otherwise. */
export const defaultRollupOptions: {
  readonly [Name in keyof Omit<RollupOptions, 'problems'>]-?: NonNullable<RollupOptions[Name]>
} = Object.freeze({
  windows: Object.freeze(['1m', '5m', '30m', '1h', '1d'] as const),
  maxDisorderMs: 5000,
  maxLateMs: 3_600_000,
  maxFutureMs: 300_000,
  maxSeries: 100_000,
  scheduler: asyncScheduler,
})

/** Accepts window lengths. */
export const windowsCheck: Check = (value) => (parseLevels(value) === undefined ? levelsRule : undefined)

type CheckedOptions = typeof defaultRollupOptions & Pick<RollupOptions, 'problems'>

const checks: Checks<CheckedOptions> = {
  windows: windowsCheck,
  maxDisorderMs: wholeNumber(0),
  maxLateMs: wholeNumber(0),
  maxFutureMs: wholeNumber(0),
  maxSeries: wholeNumber(1),
  scheduler: port('now', 'schedule'),
  problems: optional(port('next')),
}

/** The error of a wrong option. */
export const badOption = (message: string): RollupError => new RollupError('ROLLUP_BAD_OPTION', message)

/** Options with their windows as levels. */
export function resolveRollup(
  given: RollupOptions | undefined,
): CheckedOptions & { readonly levels: readonly [Level, ...Level[]] } {
  const options = resolveOptions<CheckedOptions>(defaultRollupOptions, given, checks, badOption)
  const levels = parseLevels(options.windows)
  if (levels === undefined) throw badOption(`option "windows" must be ${levelsRule}`)
  return { ...options, levels }
}
