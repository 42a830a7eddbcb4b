import type { Problem } from '@tocsin/core'

/**
 * What was wrong: what came in was not taken, or what was decided was not stored (`'store-failed'`, told again with each
 * decision as long as it lasts).
 */
export type NotifyProblemReason =
  'bad-signal' | 'bad-command' | 'commands-failed' | 'overflow' | 'store-failed'

/** Something was wrong and was survived; `from` is `'notify'`. */
export type NotifyProblem = Problem<NotifyProblemReason>
