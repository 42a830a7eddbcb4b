import type { Clock } from '@tocsin/core'
import { asapScheduler, asyncScheduler } from 'rxjs'

/**
 * Measures how long something takes, by a clock of the machine that nobody sets; ms, of which only differences count. In a virtual
 * time, by that: `asyncScheduler` has another time then than the schedulers that nobody replaces.
 */
export const machineStopwatch: Clock = {
  now: () => (asyncScheduler.now === asapScheduler.now ? performance.now() : asyncScheduler.now()),
}
