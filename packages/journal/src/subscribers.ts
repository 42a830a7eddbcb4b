import { oneOf, resolveOptions, wholeNumber } from '@tocsin/core'

import { batchesOf } from './batches.ts'
import { maxNameBytes } from './disk/cursor-file.ts'
import type { Cursor, Cursors } from './disk/cursors.ts'
import type { Segments } from './disk/segments.ts'
import { JournalError, messageOf } from './errors.ts'
import type { RecordReaders } from './record-readers.ts'
import { badOption } from './options.ts'
import type {
  BatchesOptions,
  FramesOptions,
  Subscriber,
  SubscriberOptions,
  SubscriberStatus,
} from './types.ts'

/** What subscribers share. */
export interface SubscribersInput<T> {
  readonly journalId: string
  readonly cursors: Cursors
  readonly segments: Segments
  /** The journal is closed. */
  readonly isClosed: () => boolean
  readonly readers: RecordReaders<T>
  /** Calls back after every commit and at the end. */
  readonly onChange: (callback: () => void) => () => void
}

/** The named readers of a journal. */
export interface Subscribers<T> {
  get(name: string, options?: SubscriberOptions): Promise<Subscriber<T>>
  status(): readonly SubscriberStatus[]
  remove(name: string): Promise<void>
  /** Resolves when no cursor is being made or removed. */
  idle(): Promise<void>
}

/** What `batches()` does unless told otherwise. */
export const defaultBatchesOptions: Readonly<Required<BatchesOptions>> = Object.freeze({
  maxRecords: 1000,
  maxInFlight: 4,
})

export function createSubscribers<T>(input: SubscribersInput<T>): Subscribers<T> {
  const { cursors, segments } = input
  const known = new Map<Cursor, Subscriber<T>>()
  const inTurn = createTurns()

  const cursorOf = async (name: string, from: 'oldest' | 'newest'): Promise<Cursor> => {
    const cursor = cursors.get(name)
    if (cursor !== undefined && !cursor.removed) return cursor
    // A removal that failed halfway is finished first.
    if (cursor !== undefined) await cursors.remove(cursor)
    return cursors.create(name, from === 'oldest' ? segments.firstSeq - 1 : segments.lastSeq)
  }
  return {
    get: async (name, options) => {
      checkName(name)
      const { from } = resolveOptions<Required<SubscriberOptions>>(
        { from: 'oldest' },
        options,
        { from: oneOf('oldest', 'newest') },
        badOption,
      )
      const cursor = await inTurn.run(name, () => cursorOf(name, from))
      const subscriber = known.get(cursor) ?? subscriberOf(cursor, input)
      known.set(cursor, subscriber)
      return subscriber
    },
    status: () =>
      cursors.list().map(({ name, ackedSeq }) => ({
        name,
        ackedSeq,
        lagRecords: Math.max(0, segments.lastSeq - Math.max(ackedSeq, segments.firstSeq - 1)),
        lagBytes: segments.bytesBehind(ackedSeq),
      })),
    remove: (name) =>
      inTurn.run(name, async () => {
        const cursor = cursors.get(name)
        if (cursor === undefined) return
        known.delete(cursor)
        await cursors.remove(cursor)
      }),
    idle: () => inTurn.idle(),
  }
}

/** What is done to the cursor of one name happens one after the other; what the disk says comes out as `JOURNAL_IO`. */
function createTurns(): {
  run<R>(name: string, work: () => Promise<R>): Promise<R>
  idle(): Promise<void>
} {
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
  new JournalError(
    'JOURNAL_IO',
    `the cursor of subscriber "${name}" cannot be made or removed: ${messageOf(error)}; mend the disk and try again`,
    { name },
    error,
  )

function subscriberOf<T>(cursor: Cursor, input: SubscribersInput<T>): Subscriber<T> {
  const { journalId, cursors, readers, onChange, isClosed } = input
  const source = {
    journalId,
    name: cursor.name,
    get ended() {
      return cursor.removed || isClosed()
    },
    get ackedSeq() {
      return cursor.ackedSeq
    },
    claimed: false,
    ack: (seq: number) => {
      if (!isClosed()) cursors.ack(cursor, seq)
    },
    onChange,
  }
  return {
    name: cursor.name,
    get ackedSeq() {
      return cursor.ackedSeq
    },
    batches: (options) => batchesOf(source, readers.batches, resolveBatches(options)),
    frames: (options) => batchesOf(source, readers.frames, resolveFrames(options)),
  }
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

function checkName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name.isWellFormed()) {
    const bytes = Buffer.byteLength(name)
    if (bytes > 0 && bytes <= maxNameBytes) return
  }
  throw badOption(`the name of a subscriber is a string of 1 to ${maxNameBytes} bytes in UTF-8`)
}
