import type { Problem } from '@tocsin/core'

/** Why something that came in was not taken. */
export type NotifyProblemReason = 'bad-signal' | 'bad-command' | 'commands-failed' | 'overflow'

/** Something was wrong and was survived; `from` is `'notify'`. */
export type NotifyProblem = Problem<NotifyProblemReason>
