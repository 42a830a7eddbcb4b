import type { Clock, Sample } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'

import { messageOf } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceBase } from '../source/source-base.ts'
import type { SourceRun } from '../source/source.ts'
import { createWaker } from '../source/waker.ts'
import { tickAfter, tickAtOrBefore } from '../ticking/ticks.ts'

/** What is read. */
export interface Readings<Reading> {
  /** What it is of, for sentences: `machine`. */
  readonly of: string
  /** Members of a reading that not all have: each that is absent is told once. */
  readonly parts: readonly (keyof Reading & string)[]
  readonly read: () => PromiseLike<Reading>
  readonly samples: (reading: Reading, tick: number) => readonly Sample[]
}

/** Takes a reading once a period, at whole multiples of it since the Unix epoch, one at a time; gives what ends it. */
export function readPeriodically<Reading>(
  base: SourceBase<ProblemReason>,
  options: { readonly clock: Clock; readonly scheduler: SchedulerLike; readonly periodMs: number },
  run: SourceRun<Sample>,
  readings: Readings<Reading>,
): () => void {
  const { clock, scheduler, periodMs } = options
  const readAt = createReader(base, readings, run)
  let due = tickAfter(clock.now(), periodMs, 0)
  const waker = createWaker(clock, scheduler, (now) => {
    if (now >= due) {
      const tick = tickAtOrBefore(now, periodMs, 0)
      base.stats.dropped += (tick - due) / periodMs
      readAt(tick)
    }
    due = tickAfter(now, periodMs, 0)
    waker.arm(due)
  })
  waker.arm(due)
  return () => waker.stop()
}

/** Takes one reading at a time; a failed one is a problem. */
function createReader<Reading>(
  base: SourceBase<ProblemReason>,
  { of, parts, read, samples: samplesOf }: Readings<Reading>,
  run: SourceRun<Sample>,
): (tick: number) => void {
  let reading = false
  const missing = new Set<string>()
  const take = async (tick: number): Promise<void> => {
    try {
      const current = await read()
      for (const part of parts) {
        if (current[part] !== undefined || missing.has(part)) continue
        missing.add(part)
        base.report('not-available', `this ${of} does not tell its ${part}`)
      }
      const samples = samplesOf(current, tick)
      const finite = samples.filter(({ value }) => Number.isFinite(value))
      for (const { series } of samples.filter((sample) => !finite.includes(sample))) {
        base.stats.dropped += 1
        base.report('bad-value', `the reading gave no finite number for ${series.key}`, {
          series: series.key,
        })
      }
      run.emit(finite)
    } catch (error) {
      base.stats.dropped += 1
      base.report('reading-failed', `the ${of} could not be read: ${messageOf(error)}`)
    } finally {
      reading = false
    }
  }
  return (tick) => {
    base.stats.received += 1
    if (reading) {
      base.stats.dropped += 1
      base.report('still-running', 'the reading before is still running, this one is left out')
      return
    }
    if (!run.hasRoom) {
      base.stats.dropped += 1
      base.report('overflow', 'a reading was left out: those before wait to be acknowledged')
      return
    }
    reading = true
    void take(tick)
  }
}
