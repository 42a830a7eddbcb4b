import type { FileSystem } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import { startsFrameOf } from '../format/frame.ts'
import type { Positions } from '../format/positions.ts'
import type { SegmentHeader } from '../format/segment-header.ts'
import { segmentHeaderBytes, segmentName, segmentSalt } from '../format/segment-header.ts'
import { reportGap } from '../problems.ts'
import type { Gap } from '../reading-types.ts'
import type { FoundSegment } from '../segments/segment-scan.ts'
import { withFile } from '../segments/segment-scan.ts'
import type { Segment, Segments } from '../segments/segments.ts'
import { createSegments } from '../segments/segments.ts'
import type { JournalProblem, RecoveryReport, Report } from '../status-types.ts'
import type { PlacedSegment, RecoveryInput } from './placed-segments.ts'
import { findSegments, placeSegments, sealSegments } from './placed-segments.ts'
import type { NextSegment, TailEnd } from './settle-tail.ts'
import { reportAhead, settleTail } from './settle-tail.ts'

/** The segments in order, and what was found on the way. */
export interface Recovered {
  readonly segments: Segments
  /** Number of the next segment file. */
  readonly nextSegment: number
  /** One above that of the last writer. */
  readonly epoch: number
  /** How far the records of other journals have come. */
  readonly positions: Positions
  readonly tornBytes: number
  readonly rewrittenRecords: number
  readonly gaps: readonly Gap[]
}

/**
 * Finds the end of a journal. Of the newest segment every frame is read; an older one ends where the next one's fence says, and
 * what is wrong inside shows when it is read. Nothing is changed except that a tail that may not be durable is written again,
 * so that opening twice gives the same.
 */
export async function recover(input: RecoveryInput): Promise<Recovered> {
  const { report } = input
  const found = await findSegments(input)
  const nextSegment = nextNumber(found.all)
  const epoch = highest(found.ours, ({ epoch }) => epoch) + 1
  const { live, dead } = await placeSegments(found.ours, input)
  const evictedSeq = highest(found.ours, ({ evictedSeq }) => evictedSeq)
  const gaps: Gap[] = []
  const tail = live.at(-1)
  const older = await sealSegments(live, input, gaps)
  const end = await settleEnd(tail, older, input, { evictedSeq, nextSegment, epoch }, gaps)
  const lost = await findLostEnd(input.fileSystem, input.journalId, dead, tail?.found.segment ?? 0)
  const base = tail?.baseSeq ?? end.lastSeq + 1
  const oldest = older[0] ?? end.segments[0]
  const missing = oldest && missingStart(oldest, dead, evictedSeq, input, gaps)
  const rest = dead.filter((found) => found !== lost && found.path !== missing?.path)
  for (const { path, unfinished } of rest) if (!unfinished) reportUnsound(path, report)
  // Files without a single sound byte hold no records; they go when the segment behind them goes.
  const junk = rest.map((found) => unsound(found, base, base - 1))
  const kept = [...(missing ? [missing] : []), ...older, ...junk, ...end.segments]
  let { lastSeq } = end
  if (lost !== undefined) {
    const known = end.segments.at(-1)?.lastSeq ?? 0
    // How many it held is not known, but no record takes less than a byte: no number is given twice.
    lastSeq = Math.max(lastSeq, known + lost.bytes)
    kept.push(unsound(lost, known + 1, lastSeq))
    gaps.push({ fromSeq: known + 1, toSeq: lastSeq, reason: 'corrupt' })
  }
  // Where nothing is left, the problem "cursor-ahead" has told it.
  if (kept.length > 0) for (const gap of gaps) reportGap(report, gap)
  return {
    segments: createSegments(kept, lastSeq, evictedSeq),
    nextSegment: nextSegment + Math.max(0, end.segments.length - 1),
    epoch,
    positions: end.positions,
    tornBytes: end.tornBytes,
    rewrittenRecords: end.rewrittenRecords,
    gaps: [...gaps, ...end.lost].sort((one, other) => one.fromSeq - other.fromSeq),
  }
}

const unsound = ({ segment, path, bytes }: FoundSegment, baseSeq: number, lastSeq: number): Segment => ({
  ...{ segment, path, bytes, baseSeq, lastSeq },
  ...{ time: 0, fence: undefined, headerChain: undefined, chain: 0, history: 0 },
})

/**
 * What comes before the oldest segment and a subscriber waits for, as a segment of which nothing can be read: it was removed by
 * others, or nothing in it is sound.
 */
function missingStart(
  { segment, baseSeq, fence }: Segment,
  dead: readonly FoundSegment[],
  evictedSeq: number,
  { directory, neededSeq }: RecoveryInput,
  gaps: Gap[],
): Segment | undefined {
  const fromSeq = Math.max(neededSeq, evictedSeq + 1)
  // What was given numbers behind the end of the segment before was never in it.
  const ended = fence !== undefined && fence.segment > 0
  const toSeq = ended ? Math.min(fence.lastSeq, baseSeq - 1) : baseSeq - 1
  if (fromSeq > toSeq) return undefined
  const number = ended ? fence.segment : segment - 1
  const path = `${directory}/${segmentName(number)}`
  const found = dead.find((one) => one.path === path)
  const { bytes = 0 } = found ?? {}
  gaps.unshift({ fromSeq, toSeq, reason: bytes > segmentHeaderBytes ? 'corrupt' : 'missing-segment' })
  const file = found ?? { segment: number, path, bytes, header: undefined, unfinished: true }
  return { ...unsound(file, fromSeq, toSeq), missing: true }
}

const reportUnsound = (path: string, report: Report): void =>
  report({
    reason: 'corrupt',
    file: path,
    message: `${path} has the name of a segment and not a single sound byte; whatever it held is lost, and it goes when the segments before it are read`,
  })

async function settleEnd(
  tail: PlacedSegment | undefined,
  older: readonly Segment[],
  input: RecoveryInput,
  next: NextSegment,
  gaps: Gap[],
): Promise<TailEnd> {
  if (tail !== undefined) return settleTail(tail, older, input, next, gaps)
  if (input.maxAcked > 0) reportAhead(input, 0, gaps)
  return {
    segments: [],
    lastSeq: input.maxAcked,
    tornBytes: 0,
    rewrittenRecords: 0,
    positions: new Map(),
    lost: [],
  }
}

/** Numbers that no writer ever comes to are strays: the name behind the highest of them would be no segment's. */
const highestNumber = 2 ** 48

const nextNumber = (taken: readonly number[]): number =>
  taken.reduce((most, number) => (number > highestNumber ? most : Math.max(most, number)), 0) + 1

/** There may be more segments than a call takes arguments. */
const highest = (found: readonly FoundSegment[], of: (header: SegmentHeader) => number): number =>
  found.reduce((most, { header }) => (header === undefined ? most : Math.max(most, of(header))), 0)

const chunkBytes = 1024 * 1024

/**
 * The newest file, where it may have held records that were durable although not one of its bytes is sound: the disk refuses to
 * read it, no crash explains what stands in place of its header, or a second frame was begun in it, which happens only after the
 * first one was on the disk. A file that a crash left while it was being begun has none of these.
 */
async function findLostEnd(
  fileSystem: FileSystem,
  journalId: string,
  dead: readonly FoundSegment[],
  newestSound: number,
): Promise<FoundSegment | undefined> {
  const newest = dead.at(-1)
  if (newest === undefined || newest.segment < newestSound || newest.bytes <= segmentHeaderBytes)
    return undefined
  if (!newest.unfinished) return newest
  return (await heldRecords(fileSystem, newest, segmentSalt(journalId, newest.segment))) ? newest : undefined
}

async function heldRecords(
  fileSystem: FileSystem,
  { path, bytes }: FoundSegment,
  salt: number,
): Promise<boolean> {
  let begun = 0
  try {
    await withFile(fileSystem, path, async (file) => {
      for (let at = segmentHeaderBytes; at < bytes && begun < 2; at += chunkBytes) {
        // Far enough to see what begins at its end.
        const chunk = new Uint8Array(Math.min(chunkBytes + 16, bytes - at))
        const read = await file.read(chunk, at)
        for (let offset = 0; offset < Math.min(read, chunkBytes) && begun < 2; offset += 8) {
          if (startsFrameOf(chunk.subarray(offset, Math.min(read, offset + 16)), salt)) begun += 1
        }
      }
    })
  } catch (error) {
    if (codeOf(error) === 'EIO') return true
    throw error
  }
  return begun >= 2
}

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
