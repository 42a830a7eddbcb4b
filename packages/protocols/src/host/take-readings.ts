import type { Defined, Sample } from '@tocsin/core'

import type { Check } from '../checks/check.ts'
import type { Resolver } from '../checks/exchange/resolver.ts'
import { createCheckSet } from '../checks/running/check-set.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceRun } from '../source/source.ts'
import { createWaker } from '../source/waker.ts'
import { defaultCheckLimits } from '../ticking/check-limits.ts'
import { createReadingCheck, type Readings } from './reading-check.ts'
import type { ReadingOptions } from './reading-options.ts'
import { createReadingReport } from './reading-report.ts'

/** Takes readings as a set of one check runs it, with the samples at their ticks; gives what ends it. */
export function takeReadings<Reading extends object>(
  { periodMs, timeoutMs, clock, scheduler, stopwatch }: Defined<ReadingOptions>,
  run: SourceRun<Sample, ProblemReason>,
  readings: Readings<Reading>,
): () => void {
  const { of: name } = readings
  const report = createReadingReport(name, run)
  const reading = createReadingCheck(name, readings, report)
  const check: Check = {
    name,
    run: async (context) => (run.hasRoom ? reading.run(context) : context.found.unknown(noRoom)),
  }
  const set = createCheckSet(
    { ...defaultCheckLimits, maxMissed: 1 },
    { clock, stopwatch, resolver: noResolver },
    { result: (result) => report.result(result), moved: () => waker.arm(set.nextDue()) },
  )
  const waker = createWaker(clock, scheduler, () => set.wake())
  // However late a reading is, it tells the present, and it is the only one.
  const timing = { periodMs, timeoutMs, phaseMs: 0, host: name, maxLateMs: periodMs }
  set.define(new Map([[name, { name, check, timing, after: undefined, attempts: 1, retryMs: undefined }]]))
  return () => {
    waker.stop()
    set.stop()
  }
}

const noRoom = 'a reading was left out: those before wait to be acknowledged'

const noResolver: Resolver = { resolve: () => Promise.reject(new Error('a reading asks for no host')) }
