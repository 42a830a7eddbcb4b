import { createProblemReporter, type Clock, type ProblemListener } from '@tocsin/core'
import { noop, of } from 'rxjs'

import type { ReportRollupProblem, RollupProblem } from './problem.ts'

/** Tells a listener of problems; one that throws ends nothing, rxjs reports its error. */
export function reportTo(
  listener: ProblemListener<RollupProblem> | undefined,
  clock: Clock,
): ReportRollupProblem {
  const guarded = listener && {
    next: (problem: RollupProblem): void =>
      void of(problem).subscribe({ next: (one) => listener.next(one), error: noop }),
    get observed() {
      return listener.observed !== false
    },
  }
  return createProblemReporter<RollupProblem>({ from: 'rollup', clock, listener: guarded })
}
