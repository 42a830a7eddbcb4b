import { messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import { frameHistory } from '../format/frame.ts'
import { recordsIn } from '../format/positions.ts'
import type { Gap, JournalBatch } from '../reading-types.ts'
import type { SoundFrame } from '../segments/frame-reader.ts'
import type { KeptSegments } from '../segments/segments.ts'
import type { FrameSourceInput } from './frame-source.ts'
import { createFrameSource } from './frame-source.ts'

/** A batch without its `ack`. */
export interface ReadBatch<T> {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly values: readonly T[]
  readonly gaps: readonly Gap[]
  /** History up to the end of the frame that `lastSeq` is in; `undefined` where that is not known. */
  readonly checksum?: number | undefined
}

/** A batch as it is handed out. */
export const asBatch =
  (journalId: string) =>
  <T>({ firstSeq, lastSeq, values, gaps, checksum }: ReadBatch<T>, ack: () => void): JournalBatch<T> => ({
    values,
    position: { journalId, firstSeq, lastSeq, ...(checksum !== undefined && { checksum }) },
    gaps,
    ack,
  })

/** What is read as records. */
export interface Reading<T> extends FrameSourceInput {
  readonly segments: KeptSegments
  readonly codec: Codec<T>
}

/** Reads durable records in order from its own place on disk; holds one frame. */
export interface BatchReader<B> {
  /** The next batch behind `ackedSeq`, or `undefined` where nothing more is durable yet; at once where it is in memory. */
  read(maxRecords: number, ackedSeq: number): Promise<B | undefined> | B
  close(): Promise<void>
}

export function createBatchReader<T>(
  input: Reading<T>,
  afterSeq: number,
  /** Ends before the first frame that was written at this time or later, and says so. */
  end: { readonly time: number; reached(): void } = { time: Infinity, reached: () => undefined },
): BatchReader<ReadBatch<T>> {
  const { codec, report } = input
  const source = createFrameSource(input, afterSeq)
  /** Decoded and handed out up to `restAt`; the source is behind it. */
  let rest: readonly T[] = []
  let restAt = 0
  /** The frame that `rest` is of. */
  let restFrame: SoundFrame | undefined

  const decode = (frame: SoundFrame): readonly T[] | undefined => {
    let values: readonly T[] | undefined
    let why = `${frame.count} records were encoded`
    try {
      const records = recordsIn(frame.body, frame.flags)
      // Decoded records may be views, and those of one subscriber are not the others' to change.
      values = codec.decode(frame.shared === true ? records.slice() : records)
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

  /** Next sequence number to hand out. */
  const nextSeq = (): number => source.expected - rest.length + restAt

  /** Decodes the next frame; `false` where nothing more is durable. */
  const advance = async (): Promise<boolean> => {
    const frame = await source.next()
    if (frame === undefined) return false
    if (frame.time >= end.time) {
      end.reached()
      return false
    }
    const values = decode(frame)
    // Passed over: the next frame that can be read notes the gap.
    if (values === undefined) return true
    const skipped = Math.max(0, source.expected - frame.baseSeq)
    await source.take(frame)
    rest = values
    restFrame = frame
    restAt = skipped
    return true
  }

  /** An ack to an earlier subscription may pass this one, and what it covers is perhaps removed already. */
  const skipAcked = (ackedSeq: number): void => {
    const first = nextSeq()
    if (ackedSeq >= first) restAt = Math.min(rest.length, restAt + ackedSeq + 1 - first)
    if (ackedSeq >= source.expected) {
      rest = []
      restAt = 0
    }
    source.skip(ackedSeq)
  }

  const takeGaps = (): readonly Gap[] => source.gaps.splice(0)

  const read = async (maxRecords: number, ackedSeq: number): Promise<ReadBatch<T> | undefined> => {
    skipAcked(ackedSeq)
    let values: readonly T[] = []
    let joined: T[] | undefined
    let before: readonly Gap[] = []
    let last: SoundFrame | undefined
    // A gap ends a batch, so that the values of one are consecutive.
    while (values.length < maxRecords && (values.length === 0 || source.gaps.length === 0)) {
      if (restAt < rest.length) {
        if (values.length === 0) before = takeGaps()
        const end = Math.min(rest.length, restAt + maxRecords - values.length)
        const part = restAt === 0 && end === rest.length ? rest : rest.slice(restAt, end)
        // The records of one large frame are handed on as they are.
        if (values.length > 0) {
          joined ??= [...values]
          for (const value of part) joined.push(value)
        }
        values = joined ?? part
        restAt = end
        last = restFrame
      } else if (!(await advance())) break
    }
    if (values.length > 0) {
      const lastSeq = (source.gaps.length > 0 ? (source.gaps[0]?.fromSeq ?? 0) : nextSeq()) - 1
      const checksum = last && frameHistory(last.bytes)
      return { firstSeq: lastSeq - values.length + 1, lastSeq, values, gaps: before, checksum }
    }
    const gaps = takeGaps()
    const [first] = gaps
    return first === undefined
      ? undefined
      : { firstSeq: first.fromSeq, lastSeq: source.expected - 1, values, gaps }
  }

  return { close: () => source.close(), read }
}
