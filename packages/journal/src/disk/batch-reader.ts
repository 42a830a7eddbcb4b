import type { FileSystem, OpenFile } from '@tocsin/core'

import type { Codec } from '../codec.ts'
import { codeOf, messageOf } from '../errors.ts'
import type { Gap } from '../types.ts'
import type { FrameReader, StoredFrame } from './frame-reader.ts'
import { createFrameReader } from './frame-reader.ts'
import type { Report } from './recovery.ts'
import { reportGap } from './recovery.ts'
import { segmentSalt } from './segment-header.ts'
import type { Segment, Segments } from './segments.ts'

/** A batch without its `ack`. */
interface ReadBatch<T> {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly values: readonly T[]
  readonly gaps: readonly Gap[]
}

/** What a reader reads. */
export interface BatchReaderInput<T> {
  readonly fileSystem: FileSystem
  readonly journalId: string
  readonly segments: Segments
  readonly codec: Codec<T>
  readonly report: Report
}

/** Reads durable records in order from its own place on disk; holds one frame. */
export interface BatchReader<T> {
  /** The next batch behind `ackedSeq`, or `undefined` where nothing more is durable yet. */
  read(maxRecords: number, ackedSeq: number): Promise<ReadBatch<T> | undefined>
  close(): Promise<void>
}

interface OpenSegment {
  readonly segment: Segment
  readonly file: OpenFile
  readonly frames: FrameReader
}

export function createBatchReader<T>(input: BatchReaderInput<T>, afterSeq: number): BatchReader<T> {
  const { fileSystem, segments, codec, report } = input
  /** Next sequence number to read from disk. */
  let expected = afterSeq + 1
  let current: OpenSegment | undefined
  /** Decoded; handed out up to `restAt`, and `expected` is behind it. */
  let rest: readonly T[] = []
  let restAt = 0
  let gaps: Gap[] = []

  const close = async (): Promise<void> => {
    const { file } = current ?? {}
    current = undefined
    await file?.close().catch(() => undefined)
  }

  const skipTo = (seq: number, reason: Gap['reason']): void => {
    if (seq <= expected) return
    const gap = { fromSeq: expected, toSeq: seq - 1, reason }
    gaps.push(gap)
    reportGap(report, gap)
    expected = seq
  }

  const skipMissing = (seq: number): void => {
    skipTo(Math.min(seq, segments.evictedSeq + 1), 'evicted')
    skipTo(seq, 'missing-segment')
  }

  const decode = (frame: StoredFrame, body: Uint8Array): readonly T[] | undefined => {
    let values: readonly T[] | undefined
    let why = `${frame.count} records were encoded`
    try {
      values = codec.decode(body)
    } catch (error) {
      why = messageOf(error)
    }
    if (values?.length === frame.count) return values
    const toSeq = frame.baseSeq + frame.count - 1
    report({
      reason: 'undecodable',
      fromSeq: frame.baseSeq,
      toSeq,
      message: `codec "${codec.name}" cannot decode records ${frame.baseSeq} to ${toSeq}: ${why}`,
    })
    return undefined
  }

  const open = async (segment: Segment): Promise<FrameReader | undefined> => {
    if (current?.segment === segment) return current.frames
    await close()
    try {
      const file = await fileSystem.open(segment.path, 'read')
      const frames = createFrameReader(file, segmentSalt(input.journalId, segment.segment))
      current = { segment, file, frames }
      return frames
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** Reads one frame, or notes what is missing. */
  const advance = async (): Promise<void> => {
    const segment = segments.at(expected)
    if (segment === undefined || segment.baseSeq > expected) {
      skipMissing(segment?.baseSeq ?? segments.lastSeq + 1)
      return
    }
    // Taken together and before reading: a commit may extend both meanwhile.
    const { lastSeq, bytes } = segment
    const frames = await open(segment)
    if (frames === undefined) {
      skipMissing(lastSeq + 1)
      return
    }
    const frame = await frames.next(bytes)
    if (frame === undefined || frame.baseSeq > lastSeq) {
      skipTo(lastSeq + 1, 'corrupt')
      return
    }
    const frameEnd = frame.baseSeq + frame.count
    if (frame.body === undefined || frameEnd <= expected) return
    const values = decode(frame, frame.body)
    if (values === undefined) return
    skipTo(frame.baseSeq, 'corrupt')
    rest = values
    restAt = expected - frame.baseSeq
    expected = frameEnd
  }

  /** An ack to an earlier subscription may pass this one, and what it covers is perhaps removed already. */
  const skipAcked = (ackedSeq: number): void => {
    const first = expected - rest.length + restAt
    if (ackedSeq < first) return
    restAt = Math.min(rest.length, restAt + ackedSeq + 1 - first)
    expected = Math.max(expected, ackedSeq + 1)
    gaps = gaps.filter(({ toSeq }) => toSeq > ackedSeq)
  }

  const read = async (maxRecords: number, ackedSeq: number): Promise<ReadBatch<T> | undefined> => {
    skipAcked(ackedSeq)
    const values: T[] = []
    let before: readonly Gap[] = []
    // A gap ends a batch, so that the values of one are consecutive.
    while (values.length < maxRecords && (values.length === 0 || gaps.length === 0)) {
      if (restAt < rest.length) {
        if (values.length === 0) {
          before = gaps
          gaps = []
        }
        const end = Math.min(rest.length, restAt + maxRecords - values.length)
        for (; restAt < end; restAt += 1) values.push(rest[restAt] as T)
      } else if (expected <= segments.lastSeq) await advance()
      else break
    }
    if (values.length > 0) {
      const lastSeq = (gaps[0]?.fromSeq ?? expected - rest.length + restAt) - 1
      return { firstSeq: lastSeq - values.length + 1, lastSeq, values, gaps: before }
    }
    const [first] = gaps
    if (first === undefined) return undefined
    const batch = { firstSeq: first.fromSeq, lastSeq: expected - 1, values, gaps }
    gaps = []
    return batch
  }

  return { close, read }
}
