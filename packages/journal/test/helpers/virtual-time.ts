import type { VirtualTimeScheduler } from 'rxjs'

import { settle } from './journals.ts'

/** Lets time pass, and everything happen that it brings about. */
export async function advance(scheduler: VirtualTimeScheduler, ms: number): Promise<void> {
  const end = scheduler.frame + ms
  await settle()
  for (;;) {
    scheduler.maxFrames = scheduler.actions.reduce((next, { delay }) => Math.min(next, delay), Infinity)
    if (scheduler.maxFrames > end) break
    scheduler.flush()
    await settle()
  }
  scheduler.frame = end
}
