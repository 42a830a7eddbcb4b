import { EMPTY, lastValueFrom, takeWhile, tap, timeout } from 'rxjs'

import { openJournal } from '../open-journal.ts'
import type { Journal } from '../types.ts'
import type { Ledger } from './ledger.ts'
import type { Delivery, Violation } from './oracle.ts'
import { checkGaps, checkReader } from './oracle.ts'

/** Its position holds everything that is not settled. */
const auditor = 'auditor'

/** A reader that gets nothing for this long will get nothing more. */
const stalledAfterMs = 10_000

/** What reopening a journal showed. */
export interface Audit {
  readonly violations: readonly Violation[]
  /** Records that were read back. */
  readonly checked: number
}

/** Makes the journal with the position that holds its records. */
export async function prepareJournal(directory: string, segmentBytes: number): Promise<void> {
  const journal = await openJournal(directory, { segmentBytes })
  await journal.subscriber(auditor)
  await journal.close()
}

/** Opens the journal and compares what a reader gets with the ledger; with `settle`, what was read needs not be kept any more. */
export async function audit(
  directory: string,
  ledger: Ledger,
  { segmentBytes, settle }: { readonly segmentBytes: number; readonly settle: boolean },
): Promise<Audit> {
  const journal = await openJournal(directory, { segmentBytes })
  try {
    const { firstSeq } = journal.recovery
    const cursors = new Map(journal.subscribers().map(({ name, ackedSeq }) => [name, ackedSeq]))
    const violations = [...ledger.opened(firstSeq, cursors)]
    const headSeq = journal.recovery.lastSeq
    const { afterSeq, delivered } = await readAll(journal, headSeq, settle)
    const { acked, seen, attempted } = ledger
    violations.push(...checkReader({ afterSeq, headSeq, acked, seen, attempted, delivered }))
    violations.push(...checkGaps(delivered))
    // Where the auditor now is is known to the ledger when the journal is opened the next time.
    if (settle) {
      ledger.settle(Number.MAX_SAFE_INTEGER)
      ledger.addLife(0, [{ acking: [auditor, headSeq] }])
    }
    return { violations, checked: delivered.filter((delivery) => 'seq' in delivery).length }
  } finally {
    await journal.close()
  }
}

async function readAll(
  journal: Journal<Uint8Array>,
  headSeq: number,
  settle: boolean,
): Promise<{ afterSeq: number; delivered: readonly Delivery[] }> {
  const subscriber = await journal.subscriber(auditor)
  const afterSeq = subscriber.ackedSeq
  const delivered: Delivery[] = []
  const decoder = new TextDecoder()
  if (afterSeq >= headSeq) return { afterSeq, delivered }
  const batches = subscriber.batches({ maxInFlight: 10_000 }).pipe(
    tap((batch) => {
      delivered.push(...batch.gaps)
      batch.values.forEach((value, index) => {
        delivered.push({ seq: batch.position.firstSeq + index, value: decoder.decode(value) })
      })
      if (settle && batch.position.lastSeq === headSeq) batch.ack()
    }),
    takeWhile(({ position }) => position.lastSeq < headSeq, true),
    timeout({ each: stalledAfterMs, with: () => EMPTY }),
  )
  await lastValueFrom(batches, { defaultValue: undefined })
  return { afterSeq, delivered }
}
