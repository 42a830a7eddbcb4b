import { type Clock, createProblemReporter, type ProblemListener, type ReportProblem } from '@tocsin/core'
import { noop, of } from 'rxjs'

import type { FaultProblem } from '../model/fault-problem.ts'

/** Passes problems on to who listens. A listener that throws ends nothing; rxjs reports its error. */
export const createReporter = (
  problems: ProblemListener<FaultProblem> | undefined,
  clock: Clock,
): ReportProblem<FaultProblem> =>
  createProblemReporter<FaultProblem>({ from: 'fault', clock, listener: problems && guard(problems) })

const guard = (listener: ProblemListener<FaultProblem>): ProblemListener<FaultProblem> => ({
  next: (problem) => void of(problem).subscribe({ next: (one) => listener.next(one), error: noop }),
  get observed() {
    return listener.observed !== false
  },
})
