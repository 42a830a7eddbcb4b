import { flag, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Observable } from 'rxjs'

import { maxNameBytes } from '../cursors/cursor-file.ts'
import type { Cursor } from '../cursors/cursor-list.ts'
import type { Cursors } from '../cursors/cursors.ts'
import { JournalError, messageOf } from '../errors.ts'
import { badOption, defaultBatchesOptions } from '../options.ts'
import type {
  Batch,
  BatchesOptions,
  FramesOptions,
  Subscriber,
  SubscriberOptions,
  SubscriberPosition,
  SubscriberStatus,
} from '../reading-types.ts'
import { iterateBatches } from '../rx/iterate-batches.ts'
import type { KeptSegments } from '../segments/segments.ts'
import { recordAge } from '../segments/segments.ts'
import type { BatchSource } from './delivery.ts'
import { batchesOf } from './delivery.ts'
import { isReadPosition } from './find-position.ts'
import type { RecordReaders } from './record-readers.ts'

/** What subscribers share. */
export interface SubscribersInput<T> {
  readonly journalId: string
  readonly cursors: Cursors
  readonly segments: KeptSegments
  readonly now: () => number
  /** Brings `segments` up to date, where another process writes and removes them. */
  readonly lookAgain?: () => Promise<void>
  /** The journal is closed. */
  readonly isClosed: () => boolean
  readonly readers: RecordReaders<T>
  /** Calls back after every commit and at the end. */
  readonly onChange: (callback: () => void) => () => void
}

/** The named readers of a journal. */
export interface Subscribers<T> {
  get(name: string, options?: Pick<SubscriberOptions, 'from' | 'transient'>): Promise<Subscriber<T>>
  status(): readonly SubscriberStatus[]
  remove(name: string): Promise<void>
  /** Resolves when no cursor is being made or removed. */
  idle(): Promise<void>
}

export function createSubscribers<T>(input: SubscribersInput<T>): Subscribers<T> {
  const { cursors, segments, readers, lookAgain } = input
  const known = new Map<Cursor, NamedSubscriber<T>>()
  /** What is gone up to there was never kept for the subscriber. */
  const gone = new WeakMap<Cursor, number>()
  const inTurn = createNameTurns()

  const find = async (position: SubscriberPosition): Promise<number> => {
    if (position === 'newest') return segments.lastSeq
    if (typeof position === 'object' && 'copyOf' in position) {
      const other = await cursors.look(position.copyOf)
      if (other !== undefined && !other.removed) return other.ackedSeq
      throw badOption(`there is no subscriber "${position.copyOf}" to copy the position of`)
    }
    if (typeof position === 'object' && 'seq' in position && position.seq > segments.lastSeq + 1) {
      throw badOption(
        `the next record is ${segments.lastSeq + 1}; a subscriber cannot begin at ${position.seq}`,
      )
    }
    return readers.find(position)
  }
  /** Nothing is removed until the position that was found is used. */
  const place = async <R>(
    position: SubscriberPosition,
    use: (seq: number, goneSeq: number) => Promise<R>,
  ): Promise<R> => {
    const release = cursors.hold(segments.firstSeq - 1)
    try {
      const seq = await find(position)
      return await use(seq, segments.firstSeq - 1)
    } finally {
      release()
    }
  }
  const create = (name: string, from: SubscriberPosition, transient: boolean): Promise<Cursor> =>
    place(from, async (seq, goneSeq) => {
      const cursor = await cursors.create(name, seq, transient)
      gone.set(cursor, goneSeq)
      return cursor
    })
  /** While another process removes segments: see `inRemovalTurn`. */
  const createBeside = (name: string, from: SubscriberPosition, transient: boolean): Promise<Cursor> =>
    cursors.whileNothingIsRemoved(async () => {
      const cursor = await cursors.create(name, 0, transient)
      try {
        await seekBeside(cursor, from)
        return cursor
      } catch (error) {
        await cursors.remove(cursor).catch(() => undefined)
        throw error
      }
    })
  const seek = (cursor: Cursor, position: SubscriberPosition): Promise<void> =>
    place(position, async (seq, goneSeq) => {
      gone.set(cursor, goneSeq)
      await cursors.seek(cursor, seq)
    })
  const seekBeside = async (cursor: Cursor, position: SubscriberPosition): Promise<void> => {
    await lookAgain?.()
    await seek(cursor, position)
  }

  const cursorOf = async (name: string, from: SubscriberPosition, transient: boolean): Promise<Cursor> => {
    const cursor = await cursors.look(name)
    // A removal that failed halfway is finished first.
    if (cursor?.removed === true) await cursors.remove(cursor)
    else if (cursor !== undefined) {
      if (cursor.transient !== transient) throw otherKind(cursor)
      if (await cursors.own(cursor)) return cursor
    }
    return lookAgain === undefined ? create(name, from, transient) : createBeside(name, from, transient)
  }
  const subscriberOf = (cursor: Cursor): NamedSubscriber<T> =>
    createSubscriber(cursor, input, {
      goneSeq: () => gone.get(cursor) ?? 0,
      seek: (position, isEnded) =>
        inTurn.run(cursor.name, async () => {
          if (isEnded()) throw ended(cursor.name)
          if (lookAgain === undefined) await seek(cursor, position)
          else await cursors.whileNothingIsRemoved(() => seekBeside(cursor, position))
        }),
    })
  return {
    get: async (name, options) => {
      checkName(name)
      const { from, transient } = resolveOptions<Required<CursorOptions>>(
        { from: 'oldest', transient: false },
        options,
        { from: () => undefined, transient: flag },
        badOption,
      )
      checkSubscriberPosition(from)
      const cursor = await inTurn.run(name, () => cursorOf(name, from, transient))
      const named = known.get(cursor) ?? subscriberOf(cursor)
      known.set(cursor, named)
      return named.subscriber
    },
    status: () =>
      cursors.list().map((cursor) => {
        const { name, ackedSeq, transient } = cursor
        const readSeq = Math.max(ackedSeq, segments.firstSeq - 1)
        const lagRecords = Math.max(0, segments.lastSeq - readSeq)
        const lagMs = lagRecords === 0 ? 0 : recordAge(segments, readSeq + 1, input.now())
        const active = known.get(cursor)?.isActive() ?? false
        return {
          name,
          ackedSeq,
          lagRecords,
          lagBytes: segments.bytesBehind(ackedSeq),
          lagMs,
          transient,
          active,
        }
      }),
    remove: (name) =>
      inTurn.run(name, async () => {
        const cursor = await cursors.look(name)
        if (cursor === undefined) return
        await cursors.remove(cursor)
        known.delete(cursor)
      }),
    idle: () => inTurn.idle(),
  }
}

/** Options that concern the cursor. */
type CursorOptions = Pick<SubscriberOptions, 'from' | 'transient'>

/** A subscriber and whether somebody reads it. */
interface NamedSubscriber<T> {
  readonly subscriber: Subscriber<T>
  readonly isActive: () => boolean
}

function createSubscriber<T>(
  cursor: Cursor,
  { journalId, cursors, segments, readers, onChange, isClosed }: SubscribersInput<T>,
  place: {
    readonly goneSeq: () => number
    readonly seek: (position: SubscriberPosition, isEnded: () => boolean) => Promise<void>
  },
): NamedSubscriber<T> {
  const moved = new Set<() => void>()
  const source: BatchSource = {
    journalId,
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
  const batches = (options?: BatchesOptions): Observable<Batch<T>> =>
    batchesOf(source, (seq) => readers.batches(seq, place.goneSeq()), resolveBatches(options))
  const subscriber: Subscriber<T> = {
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
      batchesOf(source, (seq) => readers.frames(seq, place.goneSeq()), resolveFrames(options)),
    [Symbol.asyncIterator]: () => iterateBatches(batches()),
    seek: async (position) => {
      checkSubscriberPosition(position)
      await place.seek(position, () => source.ended)
      for (const callback of [...moved]) callback()
    },
  }
  return { subscriber, isActive: () => source.claimed }
}

function resolveBatches(options: BatchesOptions | undefined): Required<BatchesOptions> {
  const checks = { maxRecords: wholeNumber(1, 1_000_000), maxInFlight: wholeNumber(1, 10_000) }
  return resolveOptions<Required<BatchesOptions>>(defaultBatchesOptions, options, checks, badOption)
}

function resolveFrames(options: FramesOptions | undefined): Required<BatchesOptions> {
  const { maxInFlight } = defaultBatchesOptions
  const checks = { maxInFlight: wholeNumber(1, 10_000) }
  return {
    maxRecords: 1,
    ...resolveOptions<Required<FramesOptions>>({ maxInFlight }, options, checks, badOption),
  }
}

function checkSubscriberPosition(position: unknown): asserts position is SubscriberPosition {
  if (position === 'newest') return
  if (typeof position === 'object' && position !== null && 'copyOf' in position) {
    if (typeof position.copyOf === 'string' && Object.keys(position).length === 1) return
  }
  if (isReadPosition(position)) return
  throw badOption(
    'a position is "oldest", "newest", { seq: 1, 2, 3 … }, { time: ms since the Unix epoch } or { copyOf: name }',
  )
}

const otherKind = ({ name, transient }: Cursor): JournalError =>
  badOption(
    `subscriber "${name}" is ${transient ? '' : 'not '}transient; give "transient" as when it was made, or use another name`,
  )

const ended = (name: string): JournalError =>
  new JournalError(
    'JOURNAL_CLOSED',
    `subscriber "${name}" was removed or its journal closed; ask the journal for it again`,
    { name },
  )

function checkName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name.isWellFormed()) {
    const bytes = Buffer.byteLength(name)
    if (bytes > 0 && bytes <= maxNameBytes) return
  }
  throw badOption(`the name of a subscriber is a string of 1 to ${maxNameBytes} bytes in UTF-8`)
}

/** What is done to the cursor of one name happens one after the other. */
interface NameTurns {
  /** What the disk says comes out as `JOURNAL_IO`. */
  run<R>(name: string, work: () => Promise<R>): Promise<R>
  /** Resolves when nothing is being done. */
  idle(): Promise<void>
}

function createNameTurns(): NameTurns {
  const turns = new Map<string, Promise<unknown>>()
  return {
    run: (name, work) => {
      const turn = Promise.resolve(turns.get(name)).then(work)
      const settled = turn.then(
        () => undefined,
        () => undefined,
      )
      turns.set(name, settled)
      void settled.then(() => turns.get(name) === settled && turns.delete(name))
      return turn.catch((error: unknown) => Promise.reject(unwritable(name, error)))
    },
    idle: async () => {
      await Promise.all(turns.values())
    },
  }
}

const unwritable = (name: string, error: unknown): JournalError =>
  error instanceof JournalError
    ? error
    : new JournalError(
        'JOURNAL_IO',
        `the cursor of subscriber "${name}" cannot be made, moved or removed: ${messageOf(error)}; mend the disk and try again`,
        { name },
        error,
      )
