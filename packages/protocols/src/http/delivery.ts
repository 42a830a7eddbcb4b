import type { Sample } from '@tocsin/core'

import type { SourceRun } from '../source/source.ts'

/** A subscription, and what it has not acknowledged. */
export interface HttpRun {
  readonly run: SourceRun<Sample>
  /** Ends the wait for each. */
  readonly pending: Set<() => void>
}

/** What became of the samples of a request: `late` where the time was up first, `left` where a subscriber went before. */
export type Delivery = 'acknowledged' | 'late' | 'left'

/** Gives the samples of a request to all runs, and waits until all have acknowledged them. */
export function deliver(
  runs: readonly HttpRun[],
  samples: readonly Sample[],
  timeoutMs: number,
  // When none has still to acknowledge, which may be long after the answer.
  released: () => void,
): Promise<Delivery> {
  return new Promise((resolve) => {
    const waiting = new Set(runs)
    let delivery: Delivery = 'acknowledged'
    const timer = setTimeout(() => resolve('late'), timeoutMs)
    const settle = (one: HttpRun, outcome: Delivery): void => {
      if (!waiting.delete(one)) return
      if (outcome !== 'acknowledged') delivery = outcome
      if (waiting.size > 0) return
      clearTimeout(timer)
      resolve(delivery)
      released()
    }
    for (const one of runs) {
      const leave = (): void => settle(one, 'left')
      one.pending.add(leave)
      const taken = one.run.emit(samples, () => {
        one.pending.delete(leave)
        settle(one, 'acknowledged')
      })
      // The one before it may have ended this one.
      if (!taken) leave()
    }
  })
}

/** A run has ended: what it has not acknowledged it will not. */
export function abandon({ pending }: HttpRun): void {
  // A subscriber that leaves inside `next` acknowledges when that returns.
  queueMicrotask(() => {
    for (const leave of pending) leave()
    pending.clear()
  })
}
