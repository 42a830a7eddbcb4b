import type { Clock } from '@tocsin/core'

import { fenced, isDiskFull, isFenced, messageOf, unsynced } from '../errors.ts'
import { flagProvenance, frameBytes } from '../format/frame.ts'
import type { Provenance } from '../format/positions.ts'
import { withProvenance } from '../format/positions.ts'
import type { FrameLogInput, NewFrame } from './frame-log.ts'
import { createFrameLog } from './frame-log.ts'

/** What the writer works on. */
export interface SegmentWriterInput extends FrameLogInput {
  /** How far the records of other journals have come; kept up to date. */
  readonly positions: Map<string, number>
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

/** Writes to a log of segments, twice where the disk fails once, and within the limits of the room. */
export function createSegmentWriter(input: SegmentWriterInput): SegmentWriter {
  const { directory, report, positions } = input
  const log = createFrameLog(input)
  let rewrites = 0

  const tryTwice = async (frame: NewFrame, fresh: boolean): Promise<void> => {
    try {
      await log.put(frame, { fresh, ahead: true })
    } catch (error) {
      if (isFenced(error)) throw error
      const message = `a write failed and is repeated in a new segment: ${messageOf(error)}`
      report({ reason: isDiskFull(error) ? 'disk-full' : 'io', fromSeq: log.writtenSeq + 1, message })
      rewrites += 1
      await log.leave()
      if (isDiskFull(error)) await input.room.relieve()
      try {
        // What is left of a full disk is for records.
        await log.put(frame, { fresh: true, ahead: !isDiskFull(error) })
      } catch (again) {
        if (isFenced(again)) throw again
        await log.leave()
        throw await input.room.refused(again, frameBytes(frame.body.length))
      }
    }
  }

  const write = async (frame: NewFrame): Promise<void> => {
    for (;;) {
      const fresh = await input.room.admit(frameBytes(frame.body.length), settle)
      const started = input.stopwatch.now()
      try {
        await tryTwice(frame, fresh)
        input.room.written()
        if (frame.durable) input.committed(input.stopwatch.now() - started)
        return
      } catch (error) {
        if (!input.room.waitsAfter(error)) throw error
      }
    }
  }

  const certify = async (): Promise<void> => {
    try {
      await log.certify()
    } catch (error) {
      if (isFenced(error)) throw error
      report({ reason: 'io', message: `the last record could not be certified: ${messageOf(error)}` })
      await log.leave()
    }
  }

  /** Before a wait: whatever was accepted can be read, here and by other processes. */
  const settle = async (): Promise<void> => {
    if (!input.held()) throw fenced(directory)
    try {
      await log.sync()
      await certify()
    } catch (error) {
      if (isFenced(error)) throw error
      report({ reason: 'io', message: messageOf(unsynced(directory, error)) })
    }
  }

  return {
    get writtenSeq() {
      return log.writtenSeq
    },
    get rewrites() {
      return rewrites
    },
    get unsyncedBytes() {
      return log.unsyncedBytes
    },
    get certified() {
      return log.certified
    },
    write: async ({ body, count, durable, provenance }) => {
      const firstSeq = log.writtenSeq + 1
      if (provenance === undefined) await write({ body, count, durable, flags: 0 })
      else {
        await write({ body: withProvenance(body, provenance), count, durable, flags: flagProvenance })
        positions.set(provenance.journalId, provenance.lastSeq)
      }
      return firstSeq
    },
    sync: async () => {
      try {
        await log.sync()
      } catch (error) {
        throw isFenced(error) ? error : unsynced(directory, error)
      }
    },
    certify,
    fence: () => log.fence(),
    close: async () => {
      try {
        await log.sync()
        await log.certify()
        await log.trim()
      } catch (error) {
        report({ reason: 'io', message: `the last segment could not be sealed: ${messageOf(error)}` })
      }
      await log.leave()
    },
  }
}
