import { asError, JournalError, messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import type { OpenedFrame } from '../format/open-frame.ts'
import { openFrame } from '../format/open-frame.ts'
import type { UpstreamPlace } from '../format/positions.ts'
import { mostUpstreams } from '../format/positions.ts'
import { badOption, resolveAppendFrame } from '../options.ts'
import type {
  AppendedFrame,
  AppendedFrames,
  AppendFrameOptions,
  CopiedFrame,
  Journal,
  Written,
} from '../types.ts'
import type { Copy } from './copied-run.ts'
import { newCopy } from './copied-run.ts'
import type { Encoders, FrameLimits } from './frame-builder.ts'
import { FrameBuilder } from './frame-builder.ts'
import { checkCopiedFrame, checkLabel, checkOrigin, checkPlace } from './frame-place.ts'

/** What copying frames of other journals needs. */
export interface FrameAppenderInput<T> {
  readonly journalId: string
  readonly codec: Codec<T>
  readonly limits: FrameLimits
  readonly encoders: Encoders<T>
  /** How far the records of other journals have come, durably. */
  readonly positions: ReadonlyMap<string, UpstreamPlace>
  readonly segmentBytes: number
  /** Throws when the journal is closed or about to be. */
  refuseWhenClosed(): void
  /** Those of one journal, in order. */
  enqueue(copies: readonly Copy[]): void
}

/** Another journal as long as calls with its frames are under way. */
interface Upstream {
  /** How far it has come with all that waits. */
  position: UpstreamPlace
  /** The last of its frames that waits; with it end those before it. */
  last: Copy | undefined
  calls: number
  /** Ends when the last call has been answered. */
  told: Promise<unknown>
  /** Why a frame was refused: those behind it are as well, until whoever called has been told. */
  refusal: Error | undefined
}

/** A frame that was let in. */
interface Taken {
  readonly skipped: number
  readonly hole: Written | undefined
  /** Its first copy; `undefined` where nothing of its records is written. */
  readonly first: Copy | undefined
  /** What has to be durable before it is answered. */
  readonly last: Copy | undefined
}

/** Consecutive records, encoded, and the place of the last one in the other journal. */
interface Part {
  readonly body: Uint8Array
  readonly count: number
  readonly lastSeq: number
}

/** Appends runs of frames of other journals, each record once; those of one journal in the order of the calls. */
export function createFrameAppender<T>(input: FrameAppenderInput<T>): Journal<T>['appendFrames'] {
  const { positions } = input
  const upstreams = new Map<string, Upstream>()

  const upstreamOf = (journalId: string): Upstream => {
    const known = upstreams.get(journalId)
    if (known !== undefined) return known
    const position = positions.get(journalId) ?? { seq: 0, checksum: 0 }
    const told = Promise.resolve(undefined)
    const upstream: Upstream = { position, last: undefined, calls: 0, told, refusal: undefined }
    upstreams.set(journalId, upstream)
    return upstream
  }
  /** Each segment begins with the positions of all: records would have no room beside them. */
  const refuseOneTooMany = (): void => {
    const most = mostUpstreams(input.segmentBytes)
    if (positions.size < most) {
      // This one is among them.
      const begun = [...upstreams.keys()].filter((id) => !positions.has(id))
      if (positions.size + begun.length <= most) return
    }
    throw badOption(
      `option "segmentBytes" (${input.segmentBytes}) leaves room for ${most} other journals that are copied into this one, and one more came; reopen it with more`,
    )
  }
  /** Throws, or adds the copies of the frame to those that are to be written. */
  const take = (frame: CopiedFrame, upstream: Upstream, acceptHole: boolean, copies: Copy[]): Taken => {
    checkCopiedFrame(frame)
    checkOrigin(frame, input)
    const opened = frame.bytes.length === 0 ? undefined : openFrame(frame.bytes)
    if (opened !== undefined) checkLabel(frame, opened)
    const { journalId, firstSeq, lastSeq } = frame
    const { position } = upstream
    if (upstream.last === undefined && !positions.has(journalId)) refuseOneTooMany()
    const hole = checkPlace(frame, opened, position, acceptHole)
    const next = Math.max(firstSeq, position.seq + 1)
    const skipped = opened === undefined ? 0 : Math.min(next, lastSeq + 1) - firstSeq
    // Here only when that which it is skipped for is.
    if (lastSeq <= position.seq) return { skipped, hole, first: undefined, last: upstream.last }
    // The position without records: what is missing was told of.
    const parts =
      opened === undefined ? [{ body: new Uint8Array(0), count: 0, lastSeq }] : partsOf(opened, next, input)
    const checksum = opened?.historyAfter ?? 0
    const begun = copies.length
    for (const { body, count, lastSeq: partEnd } of parts) {
      const provenance = { journalId, lastSeq: partEnd, checksum }
      upstream.last = newCopy(provenance, body, count, upstream.last)
      copies.push(upstream.last)
    }
    upstream.position = { seq: lastSeq, checksum }
    return { skipped, hole, first: opened === undefined ? undefined : copies[begun], last: upstream.last }
  }
  /** Gives frames their places in the queue, up to the first that is refused: within the call, so that the next one is behind them. */
  const append = (
    frames: readonly CopiedFrame[],
    upstream: Upstream,
    options: AppendFrameOptions | undefined,
  ): Promise<AppendedFrames> => {
    const taken: Taken[] = []
    const copies: Copy[] = []
    // What is refused at the call refuses the next call, even if nobody has heard of it.
    const refuse = (error: unknown): void => void (upstream.refusal ??= asError(error))
    try {
      if (upstream.refusal !== undefined) throw upstream.refusal
      const { acceptHole } = resolveAppendFrame(options)
      for (const frame of frames) {
        if (idOf(frame) !== idOf(frames[0])) throw badOption('the frames of one call must be of one journal')
        taken.push(take(frame, upstream, acceptHole, copies))
      }
    } catch (error) {
      refuse(error)
    }
    input.enqueue(copies)
    const durable = upstream.last?.outcome?.done ?? Promise.resolve()
    return durable.then(undefined, refuse).then(() => {
      const appended = appendedOf(taken)
      return { appended, failure: appended.length < frames.length ? upstream.refusal : undefined }
    })
  }
  const leave = (journalId: string, upstream: Upstream): void => {
    upstream.calls -= 1
    if (upstream.calls === 0) upstreams.delete(journalId)
  }
  /** Three turns later is behind what whoever called does about the end of it. */
  const leaveLater = async (journalId: string, upstream: Upstream): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await Promise.resolve()
    leave(journalId, upstream)
  }

  return async (frames, options) => {
    input.refuseWhenClosed()
    const journalId = idOf(frames[0])
    const upstream = upstreamOf(journalId)
    const { told } = upstream
    upstream.calls += 1
    const ends = append(frames, upstream, options)
    upstream.told = ends
    const end = await ends
    await told
    if (upstream.refusal === undefined) leave(journalId, upstream)
    else void leaveLater(journalId, upstream)
    return end
  }
}

/** One frame of a run by itself. */
export const appendingOne =
  <T>(appendFrames: Journal<T>['appendFrames']): Journal<T>['appendFrame'] =>
  async (frame, options) => {
    const { appended, failure } = await appendFrames([frame], options)
    const [only] = appended
    if (only === undefined) throw failure
    return only
  }

/** What became of them, up to the first that is not written. */
function appendedOf(taken: readonly Taken[]): readonly AppendedFrame[] {
  const appended: AppendedFrame[] = []
  for (const { skipped, hole, first, last } of taken) {
    if (last !== undefined && last.firstSeq === 0) break
    const written =
      first === undefined || last === undefined
        ? undefined
        : { firstSeq: first.firstSeq, lastSeq: last.firstSeq + last.count - 1 }
    appended.push({ skipped, written, hole })
  }
  return appended
}

/** Whatever was given. */
function idOf(frame: unknown): string {
  const { journalId } = (frame ?? {}) as Record<string, unknown>
  return typeof journalId === 'string' ? journalId : ''
}

/** The frame from one of its records on: as it is, or encoded anew where it begins before that or is too large in one piece. */
function partsOf<T>(
  { firstSeq, lastSeq, count, records }: OpenedFrame,
  next: number,
  { codec, limits, encoders }: FrameAppenderInput<T>,
): readonly Part[] {
  if (next === firstSeq && records.length <= limits.recordBytes) return [{ body: records, count, lastSeq }]
  const values = decode(records, count, codec).slice(next - firstSeq)
  const builder = new FrameBuilder(codec, limits, encoders)
  builder.add(values, 'commit')
  let partEnd = next - 1
  return builder.begun.map((frame) => {
    partEnd += frame.count
    return { body: frame.records, count: frame.count, lastSeq: partEnd }
  })
}

function decode<T>(records: Uint8Array, count: number, codec: Codec<T>): readonly T[] {
  let why = 'their number is another'
  try {
    const values = codec.decode(records)
    if (values.length === count) return values
  } catch (error) {
    why = messageOf(error)
  }
  throw new JournalError(
    'JOURNAL_CORRUPT',
    `codec "${codec.name}" cannot decode ${count} records of another journal: ${why}; copy with the codec that wrote them`,
    { count },
  )
}
