import type { Sample } from '@tocsin/core'

import type { CheckReason, CheckResult } from '../checks/check.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { SourceRun } from '../source/source.ts'
import type { ReadingListener } from './reading-check.ts'

/** Hands on what readings give, and counts and tells what they do not. */
export interface ReadingReport extends ReadingListener {
  /** What became of a tick. */
  result(result: CheckResult): void
}

export function createReadingReport(of: string, run: SourceRun<Sample, ProblemReason>): ReadingReport {
  let lacked: readonly string[] = []
  let measured = 0

  /** A run takes so many samples and no more. */
  function tellCut(taken: number): void {
    const count = measured - taken
    measured = 0
    if (count <= 0) return
    run.stats.dropped += count
    run.report('too-many-values', `the ${of} tells more than ${taken} values, the rest is left out`, {
      count,
    })
  }

  return {
    measured: () => (measured += 1),
    lacks(parts) {
      for (const part of parts)
        if (!lacked.includes(part)) run.report('not-available', `this ${of} does not tell its ${part}`)
      lacked = parts
    },
    notFinite(series) {
      run.stats.dropped += 1
      run.report('bad-value', `the reading gave no finite number for ${series}`, { series })
    },
    result({ time, reason, status, missed = 0, samples }) {
      const count = 1 + missed
      run.stats.received += count
      if (reason !== undefined) {
        run.stats.dropped += count
        run.report(...problemOf(of, reason, status), { count })
      }
      if (samples.length > 0) tellCut(samples.length)
      // Of a run that was cut or failed, what it had told by then.
      run.emit(samples.map((sample) => ({ ...sample, time })))
    },
  }
}

function problemOf(of: string, reason: CheckReason, status: string): readonly [ProblemReason, string] {
  switch (reason) {
    case 'not-good':
      return ['overflow', status]
    case 'still-running':
      return ['still-running', 'the reading before is still running, this one is left out']
    case 'missed':
    case 'queued':
    case 'removed':
      return ['overloaded', `a reading of the ${of} ${status}`]
    case 'no-answer':
    case 'not-asked':
    case 'wrong-outcome':
    case 'timed-out':
      return ['reading-failed', `the ${of} could not be read: ${status}`]
  }
}
