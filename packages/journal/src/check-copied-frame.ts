import { JournalError } from './errors.ts'
import type { CopiedFrame } from './types.ts'

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
