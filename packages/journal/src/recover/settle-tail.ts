import type { FileSystem } from '@tocsin/core'

import { messageOf } from '../errors.ts'
import type { Positions, UpstreamPlace } from '../format/positions.ts'
import { listsPositions, readPositions } from '../format/positions.ts'
import { segmentHeaderBytes, segmentSalt } from '../format/segment-header.ts'
import type { Gap } from '../reading-types.ts'
import { createFrameReader } from '../segments/frame-reader.ts'
import { rewriteTail } from '../segments/rewrite-tail.ts'
import type { SegmentScan } from '../segments/segment-scan.ts'
import { scanSegment, withFile, withOpenFile } from '../segments/segment-scan.ts'
import type { Segment } from '../segments/segments.ts'
import type { PlacedSegment, RecoveryInput } from './placed-segments.ts'
import { segmentOf } from './placed-segments.ts'

const chunkBytes = 1024 * 1024

/** Where a journal ends. */
export interface TailEnd {
  /** The newest segment, and its copy where it had to be written again. */
  readonly segments: readonly Segment[]
  readonly lastSeq: number
  readonly tornBytes: number
  readonly rewrittenRecords: number
  readonly positions: Positions
  /** Torn writes with whole ones behind them, already reported. */
  readonly lost: readonly Gap[]
}

/** What the segment after all of them says of itself. */
export interface NextSegment {
  readonly evictedSeq: number
  readonly nextSegment: number
  readonly epoch: number
}

/** Tells torn from damaged: what a later frame, a certificate or a cursor vouches for had been durable. */
export async function settleTail(
  tail: PlacedSegment,
  older: readonly Segment[],
  input: RecoveryInput,
  next: NextSegment,
  gaps: Gap[],
): Promise<TailEnd> {
  const { fileSystem, journalId, maxAcked, report } = input
  const { found, baseSeq } = tail
  const scan = await scanSegment(fileSystem, found, journalId)
  const readable = Math.max(baseSeq - 1, scan.readable.lastSeq)
  const certSeq = Math.max(baseSeq - 1, scan.certSeq)
  const vouchedSeq = Math.max(certSeq, maxAcked)
  const { lost, lostBytes } = await tellDamage(tail, scan, vouchedSeq, input, gaps)
  const positions = scan.tellsPositions ? scan.positions : await olderPositions(scan.positions, older, input)
  const known = Math.max(readable, certSeq)
  const lastSeq = Math.max(known, maxAcked)
  const torn = vouchedSeq > readable ? 0 : scan.tornBytes
  if (maxAcked > known) {
    const damaged = scan.tornBytes > 0
    reportAhead(input, known, gaps, damaged ? 'corrupt' : 'lost')
    const start = scan.readable.end
    const range = { fromSeq: known + 1, toSeq: maxAcked, start, end: start + scan.tornBytes }
    if (damaged && certSeq <= readable) await input.quarantine.keep(found, range)
  }
  if (torn > 0) {
    report({
      reason: 'torn-tail',
      file: found.path,
      message: `${torn} bytes at the end of ${found.path} are a write that was cut off; nothing acknowledged was in it`,
    })
  }
  const result = { lastSeq, tornBytes: torn + lostBytes, positions, rewrittenRecords: 0, lost }
  // What is damaged or missing at the end may have been copied elsewhere: nothing is known of what comes behind it.
  const isWhole = known === scan.readable.lastSeq && lastSeq === known
  const whole = segmentOf(tail, { ...scan.readable, lastSeq: known, ...(!isWhole && { history: 0 }) })
  if (readable <= certSeq) return { ...result, segments: [whole] }
  const fence = {
    segment: found.segment,
    ...scan.certified,
    lastSeq: Math.max(scan.certified.lastSeq, baseSeq - 1),
  }
  try {
    const { nextSegment: segment, epoch, evictedSeq } = next
    const header = { segment, epoch, evictedSeq, time: scan.time, fence }
    const copy = await rewriteTail(fileSystem, {
      ...{ directory: input.directory, journalId, header, lastSeq: readable, vouchedSeq, positions },
      from: { ...found, chain: found.header?.chain },
    })
    const segments = [segmentOf(tail, fence), { ...copy, ...(!isWhole && { history: 0 }) }]
    return { ...result, segments, rewrittenRecords: readable - certSeq }
  } catch (error) {
    // No room for a copy: what is there is written over itself, and readers can then make room.
    const message = `the tail could not be written again: ${messageOf(error)}`
    report({ reason: 'io', file: found.path, message })
    await rewriteInPlace(fileSystem, found.path, fence.end, scan.readable.end)
    // The crash may have come before its name was durable.
    await fileSystem.syncDirectory(input.directory)
    return { ...result, segments: [whole] }
  }
}

/**
 * Bytes between whole frames are damage where somebody vouches for what was in them. Where nobody does, they are writes that the
 * power went in, of which later ones reached the disk: the records are lost, and were never more than accepted.
 */
async function tellDamage(
  { found, baseSeq }: PlacedSegment,
  { damage, lost: toldLost, readable, certSeq }: SegmentScan,
  vouchedSeq: number,
  { quarantine, report }: RecoveryInput,
  gaps: Gap[],
): Promise<{ readonly lost: readonly Gap[]; readonly lostBytes: number }> {
  const last = Math.max(baseSeq - 1, readable.lastSeq)
  const cut = { fromSeq: last + 1, toSeq: certSeq, start: readable.end, end: found.bytes }
  const lost: Gap[] = []
  let lostBytes = 0
  for (const range of certSeq > last ? [...damage, cut] : damage) {
    const { fromSeq, toSeq, start, end } = range
    const lostFrom = Math.max(fromSeq, Math.min(vouchedSeq, toSeq) + 1)
    if (lostFrom > fromSeq) {
      const damaged = { ...range, toSeq: lostFrom - 1 }
      gaps.push({ fromSeq, toSeq: damaged.toSeq, reason: 'corrupt' })
      await quarantine.keep(found, damaged)
    } else lostBytes += end - start
    if (lostFrom > toSeq) continue
    lost.push({ fromSeq: lostFrom, toSeq, reason: 'lost' })
    report({
      reason: 'torn-tail',
      file: found.path,
      ...{ fromSeq: lostFrom, toSeq },
      message: `records ${lostFrom} to ${toSeq} were in ${end - start} bytes of ${found.path} that were not written whole before the end; nothing that is known to be durable was in them, and their subscribers get a gap`,
    })
  }
  for (const { fromSeq, toSeq } of toldLost) gaps.push({ fromSeq, toSeq, reason: 'lost' })
  return { lost, lostBytes }
}

/**
 * The same bytes in the same place. A sync alone would not do: pages that a failed write-back left in the cache count as
 * written, until they are written to again.
 */
async function rewriteInPlace(
  fileSystem: FileSystem,
  path: string,
  start: number,
  end: number,
): Promise<void> {
  await withOpenFile(fileSystem, path, 'update', async (file) => {
    try {
      for (let at = start; at < end; at += chunkBytes) {
        const part = new Uint8Array(Math.min(chunkBytes, end - at))
        const read = await file.read(part, at)
        await file.write(part.subarray(0, read), at)
      }
    } catch {
      // Some file systems take new room even for that; then the sync has to do.
    }
    await file.sync()
  })
}

/** Numbers that a subscriber has seen are not given again, or a sink would take new records for old ones. */
export function reportAhead(
  { maxAcked, report }: RecoveryInput,
  lastSeq: number,
  gaps: Gap[],
  reason: Gap['reason'] = 'lost',
): void {
  report({
    reason: 'cursor-ahead',
    fromSeq: lastSeq + 1,
    toSeq: maxAcked,
    message: `a subscriber has acknowledged ${maxAcked} but the journal ends at ${lastSeq}; numbering goes on behind it`,
  })
  gaps.push({ fromSeq: lastSeq + 1, toSeq: maxAcked, reason })
}

/**
 * How far the records of other journals have come where the newest segment may not tell all of it: each segment begins with all
 * positions by then, so that the last one that is whole there has the rest.
 */
async function olderPositions(
  newest: Positions,
  older: readonly Segment[],
  { fileSystem, journalId }: { readonly fileSystem: FileSystem; readonly journalId: string },
): Promise<Positions> {
  const positions = new Map(newest)
  for (const segment of [...older].reverse()) {
    // Without records of its own it may be what a writer began that had lost the folder.
    if (segment.lastSeq < segment.baseSeq) continue
    if (await readInto(positions, segment, fileSystem, journalId)) break
  }
  return positions
}

/** Whether nothing that the segment told can be missing. */
async function readInto(
  positions: Map<string, UpstreamPlace>,
  { path, segment, headerChain, bytes, lastSeq }: Segment,
  fileSystem: FileSystem,
  journalId: string,
): Promise<boolean> {
  return withFile(fileSystem, path, async (file) => {
    const frames = createFrameReader(file, segmentSalt(journalId, segment), headerChain)
    let end = segmentHeaderBytes
    let listed = false
    let unbroken = headerChain !== undefined
    for (let frame = await frames.next(bytes); frame; frame = await frames.next(bytes)) {
      const { body, flags } = frame
      // What lies behind the end was refused: its records are not here.
      if (frame.baseSeq + frame.count - 1 > lastSeq) break
      unbroken &&= body !== undefined && frame.start === end
      end = frame.end
      if (body === undefined) continue
      listed ||= listsPositions(flags)
      readPositions(body, flags, positions)
    }
    return listed || unbroken
  })
}
