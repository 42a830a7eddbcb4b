import { JournalError } from '../errors.ts'

/** What a frame says of the history of its journal. */
export interface FrameHistory {
  readonly firstSeq: number
  readonly lastSeq: number
  /** Checksum of all records before it; 0 where that is not known. */
  readonly historyBefore: number
  /** Checksum of all records up to its last one. */
  readonly historyAfter: number
}

/**
 * Whether the journal of a frame is another one than that in which this place was noted. A place in the frame or at its end goes
 * by the whole frame; one right before it by what the frame says of the past. Of any other the frame says nothing.
 */
export function contradicts(
  { firstSeq, lastSeq, historyBefore, historyAfter }: FrameHistory,
  { seq, checksum = 0 }: { readonly seq: number; readonly checksum?: number | undefined },
): boolean {
  if (checksum === 0) return false
  if (seq === firstSeq - 1) return historyBefore !== 0 && historyBefore !== checksum
  // Of a copy that an earlier release made, which wrote no history, nothing is known.
  const isKnown = historyBefore !== 0 || firstSeq === 1
  return isKnown && firstSeq <= seq && seq <= lastSeq && historyAfter !== checksum
}

/** The histories are known to differ where the follower stands; from which record on is not. */
export const partedBefore = (journalId: string, seq: number): JournalError =>
  new JournalError(
    'JOURNAL_DIVERGED',
    `journal ${journalId} has another history than what was taken of it: they part at record ${seq} or before; it was restored or copied and went on by itself, take it over from the beginning into a new target`,
    { journalId, seq },
  )

/** What was taken over is not in the journal. */
export const endsBefore = (journalId: string, headSeq: number, position: number): JournalError =>
  new JournalError(
    'JOURNAL_DIVERGED',
    `journal ${journalId} ends at ${headSeq}, but ${position} was taken of it already: they part at record ${headSeq + 1} or before; it lost records or was restored from an older copy, take it over from the beginning into a new target`,
    { journalId, seq: headSeq + 1, headSeq, position },
  )
