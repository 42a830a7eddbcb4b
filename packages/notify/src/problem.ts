import type { Problem } from '@tocsin/core'

/**
 * What was wrong. `'overflow'`: a signal was dropped because too many inputs wait. `'store-failed'`: what was decided is not stored, told
 * again with each attempt to store it. `'bad-policy'`: a policy of a stream does not hold, and the one before it stays.
 * `'policies-failed'`, `'commands-failed'`: no more of them come. `'still-open-failed'`: a detector that was asked did not answer.
 * `'heartbeat-failed'`: it was not taken.
 */
export type NotifyProblemReason =
  | 'bad-policy'
  | 'commands-failed'
  | 'heartbeat-failed'
  | 'overflow'
  | 'policies-failed'
  | 'still-open-failed'
  | 'store-failed'

/** Something was wrong and was survived; `from` is `'notify'`. */
export type NotifyProblem = Problem<NotifyProblemReason>
