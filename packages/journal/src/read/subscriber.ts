import type { Defined } from '@tocsin/core'
import { wholeNumber } from '@tocsin/core'
import type { Observable } from 'rxjs'

import type { Cursor } from '../cursors/cursor-list.ts'
import type { Cursors } from '../cursors/cursors.ts'
import { JournalError } from '../errors.ts'
import { badOption, checkedOptions, defaultBatchesOptions } from '../options.ts'
import type {
  JournalBatch,
  BatchesOptions,
  FramesOptions,
  JournalFrame,
  JournalSubscriber,
  SubscriberPosition,
} from '../reading-types.ts'
import { iterateBatches } from '../rx/iterate-batches.ts'
import type { Reading } from './batch-reader.ts'
import { asBatch, createBatchReader } from './batch-reader.ts'
import type { BatchSource, OpenReading } from './delivery.ts'
import { batchesOf } from './delivery.ts'
import { isReadPosition } from './find-position.ts'
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
  const batches = (options?: BatchesOptions): Observable<JournalBatch<T>> =>
    batchesOf(source, (seq) => createBatchReader(kept(), seq), resolveBatches(options), asBatch(journalId))
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
    frames: (options) =>
      batchesOf(
        source,
        (seq) => createStoredFrames(kept(), seq),
        resolveFrames(options),
        (frame, ack): JournalFrame => ({ journalId, ...frame, ack }),
      ),
    [Symbol.asyncIterator]: () => iterateBatches(batches()),
    seek: async (position) => {
      checkSubscriberPosition(position)
      await place.seek(position, () => source.ended)
      for (const callback of [...moved]) callback()
    },
  }
  return { subscriber, isActive: () => source.claimed }
}

function resolveBatches(options: BatchesOptions | undefined): Defined<BatchesOptions> {
  const checks = { maxRecords: wholeNumber(1, 1_000_000), maxInFlight: wholeNumber(1, 10_000) }
  return checkedOptions<BatchesOptions>(defaultBatchesOptions, options, checks)
}

function resolveFrames(options: FramesOptions | undefined): Defined<BatchesOptions> {
  const { maxInFlight } = defaultBatchesOptions
  const checks = { maxInFlight: wholeNumber(1, 10_000) }
  return {
    maxRecords: 1,
    ...checkedOptions<FramesOptions>({ maxInFlight }, options, checks),
  }
}

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
