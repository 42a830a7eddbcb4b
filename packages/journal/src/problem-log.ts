import type { Clock, Logger } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { Subject } from 'rxjs'

import type { Report } from './disk/recovery.ts'
import type { JournalProblem } from './types.ts'

/** Takes problems, gives them their time, and passes them on. */
export interface ProblemLog {
  readonly report: Report
  readonly problems: Observable<JournalProblem>
  readonly count: number
  /** The problems so far; from now on none are kept. */
  takeEarly(): readonly JournalProblem[]
  complete(): void
}

export function createProblemLog(clock: Clock, logger: Logger): ProblemLog {
  const subject = new Subject<JournalProblem>()
  let early: JournalProblem[] | undefined = []
  let count = 0
  return {
    report: (problem) => {
      const timed = { ...problem, time: clock.now() }
      count += 1
      early?.push(timed)
      try {
        logger.warn(timed, problem.message)
      } catch {
        // A logger that fails must not stop a write halfway; the problem is counted and on `problems`.
      }
      subject.next(timed)
    },
    problems: subject.asObservable(),
    get count() {
      return count
    },
    takeEarly: () => {
      const problems = early ?? []
      early = undefined
      return problems
    },
    complete: () => subject.complete(),
  }
}
