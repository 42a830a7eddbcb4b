import type { DeadReason } from '../model/event.ts'
import type { PlannedNotification } from '../model/notification.ts'
import type { Machine } from './machine.ts'

/** How a planned notification ended. */
export type Ending =
  | { readonly type: 'delivered' }
  | { readonly type: 'dead'; readonly reason: DeadReason; readonly arrived: 'no' | 'perhaps' }

/**
 * A planned notification ended, and the event of that was told: takes it out of outbox and state, notes what its place knows now, and
 * plans what follows.
 */
export declare function settle(
  machine: Machine,
  planned: PlannedNotification,
  ending: Ending,
  now: number,
): void
