import type { Clock, FileSystem } from '@tocsin/core'

import { messageOf } from '../errors.ts'
import type { Provenance } from '../engine/prepare-frames.ts'
import type { ActiveSegment, FrameContent } from './active-segment.ts'
import { beginFreeSegment } from './begin-segment.ts'
import type { DiskRoom } from './disk-room.ts'
import { isDiskFull } from './full-errors.ts'
import { flagProvenance, frameBytes } from './frame.ts'
import { withProvenance } from './positions.ts'
import type { Report } from './recovery.ts'
import { rewriteTail } from './rewrite-tail.ts'
import { noFence } from './segment-header.ts'
import type { Fence, SegmentHeader } from './segment-header.ts'
import type { Segment, Segments } from './segments.ts'
import { trimSegment } from './trim-segment.ts'
import { fenced, isFenced, unsynced } from './writer-errors.ts'
import type { SpareSegment } from './spare-segment.ts'

/** What the writer works on. */
export interface SegmentWriterInput {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly journalId: string
  readonly segments: Segments
  readonly nextSegment: number
  readonly epoch: number
  /** How far the records of other journals have come; kept up to date. */
  readonly positions: Map<string, number>
  readonly segmentBytes: number
  readonly spare: SpareSegment
  readonly room: DiskRoom
  now(): number
  report: Report
  /** Whether the folder is still this writer's; asked after each write and before anything is acknowledged. */
  held(): boolean
  /** More is durable. */
  durable(): void
  /** A frame was durable so long after it was handed to the disk. */
  committed(ms: number): void
  /** Measures that; only differences count. */
  readonly stopwatch: Clock
}

/** The records of one group commit. */
export interface FrameRequest {
  readonly body: Uint8Array
  readonly count: number
  /** Whether it is on the disk when `write` resolves. */
  readonly durable: boolean
  readonly provenance?: Provenance | undefined
}

/** Appends frames to the newest segment. Calls must not overlap. */
export interface SegmentWriter {
  /** Newest sequence number that was given, durable or not. */
  readonly writtenSeq: number
  /** Bytes that are not durable yet. */
  readonly unsyncedBytes: number
  /** How often a file was left after an error, and what was under way written again elsewhere. */
  readonly rewrites: number
  /** Whether a frame says that everything durable is. */
  readonly certified: boolean
  /** Writes a frame; gives its first sequence number. */
  write(request: FrameRequest): Promise<number>
  /** Makes everything durable. */
  sync(): Promise<void>
  /** Certifies the last frame, so that damage to it is not taken for a torn write, and other processes may read it. */
  certify(): Promise<void>
  /** Begins a segment without records: what a former writer still appends to its own is never seen. */
  fence(): Promise<void>
  /** Makes everything durable, certifies it and gives unused room back. */
  close(): Promise<void>
}

export function createSegmentWriter(input: SegmentWriterInput): SegmentWriter {
  const { fileSystem, directory, segments, report, positions } = input
  let { nextSegment } = input
  let active: ActiveSegment | undefined
  let writtenSeq = segments.lastSeq
  let certifiedSeq = 0
  /** Has failed, with records that are not durable. */
  let stranded: ActiveSegment | undefined
  let rewrites = 0
  /** Of earlier lives, which may have ended without trimming them: what one wrote, and what opening wrote again since. */
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
    // Room that is not counted must not be held.
    if (!isDirty() && !old.syncFailed) await old.trim().catch(() => undefined)
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

  const begin = async (first: FrameContent | undefined, durable: boolean, ahead = true): Promise<void> => {
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

  /** `fresh`: into a new segment; `ahead`: which may take room for more. */
  const put = async (
    { body, count, durable, provenance }: FrameRequest,
    fresh: boolean,
    ahead = true,
  ): Promise<void> => {
    await rescue()
    const end = (active?.written.end ?? 0) + frameBytes(body.length)
    if (active !== undefined && (fresh || end > input.segmentBytes)) await retire()
    const content = {
      ...{ body, count, flags: provenance === undefined ? 0 : flagProvenance },
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

  const tryTwice = async (request: FrameRequest, fresh: boolean): Promise<void> => {
    try {
      await put(request, fresh)
    } catch (error) {
      if (isFenced(error)) throw error
      const message = `a write failed and is repeated in a new segment: ${messageOf(error)}`
      report({ reason: isDiskFull(error) ? 'disk-full' : 'io', fromSeq: writtenSeq + 1, message })
      rewrites += 1
      await leave()
      if (isDiskFull(error)) await input.room.relieve()
      try {
        // What is left of a full disk is for records.
        await put(request, true, !isDiskFull(error))
      } catch (again) {
        if (isFenced(again)) throw again
        await leave()
        throw await input.room.refused(again, frameBytes(request.body.length))
      }
    }
  }

  const write = async (request: FrameRequest): Promise<void> => {
    for (;;) {
      const fresh = await input.room.admit(frameBytes(request.body.length), settle)
      const started = input.stopwatch.now()
      try {
        await tryTwice(request, fresh)
        input.room.written()
        if (request.durable) input.committed(input.stopwatch.now() - started)
        return
      } catch (error) {
        if (!input.room.waitsAfter(error)) throw error
      }
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

  const certifyOrLeave = async (): Promise<void> => {
    try {
      await certify()
    } catch (error) {
      if (isFenced(error)) throw error
      report({ reason: 'io', message: `the last record could not be certified: ${messageOf(error)}` })
      await leave()
    }
  }

  /** Before a wait: whatever was accepted can be read, here and by other processes. */
  const settle = async (): Promise<void> => {
    checkHeld()
    try {
      await sync()
      await certifyOrLeave()
    } catch (error) {
      if (isFenced(error)) throw error
      report({ reason: 'io', message: messageOf(unsynced(directory, error)) })
    }
  }

  return {
    get writtenSeq() {
      return writtenSeq
    },
    get rewrites() {
      return rewrites
    },
    get unsyncedBytes() {
      return active === undefined || writtenSeq === segments.lastSeq
        ? 0
        : active.written.end - active.segment.bytes
    },
    get certified() {
      return certifiedSeq >= segments.lastSeq
    },
    write: async (request) => {
      const { provenance } = request
      const body = provenance === undefined ? request.body : withProvenance(request.body, provenance)
      const firstSeq = writtenSeq + 1
      await write({ ...request, body })
      if (provenance !== undefined) positions.set(provenance.journalId, provenance.lastSeq)
      return firstSeq
    },
    sync: async () => {
      try {
        await sync()
      } catch (error) {
        throw isFenced(error) ? error : unsynced(directory, error)
      }
    },
    certify: certifyOrLeave,
    fence: async () => begin(undefined, true),
    close: async () => {
      try {
        await sync()
        await certify()
        await active?.trim()
      } catch (error) {
        report({ reason: 'io', message: `the last segment could not be sealed: ${messageOf(error)}` })
      }
      await leave()
    },
  }
}

const fenceOf = (newest: Segment | undefined): Fence | undefined =>
  newest === undefined
    ? undefined
    : { segment: newest.segment, end: newest.bytes, lastSeq: newest.lastSeq, chain: newest.chain }
