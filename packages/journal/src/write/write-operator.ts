import type { OperatorFunction, Subscriber } from 'rxjs'
import { Observable } from 'rxjs'

import { JournalError } from '../errors.ts'
import type { Report } from '../status-types.ts'
import type { DropReason, WriteResult, Written } from '../types.ts'

/** What the operator needs from the journal. */
export interface WriteTarget<T> {
  append(values: readonly T[]): Promise<Written>
  /** Throws when the journal is closed or about to be. */
  refuseWhenClosed(): void
  /** Work that `close()` waits for; it does not reject. */
  begun(work: Promise<void>): void
  /** Counts records that never got to the queue. */
  dropped(count: number): void
  readonly report: Report
}

/** One group is on its way to the disk at a time; what arrives meanwhile is the next group. */
export function writeValues<T>(target: WriteTarget<T>, maxPending: number): OperatorFunction<T, WriteResult> {
  return (source) =>
    new Observable((subscriber) => {
      let waiting: T[] = []
      let overflow = 0
      let busy = false
      let finish: (() => void) | undefined

      const run = async (): Promise<void> => {
        // What the same turn brings goes into the first group.
        await Promise.resolve()
        while (waiting.length > 0 || overflow > 0) {
          const group = waiting
          const lost = overflow
          waiting = []
          overflow = 0
          if (lost > 0) tell(target, subscriber, { type: 'dropped', reason: 'overflow', count: lost })
          if (group.length > 0) {
            for (const result of await writeGroup(target, group)) tell(target, subscriber, result)
          }
        }
        busy = false
        finish?.()
      }
      const start = (): void => {
        if (busy) return
        busy = true
        target.begun(run().catch((error: unknown) => subscriber.error(error)))
      }
      const end = (last: () => void): void => {
        if (busy) finish ??= last
        else last()
      }

      subscriber.add(
        source.subscribe({
          next: (value) => {
            try {
              target.refuseWhenClosed()
            } catch (error) {
              end(() => subscriber.error(error))
              return
            }
            if (waiting.length < maxPending) waiting.push(value)
            else {
              overflow += 1
              target.dropped(1)
            }
            start()
          },
          error: (error: unknown) => end(() => subscriber.error(error)),
          complete: () => end(() => subscriber.complete()),
        }),
      )
    })
}

const whyDropped: Readonly<Record<DropReason, string>> = {
  overflow: 'too many waited; appendBatch() takes them at once, writeBatches() holds its source back',
  unencodable: 'the codec refused them',
  full: 'the journal was full',
  io: 'they could not be written',
}

/** Says what became of records; a loss to `problems` too, since few look for it among what was written. */
export function tell(
  { report }: Pick<WriteTarget<never>, 'report'>,
  subscriber: Subscriber<WriteResult>,
  result: WriteResult,
): void {
  if (result.type === 'dropped') {
    const { count, reason } = result
    report({ reason: 'dropped', message: `${count} records were dropped: ${whyDropped[reason]}` })
  }
  subscriber.next(result)
}

/** A group that the codec refuses is appended record by record, so that only the culprits are lost. */
async function writeGroup<T>(target: WriteTarget<T>, group: readonly T[]): Promise<readonly WriteResult[]> {
  try {
    return [{ type: 'written', ...(await target.append(group)), count: group.length }]
  } catch (error) {
    const reason = dropReason(error)
    if (reason !== 'unencodable' || group.length === 1) {
      return [{ type: 'dropped', reason, count: group.length }]
    }
    // Counted as lost when the group was refused; it has a second chance now.
    target.dropped(-group.length)
  }
  const results = await Promise.all(group.map((value) => writeGroup(target, [value])))
  return merged(results.flat())
}

/** Neighbours of one type as one. */
export function merged(results: readonly WriteResult[]): readonly WriteResult[] {
  const joined: WriteResult[] = []
  for (const result of results) {
    const last = joined.at(-1)
    if (last?.type === 'written' && result.type === 'written' && result.firstSeq === last.lastSeq + 1) {
      joined[joined.length - 1] = { ...last, lastSeq: result.lastSeq, count: last.count + result.count }
    } else if (last?.type === 'dropped' && result.type === 'dropped' && result.reason === last.reason) {
      joined[joined.length - 1] = { ...last, count: last.count + result.count }
    } else joined.push(result)
  }
  return joined
}

/** Why the records are lost; an error that ends the stream is thrown. */
export function dropReason(error: unknown): DropReason {
  const code = error instanceof JournalError ? error.code : undefined
  if (code === 'JOURNAL_FULL') return 'full'
  if (code === 'JOURNAL_IO') return 'io'
  if (code === 'JOURNAL_UNENCODABLE' || code === 'JOURNAL_RECORD_TOO_LARGE') return 'unencodable'
  throw error
}
