import type { FileSystem } from '@tocsin/core'
import type { Observable, SchedulerLike, Subscription } from 'rxjs'
import { defer, from, switchMap } from 'rxjs'

import type { Cursors } from '../cursors/cursors.ts'
import { JournalError, messageOf } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import { checkedOptions, defaultJournalOptions } from '../options.ts'
import type { ProblemLog } from '../problems.ts'
import { readFrom } from '../read/read-from.ts'
import type { OpenReading } from '../read/delivery.ts'
import { sharedReading } from '../read/shared-tail.ts'
import { createSubscribers } from '../read/subscribers.ts'
import type {
  JournalBatch,
  ReadFromOptions,
  ReadPosition,
  JournalSubscriber,
  SubscriberOptions,
  SubscriberStatus,
} from '../reading-types.ts'
import type { JournalProblem } from '../status-types.ts'
import type { FollowedSegments } from './followed-segments.ts'

/** What a reader is made of. */
export interface FolderReaderInput<T> {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly journalId: string
  readonly codec: Codec<T>
  readonly cursors: Cursors
  readonly followed: FollowedSegments
  readonly pollMs: number
  readonly scheduler: SchedulerLike
  readonly problemLog: ProblemLog
  readonly now: () => number
}

/** Reads the folder while somebody reads from it. */
export function createFolderReader<T>(input: FolderReaderInput<T>): JournalReader<T> {
  const { fileSystem, directory, journalId, codec, cursors, followed, problemLog } = input
  const { segments } = followed
  const { report } = problemLog
  let closed = false
  let closing: Promise<void> | undefined
  const changes = createChanges(input, () => closed)
  const lookAgain = (): Promise<void> => followed.look()
  // Copies of damage are the writer's business.
  const quarantine = { keep: async () => undefined }
  const open: OpenReading<T> = {
    reading: {
      ...{ journalId, segments, codec, quarantine, report, lookAgain },
      ...sharedReading({ fileSystem, journalId }, defaultJournalOptions.tailBytes),
    },
    isClosed: () => closed,
    onChange: changes.onChange,
  }
  const subscribers = createSubscribers<T>({ ...open, cursors, now: input.now })

  const refuseWhenClosed = (): void => {
    if (closing === undefined) return
    const message = `the reader of ${directory} is closed; open it again to go on`
    throw new JournalError('JOURNAL_CLOSED', message, { directory })
  }
  const close = async (): Promise<void> => {
    await subscribers.idle()
    closed = true
    changes.stop()
    await cursors.close()
    problemLog.complete()
  }
  const closeOnce = (): Promise<void> => (closing ??= close())
  return {
    id: journalId,
    get firstSeq() {
      return segments.firstSeq
    },
    get lastSeq() {
      return segments.lastSeq
    },
    problems: problemLog.problems,
    readFrom: (position, options) => {
      const read = readFrom(open, position, options)
      return defer(() => from(changes.look()).pipe(switchMap(() => read)))
    },
    subscriber: async (name, options) => {
      refuseWhenClosed()
      // Without a file the writer would not know of it, and wait for nobody.
      const { from: place } = checkedOptions<Pick<SubscriberOptions, 'from'>>({ from: 'oldest' }, options, {
        from: () => undefined,
      })
      await lookAgain()
      return subscribers.get(name, { from: place })
    },
    subscribers: () => subscribers.status(),
    removeSubscriber: async (name) => {
      refuseWhenClosed()
      await subscribers.remove(name)
      changes.tell()
    },
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  }
}

/** Tells readers of news; one action is scheduled while there are readers, and none otherwise. */
function createChanges(
  { followed, scheduler, pollMs, problemLog, directory }: Omit<FolderReaderInput<never>, 'codec'>,
  isClosed: () => boolean,
): {
  readonly onChange: (callback: () => void) => () => void
  readonly look: () => Promise<void>
  readonly tell: () => void
  readonly stop: () => void
} {
  const callbacks = new Set<() => void>()
  let next: Subscription | undefined
  let toldSeq = 0
  let failing = false

  const tell = (): void => {
    toldSeq = followed.segments.lastSeq
    for (const callback of [...callbacks]) callback()
  }
  /** What fails is tried again with the next look; it is reported once. */
  const look = async (): Promise<void> => {
    try {
      await followed.look()
      failing = false
    } catch (error) {
      if (!failing) {
        const message = `${directory} cannot be looked at and is tried again: ${messageOf(error)}`
        problemLog.report({ reason: 'io', message })
      }
      failing = true
    }
  }
  const poll = async (): Promise<void> => {
    await look()
    if (followed.segments.lastSeq !== toldSeq) tell()
    wait(pollMs)
  }
  const wait = (ms: number): void => {
    // Of two that ran into each other one goes on.
    next?.unsubscribe()
    next = undefined
    if (callbacks.size === 0 || isClosed()) return
    next = scheduler.schedule(() => void poll(), ms)
  }
  return {
    onChange: (callback) => {
      callbacks.add(callback)
      if (next === undefined) wait(0)
      return () => {
        callbacks.delete(callback)
        if (callbacks.size > 0) return
        next?.unsubscribe()
        next = undefined
      }
    },
    look,
    tell,
    stop: () => {
      next?.unsubscribe()
      tell()
    },
  }
}

/** A journal that another process writes. */
export interface JournalReader<T> extends AsyncDisposable {
  /** As `Journal.id`. */
  readonly id: string
  /** Oldest sequence number that was kept at the last look. */
  readonly firstSeq: number
  /** Newest sequence number that was known to be durable at the last look. */
  readonly lastSeq: number
  /** Damage that was come upon, and looks that failed; these are repeated. Completes on close. */
  readonly problems: Observable<JournalProblem>
  /** As `Journal.readFrom`, which looks at the folder first; with `follow` each `pollMs` again. */
  readFrom(position: ReadPosition, options?: ReadFromOptions): Observable<JournalBatch<T>>
  /** As `Journal.subscriber`. The writer removes nothing that it has not read, unless a limit makes it. */
  subscriber(name: string, options?: Pick<SubscriberOptions, 'from'>): Promise<JournalSubscriber<T>>
  /** All subscribers of the journal and how far they were when they were looked at last. */
  subscribers(): readonly SubscriberStatus[]
  /** Forgets a subscriber. */
  removeSubscriber(name: string): Promise<void>
  /** Ends what reads, and lets the names of subscribers go. Idempotent. */
  close(): Promise<void>
}
