import type { BatchPosition } from '@tocsin/core'

import { RollupError } from '../errors.ts'
import type { RollupBatch, RollupPosition } from '../rollup-store.ts'

const maxJournalIdLength = 256

const badBatch = (message: string): RollupError => new RollupError('ROLLUP_BAD_BATCH', message)

/** Refuses what is no batch; it may be anything. */
export function checkBatch(batch: Partial<RollupBatch> | null | undefined): void {
  const { position, values, gaps } = batch ?? {}
  const { journalId, firstSeq = NaN, lastSeq = NaN }: Partial<BatchPosition> = position ?? {}
  if (typeof journalId !== 'string' || journalId === '' || journalId.length > maxJournalIdLength) {
    throw badBatch(`"position.journalId" is a text of 1 to ${maxJournalIdLength} characters`)
  }
  if (!isStretch(firstSeq, lastSeq)) {
    throw badBatch('"position.firstSeq" and "lastSeq" are whole numbers from 0, in this order')
  }
  const count = lastSeq - firstSeq + 1
  if (!Array.isArray(values) || (values.length > 0 && values.length !== count)) {
    const got = values?.length ?? 'none'
    throw badBatch(
      `"values" holds one value per sequence number, or none: ${count} from ${firstSeq} to ${lastSeq}, got ${got}`,
    )
  }
  if (gaps === undefined) return
  const isToldOf = (gap: Partial<Gap> | null): boolean => isStretch(gap?.fromSeq, gap?.toSeq)
  if (!Array.isArray(gaps) || !gaps.every(isToldOf)) {
    throw badBatch('"gaps" is a list of { fromSeq, toSeq, reason }, of whole numbers from 0, in this order')
  }
}

type Gap = NonNullable<RollupBatch['gaps']>[number]

/** Whether both are numbers of records, the first one first; they may be anything. */
const isStretch = (first: unknown, last: unknown): boolean =>
  Number.isSafeInteger(first) &&
  Number.isSafeInteger(last) &&
  Number(first) >= 0 &&
  Number(first) <= Number(last)

/** Refuses a batch of another journal than `position`. */
export function checkJournal(batch: RollupBatch, position: RollupPosition | undefined): void {
  const { journalId } = batch.position
  if (position === undefined || position.journalId === journalId) return
  throw new RollupError(
    'ROLLUP_WRONG_JOURNAL',
    `the store follows the journal ${position.journalId}, the batch is of ${journalId}; give each journal a folder of its own`,
    { expected: position.journalId, got: journalId },
  )
}

/** Once a later record is stored, those before it count as stored too: when they came after all, they would be skipped. */
export function checkLeap(
  { position, values, gaps = [] }: RollupBatch,
  last: RollupPosition | undefined,
): void {
  const { firstSeq } = position
  const expected = last === undefined ? firstSeq : last.seq + 1
  if (firstSeq <= expected || values.length === 0) return
  const told = gaps.some(({ fromSeq, toSeq }) => fromSeq <= expected && toSeq >= firstSeq - 1)
  if (told) return
  throw new RollupError(
    'ROLLUP_GAP',
    `the batch begins with record ${firstSeq}, and record ${expected} is not stored; write the records between, or give them ` +
      'up by an empty batch of their numbers',
    { expected, got: firstSeq },
  )
}
