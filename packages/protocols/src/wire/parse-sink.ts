import type { Sample } from '@tocsin/core'

import type { ParseProblem } from '../source/problem.ts'

/** Where a parser puts what it finds, in the order of the bytes. */
export interface ParseSink {
  /** One value: an object of its own, on which a listener may say who sent it. */
  sample(sample: Sample): void
  /** One piece that could not be taken. */
  problem(problem: ParseProblem): void
}
