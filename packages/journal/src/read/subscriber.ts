import { optional, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Observable } from 'rxjs'

import type { Cursor } from '../cursors/cursor-list.ts'
import type { Cursors } from '../cursors/cursors.ts'
import { JournalError } from '../errors.ts'
import { badOption, defaultBatchesOptions, defaultFramesOptions, isPosition } from '../options.ts'
import type {
  JournalBatch,
  BatchesOptions,
  FramesOptions,
  JournalFrame,
  JournalSubscriber,
  Position,
  SubscriberPosition,
} from '../reading-types.ts'
import { iterateBatches } from '../rx/iterate-batches.ts'
import type { BatchReader, ReadBatch, Reading } from './batch-reader.ts'
import { asBatch, createBatchReader } from './batch-reader.ts'
import { checkHistory } from './check-history.ts'
import type { BatchSource, OpenReading } from './delivery.ts'
import { batchesOf } from './delivery.ts'
import { isReadPosition } from './find-position.ts'
import type { ReadFrame } from './stored-frames.ts'
import { createStoredFrames } from './stored-frames.ts'

/** A subscriber and whether somebody reads it. */
export interface NamedSubscriber<T> {
  readonly subscriber: JournalSubscriber<T>
  readonly isActive: () => boolean
}

export function createSubscriber<T>(
  cursor: Cursor,
  { reading, cursors, onChange, isClosed }: OpenReading<T> & { readonly cursors: Pick<Cursors, 'ack'> },
  place: {
    readonly goneSeq: () => number
    readonly seek: (position: SubscriberPosition, isEnded: () => boolean) => Promise<void>
    /** As `seek` behind this record, where it is not there already. */
    readonly goBehind: (seq: number, isEnded: () => boolean) => Promise<void>
  },
): NamedSubscriber<T> {
  const { journalId, segments } = reading
  const moved = new Set<() => void>()
  const source: BatchSource = {
    name: cursor.name,
    get ended() {
      return cursor.removed || isClosed()
    },
    get ackedSeq() {
      return cursor.ackedSeq
    },
    get generation() {
      return cursor.generation
    },
    claimed: false,
    ack: (seq: number) => {
      if (!isClosed()) cursors.ack(cursor, seq)
    },
    onChange: (callback) => {
      const stop = onChange(callback)
      moved.add(callback)
      return () => {
        moved.delete(callback)
        stop()
      }
    },
  }
  /** What was gone when the subscriber was placed was never kept for it. */
  const kept = (): Reading<T> => {
    const goneSeq = place.goneSeq()
    return { ...reading, goneSeq: () => goneSeq }
  }
  /** The word of a follower counts, not the cursor's. */
  const goBehind = (after: Position | undefined) =>
    after &&
    (async (isOver: () => boolean): Promise<void> => {
      await checkHistory(reading, after)
      if (!isOver()) await place.goBehind(after.seq, () => source.ended)
    })
  const batches = (given?: BatchesOptions): Observable<JournalBatch<T>> => {
    const { after, ...credit } = resolveBatches(given)
    const open = (seq: number): BatchReader<ReadBatch<T>> => createBatchReader(kept(), seq)
    return batchesOf(source, open, credit, asBatch(journalId), goBehind(after))
  }
  const frames = (given?: FramesOptions): Observable<JournalFrame> => {
    const { after, runBytes, ...credit } = resolveFrames(given)
    const open = (seq: number): BatchReader<ReadFrame> => createStoredFrames(kept(), seq, runBytes)
    const verify = (position: Position): Promise<void> => checkHistory(reading, position)
    const dress = (frame: ReadFrame, ack: () => void): JournalFrame => {
      const { firstSeq, lastSeq, headSeq, count, skip, time, gaps, codec, bytes } = frame
      // Field by field: a spread takes longer than all else here.
      return { journalId, firstSeq, lastSeq, headSeq, count, skip, time, gaps, codec, bytes, verify, ack }
    }
    return batchesOf(source, open, { maxRecords: 1, ...credit }, dress, goBehind(after))
  }
  const subscriber: JournalSubscriber<T> = {
    name: cursor.name,
    journalId,
    get headSeq() {
      return segments.lastSeq
    },
    get ackedSeq() {
      return cursor.ackedSeq
    },
    batches,
    frames,
    [Symbol.asyncIterator]: () => iterateBatches(batches()),
    seek: async (position) => {
      checkSubscriberPosition(position)
      await place.seek(position, () => source.ended)
      for (const callback of [...moved]) callback()
    },
  }
  return { subscriber, isActive: () => source.claimed }
}

const inFlight = wholeNumber(1, 10_000)
const maxRunBytes = 1024 * 1024

const resolveBatches = (given: BatchesOptions | undefined) =>
  resolveOptions<typeof defaultBatchesOptions & Pick<BatchesOptions, 'after'>>(
    defaultBatchesOptions,
    given,
    { maxRecords: wholeNumber(1, 1_000_000), maxInFlight: inFlight, after: optional(isPosition) },
    badOption,
  )

const resolveFrames = (given: FramesOptions | undefined) =>
  resolveOptions<typeof defaultFramesOptions & Pick<FramesOptions, 'after'>>(
    defaultFramesOptions,
    given,
    {
      maxInFlight: inFlight,
      maxInFlightBytes: wholeNumber(1),
      runBytes: wholeNumber(0, maxRunBytes),
      after: optional(isPosition),
    },
    badOption,
  )

/** Throws `JOURNAL_BAD_OPTION` for anything but a {@link SubscriberPosition}. */
export function checkSubscriberPosition(position: unknown): asserts position is SubscriberPosition {
  if (position === 'newest') return
  if (typeof position === 'object' && position !== null && 'copyOf' in position) {
    if (typeof position.copyOf === 'string' && Object.keys(position).length === 1) return
  }
  if (isReadPosition(position)) return
  throw badOption(
    'a position is "oldest", "newest", { seq: 1, 2, 3 … }, { time: ms since the Unix epoch } or { copyOf: name }',
  )
}

export const ended = (name: string): JournalError =>
  new JournalError(
    'JOURNAL_CLOSED',
    `subscriber "${name}" was removed or its journal closed; ask the journal for it again`,
    { name },
  )
