import type { Sample } from '@tocsin/core'

import type { ParseProblem } from '../problem.ts'

/** Where a parser puts what it finds, in the order of the bytes. */
export interface ParseSink {
  /** One value. */
  sample(sample: Sample): void
  /** One piece that could not be taken. */
  problem(problem: ParseProblem): void
}

/** A parser of whole lines: pure, no sockets, no clock. */
export interface LineParser {
  /**
   * Takes lines that end in LF or at the end of the bytes. Each line that is not blank gives either samples or one problem.
   * Never throws, whatever the bytes; keeps no reference to them.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch: the time of samples that bring none
   */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): void
}
