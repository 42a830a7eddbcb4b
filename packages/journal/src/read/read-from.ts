import { flag, wholeNumber } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { defer, from, switchMap, tap, throwError } from 'rxjs'

import { JournalError, messageOf } from '../errors.ts'
import type { Defined } from '../options.ts'
import { checkedOptions } from '../options.ts'
import type { JournalBatch, BatchesOptions, ReadFromOptions, ReadPosition } from '../reading-types.ts'
import type { BatchReader, ReadBatch, Reading } from './batch-reader.ts'
import { asBatch, createBatchReader } from './batch-reader.ts'
import type { BatchSource, OpenReading } from './delivery.ts'
import { batchesOf } from './delivery.ts'
import { checkPosition, findPosition } from './find-position.ts'

/** What `readFrom()` does unless told otherwise. */
export const defaultReadFromOptions: Defined<ReadFromOptions> = Object.freeze({
  maxRecords: 1000,
  maxInFlight: 4,
  follow: false,
})

/** Batches from a position on, without a cursor. */
export function readFrom<T>(
  input: OpenReading<T>,
  position: ReadPosition,
  given: ReadFromOptions | undefined,
): Observable<JournalBatch<T>> {
  checkPosition(position)
  const { follow, ...options } = checkedOptions<ReadFromOptions>(defaultReadFromOptions, given, {
    maxRecords: wholeNumber(1, 1_000_000),
    maxInFlight: wholeNumber(1, 10_000),
    follow: flag,
  })
  return defer(() => {
    const endSeq = follow ? Infinity : input.reading.segments.lastSeq
    if (input.isClosed() && !follow) return throwError(() => cutShort(0, endSeq))
    const found = findPosition(input.reading, position).catch((error: unknown) =>
      Promise.reject(unfindable(error)),
    )
    return from(found).pipe(switchMap((afterSeq) => readUpTo(input, afterSeq, endSeq, options)))
  })
}

function readUpTo<T>(
  { reading, isClosed, onChange }: OpenReading<T>,
  afterSeq: number,
  endSeq: number,
  options: Defined<BatchesOptions>,
): Observable<JournalBatch<T>> {
  let ackedSeq = afterSeq
  let readSeq = afterSeq
  const source: BatchSource = {
    name: 'readFrom',
    get ended() {
      return isClosed() || readSeq >= endSeq
    },
    claimed: false,
    get ackedSeq() {
      return ackedSeq
    },
    ack: (seq) => {
      ackedSeq = Math.max(ackedSeq, seq)
    },
    onChange,
  }
  const open = (seq: number): BatchReader<ReadBatch<T>> => endingAt(readUnkept(reading, seq), endSeq)
  return batchesOf(source, open, options, asBatch(reading.journalId)).pipe(
    tap({
      next: ({ position: { lastSeq } }) => {
        readSeq = lastSeq
      },
      complete: () => {
        if (readSeq < endSeq && endSeq < Infinity) throw cutShort(readSeq, endSeq)
      },
    }),
  )
}

/** Nothing is kept for it: what is not there any more was evicted, and is no problem. */
const readUnkept = <T>(reading: Reading<T>, afterSeq: number): BatchReader<ReadBatch<T>> =>
  createBatchReader(
    {
      ...reading,
      goneSeq: () => reading.segments.firstSeq - 1,
      report: (problem) => {
        if (problem.reason !== 'evicted') reading.report(problem)
      },
    },
    afterSeq,
  )

/** Frames go on behind the end: a batch may hold records that became durable later. */
function endingAt<T>(reader: BatchReader<ReadBatch<T>>, endSeq: number): BatchReader<ReadBatch<T>> {
  return {
    close: () => reader.close(),
    read: async (maxRecords, ackedSeq) => {
      const batch = await reader.read(maxRecords, ackedSeq)
      if (batch === undefined || batch.lastSeq <= endSeq) return batch
      const gaps = batch.gaps
        .filter(({ fromSeq }) => fromSeq <= endSeq)
        .map((gap) => ({ ...gap, toSeq: Math.min(gap.toSeq, endSeq) }))
      const values = batch.values.slice(0, Math.max(0, endSeq - batch.firstSeq + 1))
      const firstSeq = values.length > 0 ? batch.firstSeq : (gaps[0]?.fromSeq ?? batch.firstSeq)
      return { firstSeq, lastSeq: endSeq, values, gaps }
    },
  }
}

const cutShort = (readSeq: number, endSeq: number): JournalError =>
  new JournalError(
    'JOURNAL_CLOSED',
    `the journal was closed before everything was read (${readSeq} of ${endSeq}); open it again and read from ${readSeq + 1}`,
    { readSeq, endSeq },
  )

const unfindable = (error: unknown): JournalError =>
  error instanceof JournalError
    ? error
    : new JournalError(
        'JOURNAL_IO',
        `the place to read from cannot be found: ${messageOf(error)}; subscribe again when the disk is mended`,
        {},
        error,
      )
