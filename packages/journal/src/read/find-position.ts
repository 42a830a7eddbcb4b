import { codeOf } from '../errors.ts'
import { segmentSalt } from '../format/segment-header.ts'
import { badOption } from '../options.ts'
import type { ReadPosition } from '../reading-types.ts'
import { createFrameReader } from '../segments/frame-reader.ts'
import { withFile } from '../segments/segment-scan.ts'
import type { KeptSegments, Segment } from '../segments/segments.ts'
import type { FrameSourceInput } from './frame-source.ts'

type Input = Pick<FrameSourceInput, 'fileSystem' | 'journalId'> & { readonly segments: KeptSegments }

export function isReadPosition(position: unknown): position is ReadPosition {
  if (position === 'oldest') return true
  if (typeof position !== 'object' || position === null || Object.keys(position).length !== 1) return false
  if ('seq' in position) return Number.isSafeInteger(position.seq) && (position.seq as number) >= 1
  return 'time' in position && Number.isFinite(position.time)
}

/** Throws `JOURNAL_BAD_OPTION` for anything but a {@link ReadPosition}. */
export function checkPosition(position: unknown): asserts position is ReadPosition {
  if (isReadPosition(position)) return
  throw badOption(`a position is "oldest", { seq: 1, 2, 3 … } or { time: ms since the Unix epoch }`)
}

/** The position right before the first record that is wanted. */
export async function findPosition(input: Input, position: ReadPosition): Promise<number> {
  if (position === 'oldest') return input.segments.firstSeq - 1
  return ('seq' in position ? position.seq : await findTime(input, position.time)) - 1
}

/**
 * As {@link findPosition}; where records that were written at that time or later may have been removed, right before the first
 * that is not known to be older.
 */
export async function findWithRemoved(input: Input, position: ReadPosition): Promise<number> {
  if (position === 'oldest') return input.segments.startSeq - 1
  const afterSeq = await findPosition(input, position)
  if ('seq' in position) return afterSeq
  const { firstSeq } = input.segments
  const [oldest] = input.segments.list()
  // What was removed had been written before the oldest segment was begun; of a damaged header the time is not known.
  const allOlder = oldest !== undefined && oldest.time > 0 && oldest.time < position.time
  return afterSeq >= firstSeq || allOlder ? afterSeq : 0
}

/**
 * The first record of the first durable frame that was written at this time or later, by the writer's clock; one above the
 * newest where there is none. Reads about one segment. After a clock was set back several places fit, and any may be found.
 */
async function findTime(input: Input, time: number): Promise<number> {
  const { segments } = input
  const list = segments.list()
  // A segment is begun with its first frame: what lies before the next segment's time may be in the one before it.
  const next = list.findIndex((segment) => segment.time >= time)
  let from = Math.max(0, (next < 0 ? list.length : next) - 1)
  // The time of a damaged header is not known.
  while (from > 0 && list[from]?.time === 0) from -= 1
  for (const segment of list.slice(from)) {
    const found = await findIn(input, segment, time)
    if (found !== undefined) return found
  }
  return segments.lastSeq + 1
}

async function findIn(
  { fileSystem, journalId }: Input,
  { path, segment, headerChain, bytes, baseSeq, lastSeq }: Segment,
  time: number,
): Promise<number | undefined> {
  try {
    return await withFile(fileSystem, path, async (file) => {
      const frames = createFrameReader(file, segmentSalt(journalId, segment), headerChain)
      for (let frame = await frames.next(bytes); frame; frame = await frames.next(bytes)) {
        const { count } = frame
        if (count === 0 || frame.baseSeq < baseSeq || frame.baseSeq > lastSeq) continue
        if (frame.time >= time) return frame.baseSeq
      }
      return undefined
    })
  } catch (error) {
    // Removed meanwhile: what is wanted lies behind it.
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
