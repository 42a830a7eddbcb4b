/** Why something that came in was not taken. */
export type NotifyProblemReason = 'bad-signal' | 'bad-command' | 'commands-failed' | 'overflow'

/** Something that came in and was not taken. */
export interface NotifyProblem {
  /** Why. */
  readonly reason: NotifyProblemReason
  /** A sentence that says what and where. */
  readonly message: string
  /** When, by the operator's clock, ms since the Unix epoch. */
  readonly time: number
  /** Problems of this reason so far, this one included. */
  readonly count: number
}

/** Somebody who is told of problems; a Subject fits. */
export interface NotifyProblemObserver {
  /** Takes one problem. */
  next(problem: NotifyProblem): void
}
