import { flag } from '@tocsin/core'

import { maxNameBytes } from '../cursors/cursor-file.ts'
import type { Cursor } from '../cursors/cursor-list.ts'
import type { Cursors } from '../cursors/cursors.ts'
import { JournalError, messageOf } from '../errors.ts'
import { badOption, checkedOptions } from '../options.ts'
import type {
  JournalSubscriber,
  SubscriberOptions,
  SubscriberPosition,
  SubscriberStatus,
} from '../reading-types.ts'
import { recordAge } from '../segments/segments.ts'
import type { OpenReading } from './delivery.ts'
import { findPosition } from './find-position.ts'
import type { NamedSubscriber } from './subscriber.ts'
import { checkSubscriberPosition, createSubscriber, ended } from './subscriber.ts'

/** What they are made of. */
export interface SubscribersInput<T> extends OpenReading<T> {
  readonly cursors: Cursors
  readonly now: () => number
}

/** The named readers of a journal. */
export interface Subscribers<T> {
  get(name: string, options?: Pick<SubscriberOptions, 'from' | 'transient'>): Promise<JournalSubscriber<T>>
  status(): readonly SubscriberStatus[]
  remove(name: string): Promise<void>
  /** Resolves when no cursor is being made or removed. */
  idle(): Promise<void>
}

export function createSubscribers<T>(input: SubscribersInput<T>): Subscribers<T> {
  const { cursors, reading } = input
  const { segments, lookAgain } = reading
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
    return findPosition(reading, position)
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
  const move = async (
    cursor: Cursor,
    position: SubscriberPosition,
    isEnded: () => boolean,
  ): Promise<void> => {
    if (isEnded()) throw ended(cursor.name)
    if (lookAgain === undefined) await seek(cursor, position)
    else await cursors.whileNothingIsRemoved(() => seekBeside(cursor, position))
  }
  const subscriberOf = (cursor: Cursor): NamedSubscriber<T> =>
    createSubscriber(cursor, input, {
      goneSeq: () => gone.get(cursor) ?? 0,
      seek: (position, isEnded) => inTurn.run(cursor.name, () => move(cursor, position, isEnded)),
      // Looked at in its turn: one that was left may still be going elsewhere.
      goBehind: (seq, isEnded) =>
        inTurn.run(cursor.name, async () => {
          if (cursor.ackedSeq !== seq) await move(cursor, { seq: seq + 1 }, isEnded)
        }),
    })
  return {
    get: async (name, options) => {
      checkName(name)
      const { from, transient } = checkedOptions<CursorOptions>(
        { from: 'oldest', transient: false },
        options,
        { from: () => undefined, transient: flag },
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

const otherKind = ({ name, transient }: Cursor): JournalError =>
  badOption(
    `subscriber "${name}" is ${transient ? '' : 'not '}transient; give "transient" as when it was made, or use another name`,
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
