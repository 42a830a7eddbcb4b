import type { Clock, Logger } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { Subject } from 'rxjs'

import type { Gap, GapReason } from './reading-types.ts'
import type { JournalProblem, Report } from './status-types.ts'

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

export function reportGap(report: Report, gap: Gap): void {
  const why = {
    corrupt: 'are damaged on disk',
    'missing-segment': 'are in a segment file that is not there',
    evicted: 'were removed to make room',
    lost: 'were given numbers and never became durable',
  }
  report({
    ...gap,
    message: `records ${gap.fromSeq} to ${gap.toSeq} ${why[gap.reason]}; their subscribers get a gap`,
  })
}

/** Counts the gaps that readers come upon. */
export interface GapCounter {
  readonly report: Report
  readonly counts: Readonly<Record<GapReason, number>>
}

export function createGapCounter(report: Report): GapCounter {
  const counts: Record<GapReason, number> = { corrupt: 0, 'missing-segment': 0, evicted: 0, lost: 0 }
  return {
    counts,
    report: (problem) => {
      const { reason } = problem
      if (Object.hasOwn(counts, reason)) counts[reason as GapReason] += 1
      report(problem)
    },
  }
}
