import { createLane } from './lane.ts'
import type { Lane } from './lane.ts'
import type { PlannedNotification } from '../model/notification.ts'
import type { Severity } from '../model/signal.ts'
import type { RetryLimits } from './backoff.ts'
import type { Rank } from './rank.ts'
import type { TimerQueue } from './timer-queue.ts'

/** A planned notification on its way; only the outbox changes it. */
export interface Delivery {
  readonly planned: PlannedNotification
  readonly rank: Rank
  /** Attempts since the start of the program. */
  readonly attempts: number
  /** Whether it may have arrived although no attempt was answered so. One of an earlier life may have. */
  readonly arrived: 'no' | 'perhaps'
  readonly state: 'ready' | 'resting' | 'sending'
  /** While it rests: when it is tried again, ms since the Unix epoch. */
  readonly retryAt: number | undefined
  /** Time spent on attempts and on the pauses that were decided between them, ms. */
  readonly spentMs: number
}

/** What waits for one notifier. */
export interface Waiting {
  readonly count: number
  /** The worst severity among it. */
  readonly worst: Severity | undefined
}

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
  /** Begins what may begin now, the most important first. */
  start(now: number): Delivery[]
  /** An attempt arrived; the delivery still has to be removed. */
  arrived(id: string, now: number): void
  /** An attempt failed; the delivery has to be removed or put to rest. */
  failed(id: string, failure: AttemptFailure, now: number): void
  /** Tries again from that moment on. */
  rest(id: string, until: number, now: number): void
  /** Nothing of this notifier begins before that moment. */
  pause(notifier: string, until: number): void
  /** The timer `retry` of this id is due. */
  wake(id: string): void
  /** The clock was set back by so much, ms: every pause and every attempt goes on for as long as it had left. */
  setBack(byMs: number): void
  /** What waits for this notifier, what is being sent included. */
  waiting(notifier: string): Waiting
}
