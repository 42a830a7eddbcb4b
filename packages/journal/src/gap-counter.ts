import type { Report } from './disk/recovery.ts'
import type { GapReason } from './reading-types.ts'

/** Counts the gaps that readers come upon. */
export interface GapCounter {
  readonly report: Report
  readonly counts: Readonly<Record<GapReason, number>>
}

export function createGapCounter(report: Report): GapCounter {
  const counts: Record<GapReason, number> = { corrupt: 0, 'missing-segment': 0, evicted: 0, lost: 0 }
  return {
    counts,
    report: (problem) => {
      const { reason } = problem
      if (Object.hasOwn(counts, reason)) counts[reason as GapReason] += 1
      report(problem)
    },
  }
}
