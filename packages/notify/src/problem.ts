import type { Clock } from '@tocsin/core'

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
  /** Problems with this reason since the last one shown that were counted but not shown: at most 10 a second are shown. */
  readonly suppressed: number
}

/** Somebody who is told of problems; a Subject fits. */
export interface NotifyProblemObserver {
  /** Takes one problem. */
  next(problem: NotifyProblem): void
}

const shownPerSecond = 10

/** Passes problems on, at most 10 per reason and second; tells of the others by number. */
export function createReporter(
  clock: Clock,
  problems: NotifyProblemObserver | undefined,
): (reason: NotifyProblemReason, message: string) => void {
  const recent = new Map<NotifyProblemReason, { second: number; shown: number; suppressed: number }>()
  return (reason, message) => {
    const time = clock.now()
    const second = Math.floor(time / 1000)
    const state = recent.get(reason) ?? { second, shown: 0, suppressed: 0 }
    recent.set(reason, state)
    if (state.second !== second) {
      state.second = second
      state.shown = 0
    }
    if (state.shown >= shownPerSecond) {
      state.suppressed += 1
      return
    }
    state.shown += 1
    const { suppressed } = state
    state.suppressed = 0
    problems?.next({ reason, message, time, suppressed })
  }
}
