import type { FileSystem } from '@tocsin/core'

import { fenced, isFenced, messageOf } from '../errors.ts'
import { frameBytes } from '../format/frame.ts'
import type { Positions } from '../format/positions.ts'
import type { Fence, SegmentHeader } from '../format/segment-header.ts'
import { noFence } from '../format/segment-header.ts'
import type { DiskRoom } from '../room/disk-room.ts'
import type { ActiveSegment, FrameContent } from '../segments/active-segment.ts'
import { beginFreeSegment } from '../segments/begin-segment.ts'
import { rewriteTail } from '../segments/rewrite-tail.ts'
import type { Segment, Segments } from '../segments/segments.ts'
import type { SpareSegment } from '../segments/spare-segment.ts'
import { trimSegment } from '../segments/trim-segment.ts'
import type { Report } from '../status-types.ts'

/** What frames are written to. */
export interface FrameLogInput {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly journalId: string
  readonly segments: Segments
  readonly nextSegment: number
  readonly epoch: number
  /** How far the records of other journals have come. */
  readonly positions: Positions
  readonly segmentBytes: number
  readonly spare: SpareSegment
  readonly room: DiskRoom
  now(): number
  report: Report
  /** Whether the folder is still this writer's; asked after each write and before anything is acknowledged. */
  held(): boolean
  /** More is durable. */
  durable(): void
}

/** One frame to be. */
export type NewFrame = Pick<FrameContent, 'body' | 'count' | 'flags'> & {
  /** Whether it is on the disk when `put` resolves. */
  readonly durable: boolean
}

/** Where a frame goes. */
interface Placing {
  /** Into a new segment. */
  readonly fresh: boolean
  /** Which may take room for more. */
  readonly ahead: boolean
}

/** The segments as one log. Calls must not overlap; each may reject with what the disk says, and can be repeated then. */
export interface FrameLog {
  /** Newest sequence number that was given, durable or not. */
  readonly writtenSeq: number
  /** Bytes that are not durable yet. */
  readonly unsyncedBytes: number
  /** Whether a frame says that everything durable is. */
  readonly certified: boolean
  /** Appends a frame to the newest segment, or to a new one where it does not fit. After a failure the file has to be left. */
  put(frame: NewFrame, placing: Placing): Promise<void>
  /** Makes everything durable. */
  sync(): Promise<void>
  /** Certifies the last frame. After a failure the file has to be left. */
  certify(): Promise<void>
  /** Never writes to the newest segment again. */
  leave(): Promise<void>
  /** Begins a segment without records. */
  fence(): Promise<void>
  /** Gives the room behind the last frame back. */
  trim(): Promise<void>
}

export function createFrameLog(input: FrameLogInput): FrameLog {
  const { fileSystem, directory, segments, report, positions } = input
  let { nextSegment } = input
  let active: ActiveSegment | undefined
  let writtenSeq = segments.lastSeq
  let certifiedSeq = 0
  /** Has failed, with records that are not durable. */
  let stranded: ActiveSegment | undefined
  /** To be trimmed: those of earlier lives, which may have ended without it (what one wrote, what opening wrote again). */
  const former = segments.list().slice(-4)

  const publish = (): void => {
    if (active === undefined) return
    segments.extend(active.segment, active.written)
    input.durable()
  }
  const isDirty = (): boolean => writtenSeq > segments.lastSeq
  const checkHeld = (): void => {
    if (!input.held()) throw fenced(directory)
  }

  /** Never written to again: what a failed write or sync left behind it is unknown. Its records may still get a first sync. */
  const leave = async (): Promise<void> => {
    const old = active
    if (old === undefined) return
    if (isDirty() && !old.syncFailed) await old.sync().then(publish, () => undefined)
    // Room that is not counted must not be held; where that fails, it is tried again when the next one is begun.
    if (!isDirty() && !old.syncFailed) await old.trim().catch(() => former.push(old.segment))
    active = undefined
    await old.close()
    if (isDirty()) stranded = old
  }

  /**
   * What was accepted and is not durable is read back, which only what was written can pass the checksums of, and written again
   * elsewhere. Until that succeeds nothing else is written.
   */
  const rescue = async (): Promise<void> => {
    if (stranded === undefined) return
    const { segment: old, written } = stranded
    const { segment, path, headerChain, lastSeq, bytes, chain } = old
    const header = { ...headerOf(nextSegment), fence: { segment, end: bytes, lastSeq, chain } }
    const from = { segment, path, bytes: written.end, chain: headerChain }
    const rewrite = { directory, journalId: input.journalId, header, lastSeq: writtenSeq, positions, from }
    nextSegment += 1
    const copy = await rewriteTail(fileSystem, rewrite)
    checkHeld()
    stranded = undefined
    segments.add(copy)
    await trimSegment(fileSystem, old)
    input.durable()
  }

  const headerOf = (segment: number): Pick<SegmentHeader, 'segment' | 'epoch' | 'evictedSeq' | 'time'> => ({
    segment,
    epoch: input.epoch,
    evictedSeq: segments.evictedSeq,
    time: input.now(),
  })

  const begin = async (first: FrameContent | undefined, durable: boolean, ahead: boolean): Promise<void> => {
    const newest = segments.newest
    // One without records would only be in the way.
    const empty = newest !== undefined && newest.fence !== undefined && newest.lastSeq < newest.baseSeq
    const fence = empty ? newest.fence : fenceOf(newest)
    const victims = input.room.victims(frameBytes(first?.body.length ?? 0))
    const evictedSeq = Math.max(segments.evictedSeq, ...victims.map(({ lastSeq }) => lastSeq))
    const header = { ...headerOf(nextSegment), evictedSeq, baseSeq: writtenSeq + 1, fence: fence ?? noFence }
    const { directory: folder, journalId, segmentBytes: maxBytes, spare } = input
    const beginning = {
      directory: folder,
      journalId,
      header,
      maxBytes,
      positions,
      first,
      durable,
      ahead,
      spare,
    }
    // Not given twice, even if it fails: what is left of a file must not be taken for the next one.
    nextSegment += 1
    active = await beginFreeSegment(fileSystem, beginning, checkHeld)
    nextSegment = active.segment.segment + 1
    checkHeld()
    segments.add(active.segment)
    if (empty) await segments.drop(newest, (path) => fileSystem.remove(path))
    // Their ends are in fences now.
    for (const ended of former.splice(0)) await trimSegment(fileSystem, ended)
    await input.room.evict(victims)
  }

  const sync = async (): Promise<void> => {
    if (active !== undefined && isDirty()) {
      try {
        await active.sync()
        checkHeld()
        publish()
      } catch (error) {
        if (isFenced(error)) throw error
        report({ reason: 'io', file: active.segment.path, message: `a sync failed: ${messageOf(error)}` })
        await leave()
      }
    }
    await rescue()
  }

  /** Ends a segment that is full. */
  const retire = async (): Promise<void> => {
    await sync()
    await leave()
  }

  const put = async ({ body, count, flags, durable }: NewFrame, { fresh, ahead }: Placing): Promise<void> => {
    await rescue()
    const end = (active?.written.end ?? 0) + frameBytes(body.length)
    if (active !== undefined && (fresh || end > input.segmentBytes)) await retire()
    const content = {
      ...{ body, count, flags },
      ...{ baseSeq: writtenSeq + 1, certSeq: segments.lastSeq, time: input.now() },
    }
    if (active === undefined) await begin(content, durable, ahead)
    else await active.append(content, durable)
    checkHeld()
    writtenSeq += count
    if (durable) {
      certifiedSeq = Math.max(certifiedSeq, content.certSeq)
      publish()
    }
  }

  const certify = async (): Promise<void> => {
    if (active === undefined || isDirty() || certifiedSeq >= writtenSeq) return
    const baseSeq = writtenSeq + 1
    const certSeq = writtenSeq
    await active.append(
      { body: new Uint8Array(0), count: 0, flags: 0, baseSeq, certSeq, time: input.now() },
      true,
    )
    checkHeld()
    certifiedSeq = certSeq
    publish()
  }

  return {
    get writtenSeq() {
      return writtenSeq
    },
    get unsyncedBytes() {
      return active === undefined || !isDirty() ? 0 : active.written.end - active.segment.bytes
    },
    get certified() {
      return certifiedSeq >= segments.lastSeq
    },
    put,
    sync,
    certify,
    leave,
    fence: () => begin(undefined, true, true),
    trim: async () => active?.trim(),
  }
}

const fenceOf = (newest: Segment | undefined): Fence | undefined =>
  newest === undefined
    ? undefined
    : { segment: newest.segment, end: newest.bytes, lastSeq: newest.lastSeq, chain: newest.chain }
