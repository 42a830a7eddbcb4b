import type { RetryLimits } from './backoff.ts'
import type { Delivery } from './delivery.ts'
import { createLane } from './lane.ts'
import type { Lane } from './lane.ts'
import type { PlannedNotification } from '../../model/notification.ts'
import type { Severity } from '../../model/signal.ts'
import type { Rank } from './rank.ts'
import type { TimerQueue } from './timer-queue.ts'

/** What waits for one notifier, what is being sent included. */
export interface Waiting {
  readonly count: number
  /** The worst severity among it. */
  readonly worst: Severity | undefined
}

/** How an attempt ended: taken, refused for what it says, or failed for a reason that may be the notifier's own. */
type AttemptEnd = 'taken' | 'refused' | 'failed'

/** Everything that is planned and not settled, in a lane for each notifier. Its timers are `retry`, `lane` and `send`. */
export interface Outbox {
  readonly size: number
  get(id: string): Delivery | undefined
  /** Takes a notification in; one that may not be tried yet rests until then. `restored` ones may have been sent before. */
  add(planned: PlannedNotification, rank: Rank, restored: boolean, now: number): void
  /** What it is about has changed. */
  rerank(id: string, rank: Rank): void
  /** Settled or superseded. Of one that is being sent the answer is not heard any more. */
  remove(id: string): void
  /** Begins what may begin now, of each notifier the most important first. */
  start(now: number): Delivery[]
  /** The attempt that is under way is over; the delivery is to be removed or put to rest. */
  end(delivery: Delivery, how: AttemptEnd, arrived: 'no' | 'perhaps', now: number): void
  /** How long it rests after its latest attempt, ms. */
  backoffMs(delivery: Delivery): number
  /** Tries again from that moment on. */
  rest(delivery: Delivery, until: number, now: number): void
  /** Its receiver asked for a pause, of so many ms or of its own choice; gives the moment before which nothing begins. */
  restLane(notifier: string, retryAfterMs: number | undefined, now: number): number
  /** Whether nothing of this notifier may begin now. */
  isPaused(notifier: string, now: number): boolean
  /** The timer `retry` of this id is due. */
  wake(id: string): void
  /** The clock was set back by so much, ms: every pause and every attempt goes on for as long as it had left. */
  setBack(byMs: number): void
  /** What waits for this notifier. */
  waiting(notifier: string): Waiting
}

/** What an outbox is made of. */
export interface OutboxParts {
  readonly notifiers: ReadonlyMap<string, { readonly concurrency: number }>
  readonly limits: RetryLimits & { readonly sendTimeoutMs: number }
  readonly timers: TimerQueue
  /** From 0 to below 1. */
  readonly random: () => number
}

type Own = { -readonly [Name in keyof Delivery]: Delivery[Name] } & { startedAt: number; lane: Lane }

const severities: readonly Severity[] = [1, 2, 3, 4, 5]

/** An empty outbox. */
export function createOutbox({ notifiers, limits, timers, random }: OutboxParts): Outbox {
  const deliveries = new Map<string, Own>()
  const lanes = new Map<string, Lane>()
  const counts = new Map<string, Record<Severity, number>>()
  for (const [name, { concurrency }] of notifiers) {
    const wakeAt = (due: number | undefined): void => {
      timers.set('lane', name, due)
    }
    lanes.set(name, createLane(concurrency, limits, random, wakeAt))
    counts.set(name, { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 })
  }
  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name)
    if (lane === undefined) throw new RangeError(`no lane for the notifier ${name}`)
    return lane
  }
  const ready = (delivery: Own): void => {
    delivery.state = 'ready'
    delivery.retryAt = undefined
    delivery.lane.add(delivery)
  }
  const restUntil = (delivery: Own, until: number): void => {
    delivery.state = 'resting'
    delivery.retryAt = until
    timers.set('retry', delivery.planned.id, until)
  }
  const begin = (delivery: Own, now: number): void => {
    delivery.lane.begin(delivery)
    delivery.state = 'sending'
    delivery.attempts += 1
    delivery.startedAt = now
    timers.set('send', delivery.planned.id, now + limits.sendTimeoutMs)
  }
  const count = ({ notifier, severity }: PlannedNotification, by: 1 | -1): void => {
    const known = counts.get(notifier)
    if (known !== undefined) known[severity] += by
  }
  const own = ({ planned }: Delivery): Own | undefined => deliveries.get(planned.id)

  return {
    get size() {
      return deliveries.size
    },
    get: (id) => deliveries.get(id),
    add: (planned, rank, restored, now) => {
      const delivery: Own = {
        planned,
        rank,
        attempts: 0,
        arrived: restored ? 'perhaps' : 'no',
        state: 'ready',
        retryAt: undefined,
        spentMs: 0,
        startedAt: now,
        lane: laneOf(planned.notifier),
      }
      deliveries.set(planned.id, delivery)
      count(planned, 1)
      // A clock that was set back must not make it wait for a time that went away.
      const until = Math.min(planned.notBefore ?? now, now + 2 * limits.maxDelayMs)
      if (until > now) restUntil(delivery, until)
      else ready(delivery)
    },
    rerank: (id, rank) => {
      const delivery = deliveries.get(id)
      if (delivery === undefined || delivery.rank === rank) return
      delivery.rank = rank
      if (delivery.state === 'ready') delivery.lane.add(delivery)
    },
    remove: (id) => {
      const delivery = deliveries.get(id)
      if (delivery === undefined) return
      deliveries.delete(id)
      count(delivery.planned, -1)
      if (delivery.state === 'ready') delivery.lane.delete(delivery)
      else timers.set(delivery.state === 'sending' ? 'send' : 'retry', id, undefined)
      if (delivery.state === 'sending') delivery.lane.end()
    },
    start: (now) => {
      const started: Delivery[] = []
      for (const lane of lanes.values()) {
        for (let next = lane.next(now); next !== undefined; next = lane.next(now)) {
          const delivery = own(next)
          if (delivery === undefined)
            throw new RangeError(`${next.planned.id} waits, and is not in the outbox`)
          begin(delivery, now)
          started.push(delivery)
        }
      }
      return started
    },
    end: (ended, how, arrived, now) => {
      const delivery = own(ended)
      if (delivery?.state !== 'sending') return
      const { lane, planned } = delivery
      lane.end()
      timers.set('send', planned.id, undefined)
      delivery.state = 'resting'
      // What a machine sleeps through is no attempt.
      delivery.spentMs += Math.min(Math.max(0, now - delivery.startedAt), limits.sendTimeoutMs)
      if (arrived === 'perhaps') delivery.arrived = arrived
      if (how === 'taken') lane.succeeded()
      // What is refused for what it says tells nothing of the others.
      else if (how === 'failed') lane.failed(planned.id, now)
    },
    backoffMs: ({ planned, attempts }) => laneOf(planned.notifier).backoffMs(attempts),
    rest: (rested, until, now) => {
      const delivery = own(rested)
      if (delivery?.state !== 'resting') return
      delivery.spentMs += until - now
      restUntil(delivery, until)
    },
    restLane: (notifier, retryAfterMs, now) => laneOf(notifier).rest(retryAfterMs, now),
    isPaused: (notifier, now) => laneOf(notifier).isPaused(now),
    wake: (id) => {
      const delivery = deliveries.get(id)
      if (delivery?.state === 'resting') ready(delivery)
    },
    setBack: (byMs) => {
      for (const lane of lanes.values()) lane.setBack(byMs)
      for (const delivery of deliveries.values()) {
        if (delivery.state === 'sending') {
          delivery.startedAt -= byMs
          timers.set('send', delivery.planned.id, delivery.startedAt + limits.sendTimeoutMs)
        } else if (delivery.retryAt !== undefined) restUntil(delivery, delivery.retryAt - byMs)
      }
    },
    waiting: (notifier) => {
      const known = counts.get(notifier)
      if (known === undefined) return { count: 0, worst: undefined }
      return {
        count: severities.reduce((sum, severity) => sum + known[severity], 0),
        worst: severities.find((severity) => known[severity] > 0),
      }
    },
  }
}
