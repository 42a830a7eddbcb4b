import { type Defined, resolveOptions, wholeNumber } from '@tocsin/core'
import { type Observable, share } from 'rxjs'

import { badOption } from '../errors.ts'
import { maxTimerMs } from '../option-checks.ts'
import type { Check, CheckResult } from './check.ts'
import { checks } from './checks.ts'

/** How often {@link watch} looks. */
export interface WatchOptions {
  /**
   * Time between runs, ms, from 1000.
   * @defaultValue 1000
   */
  readonly periodMs?: number | undefined
}

/** The defaults of {@link watch}. */
export const defaultWatchOptions: Readonly<Defined<WatchOptions>> = Object.freeze({ periodMs: 1000 })

/**
 * Results of a check more often than it runs in its set, for as long as somebody looks: for a page, not for a store.
 *
 * All who subscribe share the runs, which begin with the first and end with the last of them.
 *
 * - Emits: each result, as {@link checks} does.
 * - Completes, errors: never.
 * - Memory: that of one check.
 * - Time: a run is given up 10 ms before the next one.
 */
export function watch(check: Check, options: WatchOptions = {}): Observable<CheckResult> {
  const { periodMs } = resolveOptions<Defined<WatchOptions>>(
    defaultWatchOptions,
    options,
    { periodMs: wholeNumber(1000, maxTimerMs) },
    badOption,
  )
  return checks([{ check, periodMs, timeoutMs: periodMs - 10 }]).pipe(share())
}
