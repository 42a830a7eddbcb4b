import {
  createProblemReporter,
  type Check,
  optional,
  port,
  type ProblemListener,
  type ReportProblem,
} from '@tocsin/core'
import type { Clock } from '@tocsin/core'
import { noop, of } from 'rxjs'

import type { Problem } from '../source/problem.ts'

/**
 * Why an operator did not take a sample as it is. `bad-name`: no series can be made of it, by the rules or with the tag `source`.
 * `no-source`: it says no source. `series-folded`: its series is beyond the cap, and it is counted in the one of overflow.
 * `too-many-series`, `too-many-sources`: there is no room, and it goes no further, or is not looked at.
 */
export type OperatorProblemReason =
  'bad-name' | 'no-source' | 'series-folded' | 'too-many-series' | 'too-many-sources'

/** Something that an operator did not do, as a value. At most 10 of a reason are shown in a second; `count` says how many it stands for. */
export type OperatorProblem = Problem<OperatorProblemReason>

/** Where an operator tells of problems. */
export interface ProblemOption {
  /**
   * Hears of samples that are not taken as they are; a `Subject` fits.
   * @defaultValue none: the first of each reason is a warning of the process
   */
  readonly problems?: ProblemListener<OperatorProblem> | undefined
}

/** What may be given as a listener. */
export const problemsCheck: Check = optional(port('next'))

/** Tells a listener of problems; one that throws ends nothing, rxjs reports its error. */
export function reportTo(
  from: string,
  listener: ProblemListener<OperatorProblem> | undefined,
  clock: Clock,
): ReportProblem<OperatorProblem> {
  const guarded = listener && {
    next: (problem: OperatorProblem): void =>
      void of(problem).subscribe({ next: (one) => listener.next(one), error: noop }),
    get observed() {
      return listener.observed !== false
    },
  }
  return createProblemReporter<OperatorProblem>({ from, clock, listener: guarded })
}
