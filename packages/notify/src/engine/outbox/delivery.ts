import type { PlannedNotification } from '../../model/notification.ts'
import type { Rank } from './rank.ts'

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
  /** Time spent on attempts and on the pauses that were decided between them, ms: what the deadline counts. */
  readonly spentMs: number
}
