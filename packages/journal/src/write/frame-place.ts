import { JournalError } from '../errors.ts'
import { isUuid } from '../format/bytes.ts'
import { contradicts, endsBefore, partedBefore } from '../format/history.ts'
import type { OpenedFrame } from '../format/open-frame.ts'
import type { UpstreamPlace } from '../format/positions.ts'
import { badOption } from '../options.ts'
import type { AppendedFrame, CopiedFrame } from '../types.ts'

/**
 * The other journal must be the one whose records are here, and go on where they end. Gives what is missing in between where that is
 * accepted.
 */
export function checkPlace(
  { journalId, headSeq, firstSeq, gaps }: CopiedFrame,
  opened: readonly OpenedFrame[],
  position: UpstreamPlace,
  acceptHole: boolean,
): AppendedFrame['hole'] {
  if (headSeq < position.seq) throw endsBefore(journalId, headSeq, position.seq)
  for (const [index, frame] of opened.entries()) {
    if (contradicts(frame, position)) throw partedBefore(journalId, position.seq)
    const before = opened[index - 1]
    if (before === undefined) continue
    const { lastSeq: seq, historyAfter: checksum } = before
    if (contradicts(frame, { seq, checksum })) throw partedBefore(journalId, seq)
  }
  const fromSeq = gaps[0]?.fromSeq ?? firstSeq
  if (position.seq === 0 || fromSeq <= position.seq + 1) return undefined
  const hole = { firstSeq: position.seq + 1, lastSeq: fromSeq - 1 }
  if (acceptHole) return hole
  throw new JournalError(
    'JOURNAL_POSITION',
    `records ${hole.firstSeq} to ${hole.lastSeq} of journal ${journalId} never came, and its subscriber stands behind them: this journal was restored from an older copy, or the subscriber made when they were gone; read on with frames({ after: upstreamPosition(journalId) }), which tells of what is not kept any more, or accept the hole`,
    { journalId, ...hole },
  )
}

/** Whose records they are, and how they are encoded. */
export function checkOrigin(
  { journalId, codec }: CopiedFrame,
  target: { readonly journalId: string; readonly codec: { readonly name: string } },
): void {
  if (!isUuid(journalId)) throw badOption('the id of the other journal must be a UUID in lower case')
  if (journalId === target.journalId) throw badOption('a journal cannot be copied into itself')
  if (codec === target.codec.name) return
  throw new JournalError(
    'JOURNAL_CODEC_MISMATCH',
    `the frame holds records of codec "${codec}", this journal of "${target.codec.name}"; copy into a journal of that codec`,
    { codec },
  )
}

/** The numbers beside frames must be those in them. */
export function checkLabel({ firstSeq, lastSeq }: CopiedFrame, opened: readonly OpenedFrame[]): void {
  const [first] = opened
  const last = opened.at(-1)
  if (first === undefined || last === undefined) return
  const holds =
    Number.isSafeInteger(firstSeq) &&
    first.firstSeq <= firstSeq &&
    firstSeq <= first.lastSeq &&
    firstSeq <= lastSeq &&
    last.lastSeq === lastSeq
  if (holds) return
  throw new JournalError(
    'JOURNAL_CORRUPT',
    `a frame that is said to hold records ${firstSeq} to ${lastSeq} holds ${first.firstSeq} to ${last.lastSeq}; ask for it again`,
    { firstSeq, lastSeq },
  )
}

/**
 * Throws `JOURNAL_CORRUPT` where what was received is no frame. The numbers of a frame without records come with no checksum,
 * and a position that is taken from them decides which records are left out from then on.
 */
export function checkCopiedFrame(frame: unknown): asserts frame is CopiedFrame {
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
