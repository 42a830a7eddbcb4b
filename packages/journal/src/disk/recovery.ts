import type { FileSystem } from '@tocsin/core'

import type { Gap, JournalProblem } from '../types.ts'
import { rewriteTail } from './rewrite-tail.ts'
import { isUnfinishedSegment, segmentNumber } from './segment-header.ts'
import type { FoundSegment, SegmentScan } from './segment-scan.ts'
import { findSegment, scanSegment } from './segment-scan.ts'
import type { Segment, Segments } from './segments.ts'
import { createSegments } from './segments.ts'

/** Tells of a problem; the journal adds the time. */
export type Report = (problem: Omit<JournalProblem, 'time'>) => void

/** What is known before the segments are looked at. */
export interface RecoveryInput {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly journalId: string
  /** Lowest and highest acknowledged position of the subscribers; what was acknowledged had been durable. */
  readonly minAcked: number
  readonly maxAcked: number
  readonly report: Report
}

/** The segments in order, and what was found on the way. */
export interface Recovered {
  readonly segments: Segments
  /** Number of the next segment file. */
  readonly nextSegment: number
  readonly tornBytes: number
  readonly rewrittenRecords: number
  readonly gaps: readonly Gap[]
}

interface Placed {
  readonly found: FoundSegment
  readonly baseSeq: number
}

/**
 * Finds the end of a journal. Of the newest segment every frame is read; an older one is known to reach up to the base of
 * the next, and what is wrong inside shows when it is read. Nothing is changed except that a tail that may not be durable
 * is written again, so that opening twice gives the same.
 */
export async function recover(input: RecoveryInput): Promise<Recovered> {
  const { fileSystem, journalId, report } = input
  const found = await findSegments(input)
  const nextSegment = Math.max(0, ...found.all) + 1
  const { live, dead } = await place(found.ours, fileSystem, journalId)
  const evictedSeq = Math.max(0, ...found.ours.map(({ header }) => header?.evictedSeq ?? 0))
  const gaps: Gap[] = []
  const tail = live.at(-1)
  if (tail === undefined) {
    if (input.maxAcked > 0) reportAhead(input, 0, gaps)
    return {
      segments: createSegments([], input.maxAcked, evictedSeq),
      nextSegment,
      tornBytes: 0,
      rewrittenRecords: 0,
      gaps,
    }
  }
  const older = await sealedSegments(live, input, gaps)
  const end = await settleTail(tail, input, { evictedSeq, nextSegment }, gaps)
  // Files without a single sound byte hold no records; they go when the segment behind them goes.
  const junk = dead.map((segment) => toSegment(segment, tail.baseSeq, tail.baseSeq - 1, segment.bytes))
  const kept = [...older, ...junk, ...end.segments]
  for (const gap of gaps) reportGap(report, gap)
  return {
    segments: createSegments(kept, end.lastSeq, evictedSeq),
    nextSegment: nextSegment + end.segments.length - 1,
    tornBytes: end.tornBytes,
    rewrittenRecords: end.rewrittenRecords,
    gaps,
  }
}

export function reportGap(report: Report, gap: Gap): void {
  const why = {
    corrupt: 'are damaged on disk',
    'missing-segment': 'are in a segment file that is not there',
    evicted: 'were removed to make room',
  }
  report({
    ...gap,
    message: `records ${gap.fromSeq} to ${gap.toSeq} ${why[gap.reason]}; their subscribers get a gap`,
  })
}

async function findSegments({
  fileSystem,
  directory,
  journalId,
  report,
}: RecoveryInput): Promise<{ ours: FoundSegment[]; all: number[] }> {
  const ours: FoundSegment[] = []
  const all: number[] = []
  for (const name of await fileSystem.list(directory)) {
    // A copy that a crash interrupted; what it was made of is still there.
    if (isUnfinishedSegment(name)) await fileSystem.remove(`${directory}/${name}`)
    const number = segmentNumber(name)
    if (number === undefined) continue
    all.push(number)
    const segment = await findSegment(fileSystem, `${directory}/${name}`, number)
    if (
      segment.header === undefined ||
      (segment.header.segment === number && segment.journalId === journalId)
    ) {
      ours.push(segment)
    } else {
      report({
        reason: 'foreign-file',
        file: name,
        message: `${name} is not of this journal and is left alone`,
      })
    }
  }
  return { ours, all }
}

/** Where each file begins. A damaged header costs nothing while a frame behind it is whole. */
async function place(
  found: readonly FoundSegment[],
  fileSystem: FileSystem,
  journalId: string,
): Promise<{ live: Placed[]; dead: FoundSegment[] }> {
  const live: Placed[] = []
  const dead: FoundSegment[] = []
  for (const segment of found) {
    const baseSeq = segment.header?.baseSeq ?? (await scanSegment(fileSystem, segment, journalId)).firstSeq
    if (baseSeq === undefined) dead.push(segment)
    else live.push({ found: segment, baseSeq })
  }
  return { live, dead }
}

const toSegment = (found: FoundSegment, baseSeq: number, lastSeq: number, bytes: number): Segment => ({
  segment: found.segment,
  path: found.path,
  baseSeq: Math.min(baseSeq, lastSeq + 1),
  lastSeq,
  bytes,
})

/** All but the newest: each reaches up to the next, unless a file between them is missing. */
async function sealedSegments(
  live: readonly Placed[],
  { fileSystem, journalId, minAcked }: RecoveryInput,
  gaps: Gap[],
): Promise<Segment[]> {
  const segments: Segment[] = []
  let next = live.at(-1)
  let limit = (next?.baseSeq ?? 1) - 1
  for (const { found, baseSeq } of live.slice(0, -1).reverse()) {
    let lastSeq = limit
    if (next !== undefined && next.found.segment !== found.segment + 1 && limit > minAcked) {
      const scan = await scanSegment(fileSystem, found, journalId)
      lastSeq = Math.min(limit, Math.max(baseSeq - 1, scan.lastSeq, scan.certSeq))
      if (lastSeq < limit) gaps.unshift({ fromSeq: lastSeq + 1, toSeq: limit, reason: 'missing-segment' })
    }
    segments.unshift(toSegment(found, baseSeq, lastSeq, found.bytes))
    limit = Math.min(limit, baseSeq - 1)
    next = { found, baseSeq }
  }
  return segments
}

interface TailEnd {
  readonly segments: readonly Segment[]
  readonly lastSeq: number
  readonly tornBytes: number
  readonly rewrittenRecords: number
}

/** Tells torn from damaged: what a later frame, a certificate or a cursor vouches for had been durable. */
async function settleTail(
  { found, baseSeq }: Placed,
  input: RecoveryInput,
  { evictedSeq, nextSegment }: { evictedSeq: number; nextSegment: number },
  gaps: Gap[],
): Promise<TailEnd> {
  const { fileSystem, directory, journalId, maxAcked, report } = input
  const scan: SegmentScan = await scanSegment(fileSystem, found, journalId)
  for (const hole of scan.holes) gaps.push({ ...hole, reason: 'corrupt' })
  const certSeq = Math.max(baseSeq - 1, scan.certSeq)
  const readable = Math.max(baseSeq - 1, scan.lastSeq)
  if (certSeq > readable) gaps.push({ fromSeq: readable + 1, toSeq: certSeq, reason: 'corrupt' })
  const known = Math.max(readable, certSeq)
  if (maxAcked > known) reportAhead(input, known, gaps)
  const lastSeq = Math.max(known, maxAcked)
  const tornBytes = lastSeq === readable ? found.bytes - scan.end : 0
  if (tornBytes > 0) {
    report({
      reason: 'torn-tail',
      file: found.path,
      message: `${tornBytes} bytes at the end of ${found.path} are a write that was cut off; nothing acknowledged was in it`,
    })
  }
  if (scan.lastSeq <= certSeq) {
    return {
      segments: [toSegment(found, baseSeq, lastSeq, scan.end)],
      lastSeq,
      tornBytes,
      rewrittenRecords: 0,
    }
  }
  try {
    const rewrite = { directory, journalId, from: found, certSeq, lastSeq: readable, evictedSeq }
    const copy = await rewriteTail(fileSystem, { ...rewrite, segment: nextSegment })
    const segments = [toSegment(found, baseSeq, certSeq, scan.end), { ...copy, lastSeq }]
    return { segments, lastSeq, tornBytes, rewrittenRecords: readable - certSeq }
  } catch (error) {
    // No room for a copy: a sync of the old file is the second best, and readers can then make room.
    report({
      reason: 'io',
      file: found.path,
      message: `the tail could not be written again: ${String(error)}`,
    })
    await syncInPlace(fileSystem, found.path)
    return {
      segments: [toSegment(found, baseSeq, lastSeq, scan.end)],
      lastSeq,
      tornBytes,
      rewrittenRecords: 0,
    }
  }
}

async function syncInPlace(fileSystem: FileSystem, path: string): Promise<void> {
  const file = await fileSystem.open(path, 'update')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Numbers that a subscriber has seen are not given again, or a sink would take new records for old ones. */
function reportAhead({ maxAcked, report }: RecoveryInput, lastSeq: number, gaps: Gap[]): void {
  report({
    reason: 'cursor-ahead',
    fromSeq: lastSeq + 1,
    toSeq: maxAcked,
    message: `a subscriber has acknowledged ${maxAcked} but the journal ends at ${lastSeq}; numbering goes on behind it`,
  })
  gaps.push({ fromSeq: lastSeq + 1, toSeq: maxAcked, reason: 'corrupt' })
}
