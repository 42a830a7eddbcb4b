import type { Clock } from '@tocsin/core'
import { asapScheduler, asyncScheduler } from 'rxjs'

/**
 * Measures how long something takes, by a clock of the machine that nobody sets; ms, of which only differences count. In a virtual
 * time, by that.
 */
export const machineStopwatch: Clock = {
  now: () => (isVirtual() ? asyncScheduler.now() : performance.now()),
}

/** Whether another time took the place of `asyncScheduler`'s, or, as the `TestScheduler` of rxjs does, of that of all schedulers. */
function isVirtual(): boolean {
  if (asyncScheduler.now !== asapScheduler.now) return true
  const before = Date.now()
  const now = asyncScheduler.now()
  return now < before || now > Date.now()
}
