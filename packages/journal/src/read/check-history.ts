import { codeOf, JournalError } from '../errors.ts'
import { frameHistory } from '../format/frame.ts'
import { contradicts, endsBefore, partedBefore } from '../format/history.ts'
import { segmentSalt } from '../format/segment-header.ts'
import type { Position } from '../reading-types.ts'
import { createFrameReader } from '../segments/frame-reader.ts'
import { withFile } from '../segments/segment-scan.ts'
import type { KeptSegments, Segment } from '../segments/segments.ts'
import type { FrameSourceInput } from './frame-source.ts'

type Input = Pick<FrameSourceInput, 'fileSystem' | 'journalId' | 'lookAgain'> & {
  readonly segments: Pick<KeptSegments, 'lastSeq' | 'at'>
}

/**
 * Throws `JOURNAL_DIVERGED` where the position was noted in another history than this journal has, as far as what is kept tells:
 * the frame that it stands on, where that is gone the fence or the frame behind it. Reads at most one segment.
 */
export async function checkHistory(input: Input, position: Position): Promise<void> {
  const { journalId, segments } = input
  const { seq, checksum = 0 } = position
  if (position.journalId !== journalId) throw otherJournal(position, journalId)
  await input.lookAgain?.()
  if (seq > segments.lastSeq) throw endsBefore(journalId, segments.lastSeq, seq)
  if (seq === 0 || checksum === 0) return
  const known = toldAround(segments, seq)
  if (known !== 0 ? known !== checksum : await isContradicted(input, position)) {
    throw partedBefore(journalId, seq)
  }
}

/** The history up to a record that ends a segment; 0 where that is not known. */
function toldAround({ at }: Input['segments'], seq: number): number {
  const holder = at(seq)
  const next = at(seq + 1)
  if (holder?.lastSeq === seq && holder.history !== 0) return holder.history
  return next?.fence?.lastSeq === seq ? next.fence.history : 0
}

async function isContradicted(input: Input, position: Position): Promise<boolean> {
  const { at } = input.segments
  const { seq } = position
  for (const segment of new Set([at(seq), at(seq + 1)])) {
    if (segment === undefined || segment.baseSeq > seq + 1) continue
    const answer = await ask(input, segment, position)
    if (answer !== undefined) return answer
  }
  return false
}

/** What the frame that holds the position says, or the one right behind it; `undefined` where the segment has neither. */
async function ask(
  { fileSystem, journalId }: Input,
  { path, segment, headerChain, bytes, lastSeq }: Segment,
  position: Position,
): Promise<boolean | undefined> {
  try {
    return await withFile(fileSystem, path, async (file) => {
      const frames = createFrameReader(file, segmentSalt(journalId, segment), headerChain)
      for (let frame = await frames.next(bytes); frame; frame = await frames.next(bytes)) {
        const { baseSeq, count, body, history } = frame
        const end = baseSeq + count - 1
        if (body === undefined || count === 0 || end < position.seq || baseSeq > lastSeq) continue
        const told = { historyBefore: history, historyAfter: frameHistory(frame.bytes) }
        return contradicts({ firstSeq: baseSeq, lastSeq: end, ...told }, position)
      }
      return undefined
    })
  } catch (error) {
    // Removed meanwhile: it says nothing any more.
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

const otherJournal = ({ journalId, seq }: Position, here: string): JournalError =>
  new JournalError(
    'JOURNAL_POSITION',
    `the position is of journal ${journalId}, this is ${here}: it was made anew or is another one; begin without a position, or give each journal one of its own`,
    { journalId, seq },
  )
