import type { Problem } from '@tocsin/core'

/**
 * What was wrong: no more commands come, a signal was dropped because too many inputs wait, or what was decided was not stored
 * (`'store-failed'`, told again with each decision as long as it lasts).
 */
export type NotifyProblemReason = 'commands-failed' | 'overflow' | 'store-failed'

/** Something was wrong and was survived; `from` is `'notify'`. */
export type NotifyProblem = Problem<NotifyProblemReason>
