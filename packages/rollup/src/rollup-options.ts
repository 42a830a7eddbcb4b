import { optional, port, resolveOptions, type Checks, type ProblemListener } from '@tocsin/core'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import { badOption } from './errors.ts'
import type { RollupProblem } from './problem.ts'
import { defaultWindowEngineOptions, windowChecks, type WindowEngineOptions } from './window-options.ts'

/** How {@link rollup} forms windows, and what bounds it. */
export interface RollupOptions extends WindowEngineOptions {
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
} = Object.freeze({ ...defaultWindowEngineOptions, scheduler: asyncScheduler })

type CheckedOptions = typeof defaultRollupOptions & Pick<RollupOptions, 'problems'>

const checks: Checks<CheckedOptions> = {
  ...windowChecks,
  scheduler: port('now', 'schedule'),
  problems: optional(port('next')),
}

/** Checks the options. The windows are copied: who changes his own afterwards changes nothing here. */
export function resolveRollup(given: RollupOptions | undefined): CheckedOptions {
  const options = resolveOptions<CheckedOptions>(defaultRollupOptions, given, checks, badOption)
  return { ...options, windows: [...options.windows] }
}
