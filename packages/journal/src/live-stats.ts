import type { CommitQueue } from './commit-queue.ts'
import type { Segments } from './disk/segments.ts'
import type { ProblemLog } from './problem-log.ts'
import type { Retention } from './retention.ts'
import type { JournalStats } from './types.ts'

/** The numbers of a journal, read anew each time from where they are kept. */
export function liveStats(
  counts: { readonly appended: number; readonly commits: number; readonly dropped: number },
  queue: Pick<CommitQueue<never>, 'pending'>,
  retention: Retention,
  problemLog: ProblemLog,
  segments: Segments,
): JournalStats {
  return {
    get appended() {
      return counts.appended
    },
    get commits() {
      return counts.commits
    },
    get dropped() {
      return counts.dropped
    },
    get evicted() {
      return retention.evicted
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
    get segments() {
      return segments.count
    },
    get firstSeq() {
      return segments.firstSeq
    },
    get lastSeq() {
      return segments.lastSeq
    },
  }
}
