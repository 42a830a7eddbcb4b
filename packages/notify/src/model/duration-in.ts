import { parseDuration } from '@tocsin/core'
import type { Duration } from '@tocsin/core'

import type { BySeverity } from './policy.ts'
import type { Severity } from './signal.ts'

/** One duration for all severities or a map of them, ms for one severity; `undefined` where it is left out. */
export function durationIn(
  given: Duration | BySeverity<Duration> | undefined,
  severity: Severity,
): number | undefined {
  const duration = typeof given === 'string' ? given : given?.[`${severity}`]
  return duration === undefined ? undefined : parseDuration(duration)
}
