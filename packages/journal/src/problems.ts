import type { Clock, Logger } from '@tocsin/core'
import { createProblemReporter, silentLogger } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { Subject } from 'rxjs'

import type { Gap, GapReason } from './reading-types.ts'
import type { JournalProblem, JournalProblemReason, Report } from './status-types.ts'

/** Takes problems and passes them on. */
export interface ProblemLog {
  readonly report: Report
  readonly problems: Observable<JournalProblem>
  readonly count: number
  /** The problems so far, all of them; from now on none are kept. */
  takeEarly(): readonly JournalProblem[]
  complete(): void
}

/** Told by a rejection to whoever appends, or only by the way: where nobody listens, no warning of the process is needed. */
const toldElsewhere: ReadonlySet<JournalProblemReason> = new Set([
  'disk-full',
  'fenced',
  'quarantined',
  'quarantine-full',
])

export function createProblemLog(clock: Clock, logger: Logger): ProblemLog {
  const subject = new Subject<JournalProblem>()
  const hasLogger = logger !== silentLogger
  let early: JournalProblem[] | undefined = []
  let count = 0
  const listener = {
    get observed() {
      return hasLogger || subject.observed
    },
    next: (problem: JournalProblem): void => {
      try {
        logger.warn(problem, problem.message)
      } catch {
        // A logger that fails must not stop a write halfway; the problem is counted and on `problems`.
      }
      subject.next(problem)
    },
  }
  const tell = createProblemReporter<JournalProblem>({ from: 'journal', clock, listener })
  return {
    report: (problem) => {
      count += 1
      if (early !== undefined) {
        // Nobody can listen yet; they are all in the report of the recovery.
        const told = { ...problem, type: 'problem' as const, from: 'journal', time: clock.now(), count: 1 }
        early.push(told)
        listener.next(told)
      } else if (listener.observed || !toldElsewhere.has(problem.reason)) {
        const { reason, ...facts } = problem
        tell(reason, () => facts)
      }
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
