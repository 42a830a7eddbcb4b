import type { FileSystem, OpenFile } from '@tocsin/core'

import { JournalError, messageOf } from '../errors.ts'
import { frameBytes, writeFrame } from './frame.ts'
import type { Report } from './recovery.ts'
import { encodeSegmentHeader, segmentHeaderBytes, segmentName, segmentSalt } from './segment-header.ts'
import type { Segment, Segments } from './segments.ts'

/** What the writer works on. */
export interface SegmentWriterInput {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly journalId: string
  readonly segments: Segments
  readonly nextSegment: number
  readonly durability: 'commit' | 'os'
  readonly segmentBytes: number
  readonly maxBytes: number
  readonly whenFull: 'reject' | 'drop-oldest'
  now(): number
  report: Report
  /** Removes what was evicted. */
  evicted(victims: readonly Segment[]): Promise<void>
}

/** Appends frames to the newest segment. Calls must not overlap. */
export interface SegmentWriter {
  /** Makes a frame durable (`'commit'`) or hands it to the operating system; gives its first sequence number. */
  write(body: Uint8Array, count: number): Promise<number>
  /** Makes everything durable. */
  sync(): Promise<void>
  /** Certifies the last frame, so that damage to it is not taken for a torn write later. */
  close(): Promise<void>
}

interface Active {
  readonly file: OpenFile
  readonly segment: Segment
  readonly salt: number
}

export function createSegmentWriter(input: SegmentWriterInput): SegmentWriter {
  const { fileSystem, directory, journalId, segments, report } = input
  let nextSegment = input.nextSegment
  let syncedSeq = segments.lastSeq
  let active: Active | undefined
  /** Why a segment that is not written to any more may not be durable. */
  let doubt: Error | undefined

  const frame = (salt: number, count: number, body: Uint8Array, before: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(before.length + frameBytes(body.length))
    bytes.set(before)
    const header = { salt, baseSeq: segments.lastSeq + 1, certSeq: syncedSeq, time: input.now(), count }
    writeFrame(bytes, before.length, header, body)
    return bytes
  }

  /** Never written to again: what a failed write or sync left behind it is unknown. */
  const abandon = async (): Promise<void> => {
    const { file } = active ?? {}
    active = undefined
    await file?.close().catch(() => undefined)
  }

  const sync = async (): Promise<void> => {
    if (active !== undefined && syncedSeq < segments.lastSeq) await active.file.sync()
    syncedSeq = segments.lastSeq
    if (doubt === undefined) return
    const cause = doubt
    doubt = undefined
    throw cause
  }

  /** Ends a segment. Where its frames cannot be made durable, whoever asks for a sync next is told. */
  const retire = async (): Promise<void> => {
    if (active !== undefined && syncedSeq < segments.lastSeq) {
      await active.file.sync().catch((error: unknown) => {
        doubt = error instanceof Error ? error : new Error(messageOf(error), { cause: error })
        const { path } = active?.segment ?? { path: directory }
        report({ reason: 'io', file: path, message: `${path} could not be synced: ${messageOf(error)}` })
      })
      syncedSeq = segments.lastSeq
    }
    await abandon()
  }

  /** A new file with its first frame in one write; its name is durable before the frame counts. */
  const begin = async (body: Uint8Array, count: number): Promise<void> => {
    const wanted = segmentHeaderBytes + frameBytes(body.length)
    const victims =
      input.whenFull === 'drop-oldest'
        ? segments.victims(input.maxBytes - Math.max(input.segmentBytes, wanted))
        : []
    const segment = nextSegment
    nextSegment += 1
    const path = `${directory}/${segmentName(segment)}`
    const salt = segmentSalt(journalId, segment)
    const baseSeq = segments.lastSeq + 1
    const evictedSeq = Math.max(segments.evictedSeq, ...victims.map(({ lastSeq }) => lastSeq))
    const header = encodeSegmentHeader({ segment, baseSeq, evictedSeq }, journalId)
    const file = await fileSystem.open(path, 'create')
    try {
      const bytes = frame(salt, count, body, header)
      await file.write(bytes, 0)
      if (input.durability === 'commit') await file.sync()
      await fileSystem.syncDirectory(directory)
      const made = { segment, path, baseSeq, lastSeq: baseSeq + count - 1, bytes: bytes.length }
      active = { file, salt, segment: made }
      segments.add(made)
    } catch (error) {
      await file.close().catch(() => undefined)
      // Nothing in it was acknowledged. Where it stays, the next segment's base hides it.
      await fileSystem.remove(path).catch(() => undefined)
      throw error
    }
    await input.evicted(victims)
  }

  const put = async (body: Uint8Array, count: number): Promise<void> => {
    const length = frameBytes(body.length)
    if (active !== undefined && active.segment.bytes + length > input.segmentBytes) {
      await retire()
    }
    if (active === undefined) {
      await begin(body, count)
    } else {
      const { file, segment, salt } = active
      await file.write(frame(salt, count, body, new Uint8Array(0)), segment.bytes)
      if (input.durability === 'commit') await file.sync()
      segments.extend(segment, segments.lastSeq + count, segment.bytes + length)
    }
    if (input.durability === 'commit') syncedSeq = segments.lastSeq
  }

  const refuseWhenFull = (length: number): void => {
    const { maxBytes } = input
    if (input.whenFull === 'drop-oldest' || segments.bytes + length + segmentHeaderBytes <= maxBytes) return
    throw new JournalError(
      'JOURNAL_FULL',
      `${directory} holds ${segments.bytes} of ${maxBytes} bytes; let its subscribers catch up, remove one, or raise maxBytes`,
      { bytes: segments.bytes, maxBytes },
    )
  }

  return {
    write: async (body, count) => {
      refuseWhenFull(frameBytes(body.length))
      const firstSeq = segments.lastSeq + 1
      try {
        await put(body, count)
      } catch (error) {
        report({
          reason: 'io',
          fromSeq: firstSeq,
          message: `a write failed and is repeated in a new segment: ${messageOf(error)}`,
        })
        await retire()
        try {
          await put(body, count)
        } catch (again) {
          await retire()
          throw new JournalError(
            'JOURNAL_IO',
            `${directory} cannot be written: ${messageOf(again)}; mend the disk, later appends try again`,
            { directory },
            again,
          )
        }
      }
      return firstSeq
    },
    sync: async () => {
      try {
        await sync()
      } catch (error) {
        await abandon()
        throw new JournalError(
          'JOURNAL_IO',
          `${directory} cannot be synced: ${messageOf(error)}; what the operating system holds may be lost in a power cut`,
          { directory },
          error,
        )
      }
    },
    close: async () => {
      if (active === undefined) return
      try {
        await sync()
        const { file, segment, salt } = active
        await file.write(frame(salt, 0, new Uint8Array(0), new Uint8Array(0)), segment.bytes)
        await file.sync()
      } catch (error) {
        report({ reason: 'io', message: `the last segment could not be sealed: ${messageOf(error)}` })
      }
      await abandon()
    },
  }
}
