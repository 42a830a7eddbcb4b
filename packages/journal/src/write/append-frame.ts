import { asError, JournalError, messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import type { OpenedFrame } from '../format/open-frame.ts'
import { openFrame } from '../format/open-frame.ts'
import type { UpstreamPlace } from '../format/positions.ts'
import { mostUpstreams } from '../format/positions.ts'
import { badOption, resolveAppendFrame } from '../options.ts'
import type { AppendedFrame, AppendFrameOptions, CopiedFrame, Written } from '../types.ts'
import type { Copy } from './copied-run.ts'
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
  enqueue(copy: Copy): Promise<Written>
}

/** Another journal as long as calls with its frames are under way. */
interface Upstream {
  /** How far it has come with all that waits. */
  position: UpstreamPlace
  /** The last of its frames that waits. */
  last: Copy | undefined
  calls: number
  /** How the last call ends; an error is why it failed. */
  told: Promise<AppendedFrame | Error | undefined>
  /** Why a frame was refused: those behind it are as well, until whoever called has been told. */
  refusal: Error | undefined
}

/** Consecutive records, encoded, and the place of the last one in the other journal. */
interface Part {
  readonly body: Uint8Array
  readonly count: number
  readonly lastSeq: number
}

/** Appends frames of other journals, each record once; those of one journal in the order of the calls. */
export function createFrameAppender<T>(
  input: FrameAppenderInput<T>,
): (frame: CopiedFrame, options?: AppendFrameOptions) => Promise<AppendedFrame> {
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
  /** Throws, or gives the frame its place in the queue: within the call, so that the next one is behind it. */
  const append = (
    frame: CopiedFrame,
    upstream: Upstream,
    options: AppendFrameOptions | undefined,
  ): Promise<AppendedFrame> => {
    if (upstream.refusal !== undefined) throw upstream.refusal
    const { acceptHole } = resolveAppendFrame(options)
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
    if (lastSeq <= position.seq) {
      // Here only when that which it is skipped for is.
      const last = upstream.last?.outcome?.done ?? Promise.resolve()
      return last.then(() => ({ skipped, written: undefined, hole }))
    }
    // The position without records: what is missing was told of.
    const parts =
      opened === undefined ? [{ body: new Uint8Array(0), count: 0, lastSeq }] : partsOf(opened, next, input)
    const checksum = opened?.historyAfter ?? 0
    const ends = parts.map(({ body, count, lastSeq: partEnd }) => {
      const provenance = { journalId, lastSeq: partEnd, checksum }
      const copy: Copy = { provenance, records: body, count, after: upstream.last }
      upstream.last = copy
      upstream.position = { seq: partEnd, checksum }
      return input.enqueue(copy)
    })
    const asAppended = (first: Written | undefined, last: Written | undefined): AppendedFrame => {
      if (opened === undefined || first === undefined || last === undefined)
        return { skipped, written: undefined, hole }
      return { skipped, written: { firstSeq: first.firstSeq, lastSeq: last.lastSeq }, hole }
    }
    const [only] = ends
    if (ends.length === 1 && only !== undefined) return only.then((written) => asAppended(written, written))
    return Promise.all(ends).then((all) => asAppended(all[0], all.at(-1)))
  }
  /** What is refused at the call refuses the next call, even if nobody has heard of it. */
  const attempt = (
    frame: CopiedFrame,
    upstream: Upstream,
    options: AppendFrameOptions | undefined,
  ): Promise<AppendedFrame | Error> => {
    const refuse = (error: unknown): Error => (upstream.refusal ??= asError(error))
    try {
      return append(frame, upstream, options).then(undefined, refuse)
    } catch (error) {
      return Promise.resolve(refuse(error))
    }
  }
  const leave = (journalId: string, upstream: Upstream): void => {
    upstream.calls -= 1
    if (upstream.calls === 0) upstreams.delete(journalId)
  }
  /** Twice later is behind what whoever called does about the end of it. */
  const leaveLater = async (journalId: string, upstream: Upstream): Promise<void> => {
    await Promise.resolve()
    await Promise.resolve()
    leave(journalId, upstream)
  }

  return async (frame, options) => {
    input.refuseWhenClosed()
    const journalId = idOf(frame)
    const upstream = upstreamOf(journalId)
    const { told } = upstream
    upstream.calls += 1
    const ends = attempt(frame, upstream, options)
    upstream.told = ends
    const end = await ends
    const before = await told
    if (upstream.refusal === undefined) leave(journalId, upstream)
    else void leaveLater(journalId, upstream)
    if (!(end instanceof Error)) return end
    // Where one before it failed, that is the reason.
    throw before instanceof Error ? before : end
  }
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
