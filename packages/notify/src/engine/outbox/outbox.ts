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

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] }

interface Own extends Mutable<Delivery> {
  startedAt: number
  readonly queue: Queue
}

/** What waits for one notifier, and how much of each severity it is. */
interface Queue {
  readonly lane: Lane<Own>
  readonly counts: Record<Severity, number>
}

const severities: readonly Severity[] = [1, 2, 3, 4, 5]

/** An empty outbox. */
export function createOutbox({ notifiers, limits, timers, random }: OutboxParts): Outbox {
  const deliveries = new Map<string, Own>()
  const queues = new Map<string, Queue>()
  for (const [name, { concurrency }] of notifiers) {
    const wakeAt = (due: number | undefined): void => {
      timers.set('lane', name, due)
    }
    const lane = createLane<Own>(concurrency, limits, random, wakeAt)
    queues.set(name, { lane, counts: { 1: 0, 2: 0, 3: 0, 4: 0, 5: 0 } })
  }
  const queueOf = (name: string): Queue => {
    const queue = queues.get(name)
    if (queue === undefined) throw new RangeError(`no lane for the notifier ${name}`)
    return queue
  }
  const ready = (delivery: Own): void => {
    delivery.state = 'ready'
    delivery.retryAt = undefined
    delivery.queue.lane.add(delivery)
  }
  const restUntil = (delivery: Own, until: number): void => {
    delivery.state = 'resting'
    delivery.retryAt = until
    timers.set('retry', delivery.planned.id, until)
  }
  const begin = (delivery: Own, now: number): void => {
    delivery.queue.lane.begin(delivery)
    delivery.state = 'sending'
    delivery.attempts += 1
    delivery.startedAt = now
    timers.set('send', delivery.planned.id, now + limits.sendTimeoutMs)
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
        queue: queueOf(planned.notifier),
      }
      deliveries.set(planned.id, delivery)
      delivery.queue.counts[planned.severity] += 1
      // A clock that was set back must not make it wait for a time that went away.
      const until = Math.min(planned.notBefore ?? now, now + 2 * limits.maxDelayMs)
      if (until > now) restUntil(delivery, until)
      else ready(delivery)
    },
    rerank: (id, rank) => {
      const delivery = deliveries.get(id)
      if (delivery === undefined || delivery.rank === rank) return
      delivery.rank = rank
      if (delivery.state === 'ready') delivery.queue.lane.add(delivery)
    },
    remove: (id) => {
      const delivery = deliveries.get(id)
      if (delivery === undefined) return
      deliveries.delete(id)
      const { lane, counts } = delivery.queue
      counts[delivery.planned.severity] -= 1
      if (delivery.state === 'ready') lane.delete(delivery)
      else timers.set(delivery.state === 'sending' ? 'send' : 'retry', id, undefined)
      if (delivery.state === 'sending') lane.end()
    },
    start: (now) => {
      const started: Delivery[] = []
      for (const { lane } of queues.values()) {
        for (let delivery = lane.next(now); delivery !== undefined; delivery = lane.next(now)) {
          begin(delivery, now)
          started.push(delivery)
        }
      }
      return started
    },
    end: (ended, how, arrived, now) => {
      const delivery = own(ended)
      if (delivery?.state !== 'sending') return
      const {
        planned,
        queue: { lane },
      } = delivery
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
    backoffMs: ({ planned, attempts }) => queueOf(planned.notifier).lane.backoffMs(attempts),
    rest: (rested, until, now) => {
      const delivery = own(rested)
      if (delivery?.state !== 'resting') return
      delivery.spentMs += until - now
      restUntil(delivery, until)
    },
    restLane: (notifier, retryAfterMs, now) => queueOf(notifier).lane.rest(retryAfterMs, now),
    isPaused: (notifier, now) => queueOf(notifier).lane.isPaused(now),
    wake: (id) => {
      const delivery = deliveries.get(id)
      if (delivery?.state === 'resting') ready(delivery)
    },
    setBack: (byMs) => {
      for (const { lane } of queues.values()) lane.setBack(byMs)
      for (const delivery of deliveries.values()) {
        if (delivery.state === 'sending') {
          delivery.startedAt -= byMs
          timers.set('send', delivery.planned.id, delivery.startedAt + limits.sendTimeoutMs)
        } else if (delivery.retryAt !== undefined) restUntil(delivery, delivery.retryAt - byMs)
      }
    },
    waiting: (notifier) => {
      const counts = queues.get(notifier)?.counts
      if (counts === undefined) return { count: 0, worst: undefined }
      return {
        count: severities.reduce((sum, severity) => sum + counts[severity], 0),
        worst: severities.find((severity) => counts[severity] > 0),
      }
    },
  }
}
