import type { ReportProblem } from '@tocsin/core'
import type { Observer } from 'rxjs'

import type { FaultOutput } from '../engine/fault-output.ts'
import type { FaultEvent } from '../model/fault-event.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { FaultProblem } from '../model/fault-problem.ts'

/** Delivers what an engine tells, in its order. */
export interface Outbox<S extends FaultInput> {
  /** Whether something is being delivered right now. */
  readonly isBusy: boolean
  deliver(output: FaultOutput<S>): void
}

/** Delivers events to an observer, and problems beside them. */
export function createOutbox<S extends FaultInput>(
  observer: Pick<Observer<FaultEvent<S>>, 'next'>,
  report: ReportProblem<FaultProblem>,
): Outbox<S> {
  const outputs: FaultOutput<S>[] = []
  let isBusy = false
  return {
    get isBusy() {
      return isBusy
    },
    deliver(output) {
      // Most samples bring nothing about.
      if (output.events.length === 0 && output.problems.length === 0) return
      outputs.push(output)
      // An observer may feed the source from within: what comes of it waits until what is under way is told.
      if (isBusy) return
      isBusy = true
      try {
        for (let next = outputs.shift(); next !== undefined; next = outputs.shift()) {
          for (const event of next.events) observer.next(event)
          for (const { reason, ...facts } of next.problems) report(reason, () => facts)
        }
      } finally {
        isBusy = false
      }
    },
  }
}
