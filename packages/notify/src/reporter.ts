import type { Clock } from '@tocsin/core'

import type { NotifyProblemObserver, NotifyProblemReason } from './problem.ts'

/** Tells problems and counts them by reason. */
export function createReporter(
  clock: Clock,
  problems: NotifyProblemObserver | undefined,
): (reason: NotifyProblemReason, message: string) => void {
  const counts = new Map<NotifyProblemReason, number>()
  return (reason, message) => {
    const count = (counts.get(reason) ?? 0) + 1
    counts.set(reason, count)
    problems?.next({ reason, message, time: clock.now(), count })
  }
}
