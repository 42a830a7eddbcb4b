import { backoffMs } from './backoff.ts'
import type { RetryLimits } from './backoff.ts'
import type { Delivery } from './outbox.ts'
import { firstRank } from './rank.ts'
import { createReadyQueue } from './ready-queue.ts'

/** Messages that fail one after the other before a notifier counts as down. */
const failuresUntilDown = 8
/** Longest pause between two attempts to find out whether it still is, ms. */
const maxProbeDelayMs = 30_000

/**
 * What one notifier has to tell, and how much of it at a time. One that fails for one message after the other is down: then only one
 * attempt is made at a time, of the most important message, with growing pauses, until one succeeds.
 */
export interface Lane {
  /** Something waits that may begin now. */
  next(now: number): Delivery | undefined
  /** Whether nothing may begin now, however important. */
  isPaused(now: number): boolean
  /** Takes in what may be tried from now on. */
  add(delivery: Delivery): void
  /** Takes it out of what waits. */
  delete(delivery: Delivery): void
  /** An attempt begins. */
  begin(delivery: Delivery): void
  /** An attempt is over. */
  end(): void
  /** An attempt arrived. */
  succeeded(): void
  /** An attempt failed for a reason that may be the notifier's own. */
  failed(id: string, now: number): void
  /** Nothing begins before that moment: the receiver asked for it. */
  pause(until: number): void
  /** The clock was set back by so much, ms. */
  setBack(byMs: number): void
}

/** `wakeAt` is told when the lane must be looked at again, `undefined` where for no pause of its own. */
export function createLane(
  concurrency: number,
  limits: RetryLimits,
  random: () => number,
  wakeAt: (due: number | undefined) => void,
): Lane {
  const ready = createReadyQueue<Delivery>()
  const failing = new Set<string>()
  let sending = 0
  let probes = 0
  /** End of the pause that the receiver asked for, and of the one before the next probe. */
  let askedUntil = -Infinity
  let probeAt = -Infinity
  const isDown = (): boolean => failing.size >= failuresUntilDown
  const pausedUntil = (): number => Math.max(askedUntil, probeAt)
  const arm = (): void => {
    wakeAt(pausedUntil() === -Infinity ? undefined : pausedUntil())
  }

  return {
    next: (now) => {
      const first = ready.first()
      if (first === undefined || now < pausedUntil()) return undefined
      // The last place is kept for the worst, so that those that hang do not hold it up.
      const most = isDown() ? 1 : first.rank === firstRank ? concurrency : Math.max(1, concurrency - 1)
      return sending < most ? first : undefined
    },
    isPaused: (now) => now < pausedUntil(),
    add: (delivery) => {
      ready.add(delivery)
    },
    delete: (delivery) => {
      ready.delete(delivery)
    },
    begin: (delivery) => {
      ready.delete(delivery)
      sending += 1
    },
    end: () => {
      sending -= 1
    },
    succeeded: () => {
      failing.clear()
      probes = 0
      if (probeAt === -Infinity) return
      probeAt = -Infinity
      arm()
    },
    failed: (id, now) => {
      if (!isDown()) failing.add(id)
      // Those that were under way when it went down say nothing new.
      if (!isDown() || now < probeAt) return
      probes += 1
      const most = Math.min(limits.maxDelayMs, maxProbeDelayMs)
      probeAt = now + backoffMs({ ...limits, maxDelayMs: most }, probes, random())
      arm()
    },
    pause: (until) => {
      if (until <= askedUntil) return
      askedUntil = until
      arm()
    },
    setBack: (byMs) => {
      askedUntil -= byMs
      probeAt -= byMs
      arm()
    },
  }
}
