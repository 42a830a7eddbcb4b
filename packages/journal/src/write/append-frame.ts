import { JournalError, messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import { flagProvenance } from '../format/frame.ts'
import type { OpenedFrame } from '../format/open-frame.ts'
import { openFrame } from '../format/open-frame.ts'
import { withProvenance } from '../format/positions.ts'
import { badOption, resolveAppendFrame } from '../options.ts'
import type { AppendedFrame, AppendFrameOptions, CopiedFrame } from '../types.ts'
import type { FrameLimits } from './prepare-frames.ts'
import type { Log } from './log.ts'

/** What copying frames of other journals needs. */
export interface FrameAppenderInput<T> {
  readonly journalId: string
  readonly codec: Codec<T>
  readonly limits: FrameLimits
  /** How far the records of other journals have come; kept up to date. */
  readonly positions: Map<string, number>
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

const uuidShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

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
    const position = positions.get(journalId) ?? 0
    const hole = checkPlace(frame, position, acceptHole)
    const next = Math.max(firstSeq, position + 1)
    if (lastSeq <= position)
      return { skipped: opened === undefined ? 0 : next - firstSeq, written: undefined, hole }
    // The position without records: what is missing was told of.
    const parts =
      opened === undefined
        ? [{ body: new Uint8Array(0), count: 0, lastSeq }]
        : partsOf(opened, next, codec, limits)
    let first = 0
    let last = 0
    for (const { body, count, lastSeq: partEnd } of parts) {
      const placed = withProvenance(body, { journalId, lastSeq: partEnd })
      const seq = await log.write({ body: placed, count, flags: flagProvenance, durable: true })
      positions.set(journalId, partEnd)
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
    if (opened !== undefined && !holds(opened, frame)) throw mislabelled(frame, opened)
    let appended: AppendedFrame | undefined
    await input.run(async () => {
      appended = await append(frame, opened, acceptHole)
    })
    return appended ?? { skipped: 0, written: undefined, hole: undefined }
  }
}

function checkOrigin<T>({ journalId, codec }: CopiedFrame, input: FrameAppenderInput<T>): void {
  if (!uuidShape.test(journalId)) throw badOption('the id of the other journal must be a UUID in lower case')
  if (journalId === input.journalId) throw badOption('a journal cannot be copied into itself')
  if (codec === input.codec.name) return
  throw new JournalError(
    'JOURNAL_CODEC_MISMATCH',
    `the frame holds records of codec "${codec}", this journal of "${input.codec.name}"; copy into a journal of that codec`,
    { codec },
  )
}

const holds = (opened: OpenedFrame, { firstSeq, lastSeq }: CopiedFrame): boolean =>
  Number.isSafeInteger(firstSeq) &&
  opened.firstSeq <= firstSeq &&
  firstSeq <= lastSeq &&
  opened.lastSeq === lastSeq

const mislabelled = ({ firstSeq, lastSeq }: CopiedFrame, opened: OpenedFrame): JournalError =>
  new JournalError(
    'JOURNAL_CORRUPT',
    `a frame that is said to hold records ${firstSeq} to ${lastSeq} holds ${opened.firstSeq} to ${opened.lastSeq}; ask for it again`,
    { firstSeq, lastSeq },
  )

/** The other journal must go on where its records here end. Gives what is missing in between where that is accepted. */
function checkPlace(
  { journalId, headSeq, firstSeq, gaps }: CopiedFrame,
  position: number,
  acceptHole: boolean,
): AppendedFrame['hole'] {
  if (headSeq < position) {
    throw new JournalError(
      'JOURNAL_POSITION',
      `journal ${journalId} ends at ${headSeq}, but ${position} was copied of it already: it lost records or was restored from an older copy; copy it into a new journal`,
      { journalId, headSeq, position },
    )
  }
  const fromSeq = gaps[0]?.fromSeq ?? firstSeq
  if (position === 0 || fromSeq <= position + 1) return undefined
  const hole = { firstSeq: position + 1, lastSeq: fromSeq - 1 }
  if (acceptHole) return hole
  throw new JournalError(
    'JOURNAL_POSITION',
    `records ${hole.firstSeq} to ${hole.lastSeq} of journal ${journalId} were acknowledged and are not here: this journal was restored from an older copy; set the subscriber back with seek({ seq: ${hole.firstSeq} }), or accept the hole`,
    { journalId, ...hole },
  )
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

/**
 * Throws `JOURNAL_CORRUPT` where what was received is no frame. The numbers of a frame without records come with no checksum,
 * and a position that is taken from them decides which records are left out from then on.
 */
function checkCopiedFrame(frame: unknown): asserts frame is CopiedFrame {
  if (typeof frame !== 'object' || frame === null) throw damaged('it is no object')
  const { firstSeq, lastSeq, headSeq, gaps, bytes } = frame as Record<keyof CopiedFrame, unknown>
  if (!(bytes instanceof Uint8Array)) throw damaged('"bytes" must be a Uint8Array')
  if (!isSeq(firstSeq) || !isSeq(lastSeq) || !isSeq(headSeq)) {
    throw damaged('"firstSeq", "lastSeq" and "headSeq" must be sequence numbers')
  }
  if (firstSeq > lastSeq || lastSeq > headSeq) {
    throw damaged(`its numbers are out of order: ${firstSeq}, ${lastSeq}, ${headSeq}`)
  }
  if (!Array.isArray(gaps)) throw damaged('"gaps" must be an array')
  const endSeq = endOfGaps(gaps)
  const isTold =
    gaps.length > 0 && (gaps[0] as { fromSeq: number }).fromSeq === firstSeq && endSeq === lastSeq
  if (bytes.length === 0 ? !isTold : endSeq >= firstSeq)
    throw damaged('its gaps are not where they should be')
}

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1

/** Last missing sequence number; 0 without gaps. */
function endOfGaps(gaps: readonly unknown[]): number {
  let endSeq = 0
  for (const gap of gaps) {
    const { fromSeq, toSeq } = (gap ?? {}) as Record<string, unknown>
    if (!isSeq(fromSeq) || !isSeq(toSeq) || fromSeq <= endSeq || toSeq < fromSeq) {
      throw damaged('a gap of it must have "fromSeq" and "toSeq", and come behind the one before')
    }
    endSeq = toSeq
  }
  return endSeq
}

const damaged = (why: string): JournalError =>
  new JournalError(
    'JOURNAL_CORRUPT',
    `a frame of another journal is damaged: ${why}; ask for the frame again`,
  )
