import type { CommitQueue } from './commit-queue.ts'
import type { Quarantine } from './disk/quarantine.ts'
import type { SegmentWriter } from './disk/segment-writer.ts'
import type { Segments } from './disk/segments.ts'
import type { LatencyHistogram } from './engine/latency-histogram.ts'
import type { Limits } from './limits.ts'
import type { GapCounter, ProblemLog } from './problems.ts'
import type { JournalStats } from './status-types.ts'

/** What the journal itself counts. */
export interface Counts {
  appended: number
  commits: number
  dropped: number
  syncs: number
}

/** Where the numbers are kept. */
export interface StatsInput {
  readonly counts: Readonly<Counts>
  readonly queue: Pick<CommitQueue<never>, 'pending'>
  readonly writer: Pick<SegmentWriter, 'rewrites'>
  readonly limits: Limits
  readonly problemLog: ProblemLog
  readonly segments: Segments
  readonly gaps: GapCounter
  readonly quarantine: Pick<Quarantine, 'bytes'>
  readonly latency: LatencyHistogram
}

/** The numbers of a journal, read anew each time from where they are kept. */
export function liveStats(input: StatsInput): JournalStats {
  const { counts, queue, writer, limits, problemLog, segments, gaps, quarantine, latency } = input
  return {
    get appended() {
      return counts.appended
    },
    get commits() {
      return counts.commits
    },
    get syncs() {
      return counts.syncs
    },
    get rewrites() {
      return writer.rewrites
    },
    get dropped() {
      return counts.dropped
    },
    get evicted() {
      return limits.retention.evicted
    },
    get gaps() {
      return { ...gaps.counts }
    },
    get pending() {
      return queue.pending
    },
    get problems() {
      return problemLog.count
    },
    get bytes() {
      return segments.bytes
    },
    get quarantineBytes() {
      return quarantine.bytes
    },
    get freeBytes() {
      return limits.room.freeBytes
    },
    get segments() {
      return segments.count
    },
    get firstSeq() {
      return segments.firstSeq
    },
    get lastSeq() {
      return segments.lastSeq
    },
    get commitLatency() {
      return latency.snapshot()
    },
  }
}
