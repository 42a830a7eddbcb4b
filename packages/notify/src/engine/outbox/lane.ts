import { backoffMs } from './backoff.ts'
import type { RetryLimits } from './backoff.ts'
import type { Delivery } from './delivery.ts'
import { firstRank } from './rank.ts'
import { createReadyQueue } from './ready-queue.ts'

/** Messages that fail one after the other before a notifier counts as down. */
const failuresUntilDown = 8
/** Longest pause of its own choice between two attempts of a notifier that fails, ms. */
const maxPauseMs = 30_000

/**
 * What one notifier has to tell, and how much of it at a time. One that fails for one message after the other is down: then only one
 * attempt is made at a time, with growing pauses, until one succeeds; in turn of the most important message and of the one that was tried
 * least, so that what is important but fails for its own sake holds nobody up.
 */
export interface Lane<Waiting extends Delivery> {
  /** What may begin now, if anything. */
  next(now: number): Waiting | undefined
  /** Whether nothing may begin now, however important. */
  isPaused(now: number): boolean
  /** Takes in what may be tried from now on. */
  add(delivery: Waiting): void
  /** Takes it out of what waits. */
  delete(delivery: Waiting): void
  /** An attempt begins. */
  begin(delivery: Waiting): void
  /** An attempt is over. */
  end(): void
  /** An attempt arrived. */
  succeeded(): void
  /** An attempt failed for a reason that may be the notifier's own. */
  failed(id: string, now: number): void
  /** How long a message rests after that many attempts, ms: not for long while the notifier is down, since that is not its own fault. */
  backoffMs(attempts: number): number
  /** The receiver asked for a pause, of so many ms or of its own choice: nothing begins before its end, which is given back. */
  rest(retryAfterMs: number | undefined, now: number): number
  /** The clock was set back by so much, ms. */
  setBack(byMs: number): void
}

/** `wakeAt` is told when the lane must be looked at again, `undefined` where for no pause of its own. */
export function createLane<Waiting extends Delivery>(
  concurrency: number,
  limits: RetryLimits,
  random: () => number,
  wakeAt: (due: number | undefined) => void,
): Lane<Waiting> {
  const ready = createReadyQueue<Waiting>()
  const failing = new Set<string>()
  let sending = 0
  let pauses = 0
  /** End of the pause that the receiver asked for, and of the one before the next probe. */
  let askedUntil = -Infinity
  let probeAt = -Infinity
  const isDown = (): boolean => failing.size >= failuresUntilDown
  const pausedUntil = (): number => Math.max(askedUntil, probeAt)
  const short = { ...limits, maxDelayMs: Math.min(limits.maxDelayMs, maxPauseMs) }
  const pauseMs = (): number => {
    pauses += 1
    return backoffMs(short, pauses, random())
  }
  const arm = (): void => {
    wakeAt(pausedUntil() === -Infinity ? undefined : pausedUntil())
  }

  return {
    next: (now) => {
      if (now < pausedUntil()) return undefined
      if (isDown())
        return sending > 0 ? undefined : pauses % 2 === 0 ? leastTried(ready.items()) : ready.first()
      const first = ready.first()
      // The last place is kept for the worst, so that those that hang do not hold it up.
      const most = first?.rank === firstRank ? concurrency : Math.max(1, concurrency - 1)
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
      pauses = 0
      if (probeAt === -Infinity) return
      probeAt = -Infinity
      arm()
    },
    failed: (id, now) => {
      if (!isDown()) failing.add(id)
      // Those that were under way when it went down say nothing new.
      if (!isDown() || now < pausedUntil()) return
      probeAt = now + pauseMs()
      arm()
    },
    backoffMs: (attempts) => backoffMs(isDown() ? short : limits, attempts, random()),
    rest: (retryAfterMs = 0, now) => {
      const askedMs = Math.min(Math.max(0, retryAfterMs), limits.maxDelayMs) || 0
      const ownMs = now < pausedUntil() ? 0 : pauseMs()
      askedUntil = Math.max(askedUntil, now + Math.max(askedMs, ownMs))
      arm()
      return pausedUntil()
    },
    setBack: (byMs) => {
      askedUntil -= byMs
      probeAt -= byMs
      arm()
    },
  }
}

function leastTried<Waiting extends Delivery>(deliveries: Iterable<Waiting>): Waiting | undefined {
  let least: Waiting | undefined
  for (const delivery of deliveries) {
    if (delivery.attempts === 0) return delivery
    if (least === undefined || delivery.attempts < least.attempts) least = delivery
  }
  return least
}
