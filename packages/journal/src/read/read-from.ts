import type { Check, Defined } from '@tocsin/core'
import { flag, optional, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Observable } from 'rxjs'
import { defer, from, switchMap, tap, throwError } from 'rxjs'

import { JournalError, mendDisk } from '../errors.ts'
import { badOption } from '../options.ts'
import type { JournalBatch, ReadFromOptions, ReadPosition } from '../reading-types.ts'
import type { BatchReader, ReadBatch, Reading } from './batch-reader.ts'
import { asBatch, createBatchReader } from './batch-reader.ts'
import type { BatchSource, OpenReading } from './delivery.ts'
import { batchesOf } from './delivery.ts'
import { checkPosition, findWithRemoved, isReadPosition } from './find-position.ts'

/** What `readFrom()` does unless told otherwise. */
export const defaultReadFromOptions: Defined<Pick<ReadFromOptions, 'maxRecords' | 'follow'>> = Object.freeze({
  maxRecords: 1000,
  follow: false,
})

type Resolved = typeof defaultReadFromOptions & Pick<ReadFromOptions, 'maxInFlight' | 'until'>

/** Batches from a position on, without a cursor. */
export function readFrom<T>(
  input: OpenReading<T>,
  position: ReadPosition,
  given: ReadFromOptions | undefined,
): Observable<JournalBatch<T>> {
  checkPosition(position)
  const options = resolveOptions<Resolved>(
    defaultReadFromOptions,
    given,
    {
      maxRecords: wholeNumber(1, 1_000_000),
      maxInFlight: optional(wholeNumber(1, 10_000)),
      until: optional(isEnd),
      follow: flag,
    },
    badOption,
  )
  return defer(() => {
    const end = endOf(options, input.reading.segments.lastSeq)
    if (input.isClosed() && !options.follow) return throwError(() => cutShort(0, end.seq))
    const found = findWithRemoved(input.reading, position).catch((error: unknown) =>
      Promise.reject(unfindable(error)),
    )
    return from(found).pipe(switchMap((afterSeq) => readUpTo(input, afterSeq, end, options)))
  })
}

const isEnd: Check = (value) =>
  value !== 'oldest' && isReadPosition(value)
    ? undefined
    : '{ seq: 1, 2, 3 … } or { time: ms since the Unix epoch }'

/** Where reading ends; `seq`, the last record, comes nearer when the time is reached. */
interface End {
  seq: number
  readonly time: number
}

function endOf({ follow, until }: Resolved, lastSeq: number): End {
  const durable = follow ? Infinity : lastSeq
  if (until === undefined) return { seq: durable, time: Infinity }
  return 'seq' in until
    ? { seq: Math.min(durable, until.seq - 1), time: Infinity }
    : { seq: durable, time: until.time }
}

function readUpTo<T>(
  { reading, isClosed, onChange }: OpenReading<T>,
  afterSeq: number,
  end: End,
  { maxRecords, maxInFlight = Infinity }: Resolved,
): Observable<JournalBatch<T>> {
  let ackedSeq = afterSeq
  let readSeq = afterSeq
  const source: BatchSource = {
    name: 'readFrom',
    get ended() {
      return isClosed() || readSeq >= end.seq
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
  const open = (seq: number): BatchReader<ReadBatch<T>> => endingAt(reading, seq, end)
  return batchesOf(source, open, { maxRecords, maxInFlight }, asBatch(reading.journalId)).pipe(
    tap({
      next: ({ position: { lastSeq } }) => {
        readSeq = lastSeq
      },
      complete: () => {
        if (readSeq < end.seq && end.seq < Infinity) throw cutShort(readSeq, end.seq)
      },
    }),
  )
}

/** Nothing is kept for it: what is not there any more was evicted, and is no problem. */
const unkept = <T>(reading: Reading<T>): Reading<T> => ({
  ...reading,
  goneSeq: () => reading.segments.startSeq - 1,
  report: (problem) => {
    if (problem.reason !== 'evicted') reading.report(problem)
  },
})

/** Frames go on behind the end: a batch may hold records that are not wanted. */
function endingAt<T>(reading: Reading<T>, afterSeq: number, end: End): BatchReader<ReadBatch<T>> {
  let reached = false
  const time = { time: end.time, reached: () => void (reached = true) }
  const reader = createBatchReader(unkept(reading), afterSeq, time)
  return {
    close: () => reader.close(),
    read: async (maxRecords, ackedSeq) => {
      const batch = await reader.read(maxRecords, ackedSeq)
      // Everything before that time is handed out.
      if (batch === undefined && reached) end.seq = 0
      return batch === undefined || batch.lastSeq <= end.seq ? batch : cutAt(batch, end.seq)
    },
  }
}

function cutAt<T>(batch: ReadBatch<T>, endSeq: number): ReadBatch<T> {
  const gaps = batch.gaps
    .filter(({ fromSeq }) => fromSeq <= endSeq)
    .map((gap) => ({ ...gap, toSeq: Math.min(gap.toSeq, endSeq) }))
  const values = batch.values.slice(0, Math.max(0, endSeq - batch.firstSeq + 1))
  const firstSeq = values.length > 0 ? batch.firstSeq : (gaps[0]?.fromSeq ?? batch.firstSeq)
  return { firstSeq, lastSeq: endSeq, values, gaps }
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
        `the place to read from cannot be found: ${mendDisk(error, 'mend the disk')}, then subscribe again`,
        {},
        error,
      )
