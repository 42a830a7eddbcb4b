import { JournalError, messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import { flagCheckedProvenance } from '../format/frame.ts'
import type { OpenedFrame } from '../format/open-frame.ts'
import { openFrame } from '../format/open-frame.ts'
import type { UpstreamPlace } from '../format/positions.ts'
import { withProvenance } from '../format/positions.ts'
import { resolveAppendFrame } from '../options.ts'
import type { AppendedFrame, AppendFrameOptions, CopiedFrame } from '../types.ts'
import { checkCopiedFrame, checkLabel, checkOrigin, checkPlace } from './frame-place.ts'
import type { FrameLimits } from './prepare-frames.ts'
import type { Log } from './log.ts'

/** What copying frames of other journals needs. */
export interface FrameAppenderInput<T> {
  readonly journalId: string
  readonly codec: Codec<T>
  readonly limits: FrameLimits
  /** How far the records of other journals have come; kept up to date. */
  readonly positions: Map<string, UpstreamPlace>
  /** Does something between two frames. */
  run(work: () => Promise<void>): Promise<void>
  readonly log: Pick<Log, 'write'>
  /** So many records are written, the last with this sequence number. */
  written(count: number, lastSeq: number, decode: () => readonly T[]): void
}

/** Consecutive records, encoded, and the place of the last one in the other journal. */
interface Part {
  readonly body: Uint8Array
  readonly count: number
  readonly lastSeq: number
}

/** Appends frames of other journals, each record once. */
export function createFrameAppender<T>(
  input: FrameAppenderInput<T>,
): (frame: CopiedFrame, options?: AppendFrameOptions) => Promise<AppendedFrame> {
  const { codec, limits, positions, log } = input

  /** In its turn: nobody else changes the position meanwhile. */
  const append = async (
    frame: CopiedFrame,
    opened: OpenedFrame | undefined,
    acceptHole: boolean,
  ): Promise<AppendedFrame> => {
    const { journalId, firstSeq, lastSeq } = frame
    const position = positions.get(journalId) ?? { seq: 0, checksum: 0 }
    const hole = checkPlace(frame, opened, position, acceptHole)
    const next = Math.max(firstSeq, position.seq + 1)
    if (lastSeq <= position.seq)
      return { skipped: opened === undefined ? 0 : next - firstSeq, written: undefined, hole }
    // The position without records: what is missing was told of.
    const parts =
      opened === undefined
        ? [{ body: new Uint8Array(0), count: 0, lastSeq }]
        : partsOf(opened, next, codec, limits)
    const checksum = opened?.historyAfter ?? 0
    let first = 0
    let last = 0
    for (const { body, count, lastSeq: partEnd } of parts) {
      const placed = withProvenance(body, { journalId, lastSeq: partEnd, checksum })
      const seq = await log.write({ body: placed, count, flags: flagCheckedProvenance, durable: true })
      positions.set(journalId, { seq: partEnd, checksum })
      first = first === 0 ? seq : first
      last = seq + count - 1
      if (count > 0) input.written(count, last, () => codec.decode(body))
    }
    const written = opened === undefined ? undefined : { firstSeq: first, lastSeq: last }
    return { skipped: opened === undefined ? 0 : next - firstSeq, written, hole }
  }

  return async (frame, options) => {
    const { acceptHole } = resolveAppendFrame(options)
    checkCopiedFrame(frame)
    checkOrigin(frame, input)
    const opened = frame.bytes.length === 0 ? undefined : openFrame(frame.bytes)
    if (opened !== undefined) checkLabel(frame, opened)
    let appended: AppendedFrame | undefined
    await input.run(async () => {
      appended = await append(frame, opened, acceptHole)
    })
    return appended ?? { skipped: 0, written: undefined, hole: undefined }
  }
}

/** The frame from one of its records on: as it is, or encoded anew where it begins before that or is too large in one piece. */
function partsOf<T>(
  { firstSeq, lastSeq, count, records }: OpenedFrame,
  next: number,
  codec: Codec<T>,
  limits: FrameLimits,
): readonly Part[] {
  if (next === firstSeq && records.length <= limits.recordBytes) return [{ body: records, count, lastSeq }]
  const values = decode(records, count, codec)
  return encodeParts(values.slice(next - firstSeq), lastSeq, codec, limits)
}

function encodeParts<T>(
  values: readonly T[],
  lastSeq: number,
  codec: Codec<T>,
  limits: FrameLimits,
): readonly Part[] {
  const body = codec.encode(values)
  if (body.length <= limits.recordBytes) return [{ body, count: values.length, lastSeq }]
  if (values.length > 1) {
    const middle = values.length >> 1
    const rest = values.slice(middle)
    return [
      ...encodeParts(values.slice(0, middle), lastSeq - rest.length, codec, limits),
      ...encodeParts(rest, lastSeq, codec, limits),
    ]
  }
  throw new JournalError(
    'JOURNAL_RECORD_TOO_LARGE',
    `record ${lastSeq} of the other journal has ${body.length} bytes, above the limit of ${limits.recordBytes} (8 MiB, or half of maxBytes); raise maxBytes`,
    { bytes: body.length, limit: limits.recordBytes },
  )
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
