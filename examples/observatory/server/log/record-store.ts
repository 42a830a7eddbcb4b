import { join } from 'node:path'

import { jsonCodec, openJournal } from '@tocsin/journal'
import type { Journal } from '@tocsin/journal'
import type { Problem } from '@tocsin/protocols'
import { Subject } from 'rxjs'

import { fromStored, toStored } from './records.ts'
import type { FaultRecord, StoredRecord } from './records.ts'

/** Where the records of faults are. */
export interface RecordStore {
  readonly journal: Journal<StoredRecord>
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
 * Opens a small journal: it takes at most 32 MiB, of which the oldest goes first; what is too old is left out when it is read. It has
 * no subscriber, since what all subscribers have read is let go of.
 */
export async function openRecordStore({ data, now, problems }: RecordStoreParts): Promise<RecordStore> {
  const journal = await openJournal(join(data, 'faults'), {
    codec: jsonCodec<StoredRecord>(),
    // What is told is with the operating system at once, and outlives this process also where the disk is slow.
    durability: 'interval',
    segmentBytes: 1024 * 1024,
    maxBytes: 32 * 1024 * 1024,
    whenFull: 'drop-oldest',
    clock: { now },
  })
  for (const problem of journal.recovery.problems) problems.next(problem)
  const given = new Subject<StoredRecord>()
  const tell = (reason: string, message: string, count = 1): void =>
    problems.next({ type: 'problem', from: 'faults', reason, message, time: now(), count })
  journal.problems.subscribe({
    next: (problem) => problems.next(problem),
    error: (error: unknown) => tell('not-kept', String(error)),
  })
  given.pipe(journal.write({ maxPending })).subscribe({
    error: (error: unknown) => tell('not-kept', `no more is kept of faults: ${String(error)}`),
  })
  return {
    journal,
    read: async (take) => {
      let unknown = 0
      await journal.readFrom('oldest').forEach(({ values }) => {
        for (const value of values) {
          const record = fromStored(value)
          if (record === undefined) unknown += 1
          else take(record)
        }
      })
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
