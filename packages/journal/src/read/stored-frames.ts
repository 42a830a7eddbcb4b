import type { Gap } from '../reading-types.ts'
import type { BatchReader } from './batch-reader.ts'
import type { FrameRun } from '../segments/frame-reader.ts'
import type { FrameSourceInput } from './frame-source.ts'
import { createFrameSource } from './frame-source.ts'

/** Frames as they stand on disk, one behind the other, without their `ack`. */
export interface ReadFrame {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly count: number
  readonly skip: number
  readonly time: number
  readonly headSeq: number
  readonly gaps: readonly Gap[]
  readonly codec: string
  readonly bytes: Uint8Array
}

/** What the frames are read from. */
export interface StoredFramesInput extends FrameSourceInput {
  readonly codec: { readonly name: string }
}

/** Reads whole durable frames in order; holds one window. */
export function createStoredFrames(
  input: StoredFramesInput,
  afterSeq: number,
  runBytes: number,
): BatchReader<ReadFrame> {
  const source = createFrameSource(input, afterSeq)
  const codec = input.codec.name
  const takeGaps = (): readonly Gap[] => source.gaps.splice(0)

  const onlyGaps = (): ReadFrame | undefined => {
    const gaps = takeGaps()
    const [first] = gaps
    if (first === undefined) return undefined
    const { expected } = source
    const none = { count: 0, skip: 0, time: 0, bytes: new Uint8Array(0) }
    const headSeq = input.segments.lastSeq
    return { firstSeq: first.fromSeq, lastSeq: expected - 1, ...none, headSeq, gaps, codec }
  }

  const asRead = ({ baseSeq, count, time, bytes }: FrameRun, skip: number): ReadFrame => {
    const headSeq = input.segments.lastSeq
    const firstSeq = baseSeq + skip
    const lastSeq = baseSeq + count - 1
    // Field by field: a spread takes longer than all else here.
    return { firstSeq, lastSeq, headSeq, count, skip, time, gaps: takeGaps(), codec, bytes }
  }
  const readOn = async (): Promise<ReadFrame | undefined> => {
    const frame = await source.next()
    if (frame === undefined) return onlyGaps()
    const skip = Math.max(0, source.expected - frame.baseSeq)
    await source.take(frame)
    return asRead(frame, skip)
  }

  return {
    close: () => source.close(),
    read: (_maxRecords, ackedSeq) => {
      source.skip(ackedSeq)
      // Waiting costs more than a small frame.
      const loaded = source.takeLoaded(runBytes)
      return loaded === undefined ? readOn() : asRead(loaded, 0)
    },
  }
}
