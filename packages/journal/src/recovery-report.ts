import type { Recovered } from './disk/recovery.ts'
import type { JournalProblem, RecoveryReport } from './status-types.ts'

/** What opening found, for whoever opened. */
export function recoveryReport(
  { segments, tornBytes, rewrittenRecords, gaps }: Recovered,
  problems: readonly JournalProblem[],
): RecoveryReport {
  const { firstSeq, lastSeq, count } = segments
  return {
    firstSeq,
    lastSeq,
    records: lastSeq - firstSeq + 1,
    segments: count,
    tornBytes,
    rewrittenRecords,
    gaps,
    problems,
  }
}
