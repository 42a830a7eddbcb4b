import type { Codec } from '../format/codec.ts'
import type { ReadPosition } from '../reading-types.ts'
import type { KeptSegments } from '../segments/segments.ts'
import type { BatchReader, ReadBatch } from './batch-reader.ts'
import { createBatchReader } from './batch-reader.ts'
import { findPosition } from './find-position.ts'
import type { FrameSourceInput } from './frame-source.ts'
import type { ReadFrame } from './stored-frames.ts'
import { createStoredFrames } from './stored-frames.ts'

/** The ways to read what is durable, each from its own place on disk. */
export interface RecordReaders<T> {
  /** Batches behind a position, for a subscriber that knows that nothing up to `goneSeq` was kept for it. */
  batches(afterSeq: number, goneSeq: number): BatchReader<ReadBatch<T>>
  /** Frames behind a position, likewise. */
  frames(afterSeq: number, goneSeq: number): BatchReader<ReadFrame>
  /** Batches behind a position for whom nothing is kept: what is not there any more was evicted, and is no problem. */
  unkept(afterSeq: number): BatchReader<ReadBatch<T>>
  /** The position right before the first record that is wanted. */
  find(position: ReadPosition): Promise<number>
}

/** What the readers read. */
export interface RecordReadersInput<T> extends FrameSourceInput {
  readonly segments: KeptSegments
  readonly codec: Codec<T>
}

export function createRecordReaders<T>(input: RecordReadersInput<T>): RecordReaders<T> {
  const { segments, report } = input
  /** What is gone up to there is missing because it was removed. */
  const without = (goneSeq: () => number): FrameSourceInput['segments'] => ({
    at: (seq) => segments.at(seq),
    has: (number) => segments.has(number),
    get lastSeq() {
      return segments.lastSeq
    },
    get newest() {
      return segments.newest
    },
    get evictedSeq() {
      return Math.max(segments.evictedSeq, goneSeq())
    },
  })
  const unkept = without(() => segments.firstSeq - 1)
  return {
    batches: (afterSeq, goneSeq) =>
      createBatchReader({ ...input, segments: without(() => goneSeq) }, afterSeq),
    frames: (afterSeq, goneSeq) =>
      createStoredFrames({ ...input, segments: without(() => goneSeq) }, afterSeq),
    unkept: (afterSeq) =>
      createBatchReader(
        {
          ...input,
          segments: unkept,
          report: (problem) => {
            if (problem.reason !== 'evicted') report(problem)
          },
        },
        afterSeq,
      ),
    find: (position) => findPosition(input, position),
  }
}
