import { join } from 'node:path'

import { jsonCodec, openJournal } from '@tocsin/journal'
import type { Journal } from '@tocsin/journal'
import type { Problem } from '@tocsin/protocols'
import { Subject } from 'rxjs'

import { fromStored, toStored } from './records.ts'
import type { FaultRecord, StoredRecord } from './records.ts'

/** Where the records of faults are. */
export interface RecordStore {
  /** Absent where it cannot be opened: then nothing is kept. */
  readonly journal?: Journal<StoredRecord>
  /** Hands each record that is kept to `take`, the oldest first. */
  read(take: (record: FaultRecord) => void): Promise<void>
  /** Keeps a record. What the disk does not take is told as a problem and holds nothing up. */
  write(record: FaultRecord): void
  close(): Promise<void>
}

/** Records that wait for the disk; beyond it they are dropped and told. */
const maxPending = 10_000

export interface RecordStoreParts {
  readonly data: string
  readonly now: () => number
  readonly problems: { next(problem: Problem<string>): void }
}

/**
 * Opens what is kept of faults. A disk that lets it not be opened or read is told as a problem: to find faults and to tell people is
 * worth more than to remember them.
 */
export async function openRecordStore({ data, now, problems }: RecordStoreParts): Promise<RecordStore> {
  const tell = (reason: string, message: string, count = 1): void =>
    problems.next({ type: 'problem', from: 'faults', reason, message, time: now(), count })
  const journal = await openFaultJournal(data, now).catch((error: unknown) => {
    tell('not-kept', `nothing is kept of faults, as what is there cannot be opened: ${String(error)}`)
  })
  if (journal === undefined) {
    return { read: async () => undefined, write: () => undefined, close: async () => undefined }
  }
  // Not by the name that its problems have, which is that of the samples' journal.
  const report = (problem: Problem<string>): void => problems.next({ ...problem, from: 'faults' })
  for (const problem of journal.recovery.problems) report(problem)
  const given = new Subject<StoredRecord>()
  journal.problems.subscribe({
    next: report,
    error: (error: unknown) => tell('not-kept', String(error)),
  })
  given.pipe(journal.write({ maxPending })).subscribe({
    error: (error: unknown) => tell('not-kept', `no more is kept of faults: ${String(error)}`),
  })
  return {
    journal,
    read: async (take) => {
      let unknown = 0
      const takeStored = (stored: unknown): void => {
        const record = fromStored(stored)
        try {
          if (record === undefined) unknown += 1
          else take(record)
        } catch {
          // It has the version of this program and not its shape.
          unknown += 1
        }
      }
      await journal
        .readFrom('oldest')
        .forEach(({ values }) => values.forEach(takeStored))
        .catch((error: unknown) =>
          tell('not-read', `faults are missing, as not all can be read: ${String(error)}`),
        )
      if (unknown > 0)
        tell(
          'unknown-record',
          `${unknown} records of faults are of another version, and were left alone`,
          unknown,
        )
    },
    write: (record) => given.next(toStored(record)),
    close: async () => {
      given.complete()
      await journal.close()
    },
  }
}

/**
 * A small journal: it takes at most 32 MiB, of which the oldest goes first; what is too old is left out when it is read. It has no
 * subscriber, since what all subscribers have read is let go of.
 */
const openFaultJournal = (data: string, now: () => number): Promise<Journal<StoredRecord>> =>
  openJournal(join(data, 'faults'), {
    codec: jsonCodec<StoredRecord>(),
    // What is told is with the operating system at once, and outlives this process also where the disk is slow.
    durability: 'interval',
    segmentBytes: 1024 * 1024,
    maxBytes: 32 * 1024 * 1024,
    whenFull: 'drop-oldest',
    clock: { now },
  })
