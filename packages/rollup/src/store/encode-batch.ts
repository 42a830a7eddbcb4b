import type { BatchPosition } from '@tocsin/core'

import { readSample, sampleFacts, type RollupInput } from '../engine/reading.ts'
import { RollupError } from '../errors.ts'
import type { FoundProblem } from '../problem.ts'
import type { RollupBatch, RollupPosition } from '../rollup-store.ts'
import type { Dictionary } from './dictionary.ts'
import { writeRecord, type HeadRecord } from './head-log.ts'
import type { SeriesReading } from './reading-codec.ts'

const maxJournalIdLength = 256

/** A batch as a record of the head log, without what is in the store already. */
export interface EncodedBatch {
  readonly record: HeadRecord
  /** The record as bytes. */
  readonly payload: Uint8Array
  /** Records left out since they are in the store. */
  readonly skipped: number
  readonly problems: readonly FoundProblem[]
}

/** Refuses what is no batch; it may be anything. */
export function checkBatch(batch: Partial<RollupBatch> | null | undefined): void {
  const { position, values } = batch ?? {}
  const { journalId, firstSeq = NaN, lastSeq = NaN }: Partial<BatchPosition> = position ?? {}
  const count = lastSeq - firstSeq + 1
  if (typeof journalId !== 'string' || journalId === '' || journalId.length > maxJournalIdLength) {
    throw new RollupError(
      'ROLLUP_BAD_BATCH',
      `"position.journalId" is a text of 1 to ${maxJournalIdLength} characters`,
    )
  }
  if (!Number.isSafeInteger(firstSeq) || !Number.isSafeInteger(lastSeq) || firstSeq < 0 || count < 1) {
    throw new RollupError(
      'ROLLUP_BAD_BATCH',
      '"position.firstSeq" and "lastSeq" are whole numbers from 0, in this order',
    )
  }
  if (!Array.isArray(values) || (values.length > 0 && values.length !== count)) {
    throw new RollupError(
      'ROLLUP_BAD_BATCH',
      `"values" holds one value per sequence number, or none: ${count} from ${firstSeq} to ${lastSeq}, got ${values?.length ?? 'none'}`,
    )
  }
}

/** Refuses a batch of another journal than `position`. */
export function checkJournal(batch: RollupBatch, position: RollupPosition | undefined): void {
  const { journalId } = batch.position
  if (position !== undefined && position.journalId !== journalId) {
    throw new RollupError(
      'ROLLUP_WRONG_JOURNAL',
      `the store follows the journal ${position.journalId}, the batch is of ${journalId}; give each journal a folder of its own`,
      { expected: position.journalId, got: journalId },
    )
  }
}

/** Checks the samples of a batch behind `position` and gives new series their numbers; `undefined` where none is behind it. */
export function encodeBatch(
  batch: RollupBatch,
  position: RollupPosition | undefined,
  dictionary: Dictionary,
  maxSeries: number,
): EncodedBatch | undefined {
  const { journalId, firstSeq, lastSeq } = batch.position
  const stored = position?.seq ?? -1
  if (lastSeq <= stored) return undefined
  const skipped = Math.max(0, stored - firstSeq + 1)
  const problems: FoundProblem[] = []
  const newSeries: string[] = []
  const readings: SeriesReading[] = []

  const problem = (input: RollupInput, reason: FoundProblem['reason'], message: string): void => {
    problems.push({ reason, ...sampleFacts(input, message) })
  }

  for (const input of batch.values.slice(skipped)) {
    const reading = readSample(input)
    if (reading.kind === 'refused') {
      problem(input, reading.reason, reading.message)
      continue
    }
    const { key } = input.series
    const known = dictionary.numberOf(key)
    const full = known === undefined && dictionary.list.length >= maxSeries
    const id = known ?? (full ? undefined : dictionary.add(key))
    if (id === undefined) {
      if (full) problem(input, 'too-many-series', `there are ${maxSeries} series already`)
      else problem(input, 'bad-series', 'the key is no canonical series name')
      continue
    }
    if (known === undefined) newSeries.push(key)
    if (reading.kind === 'text' && reading.cut) problem(input, 'text-cut', 'the text was shortened')
    readings.push({ id, reading })
  }
  const record = { position: { journalId, seq: lastSeq }, newSeries, readings }
  return { record, payload: writeRecord(record), skipped, problems }
}
