import type { OperatorFunction, Subscriber } from 'rxjs'
import { Observable } from 'rxjs'

import type { Report } from '../status-types.ts'
import type { DropReason, WriteResult, Written } from '../types.ts'
import type { Frame } from './frame-builder.ts'
import type { WriteGroup } from './write-group.ts'

/** What the operator needs from the journal. */
export interface WriteTarget<T> {
  /** Most bytes of records that wait in one operator. */
  readonly maxPendingBytes: number
  newGroup(): WriteGroup<T>
  enqueue(frames: readonly Frame<T>[]): readonly Promise<Written>[]
  /** Throws when the journal is closed or about to be. */
  refuseWhenClosed(): void
  /** Work that `close()` waits for; it does not reject. */
  begun(work: Promise<void>): void
  /** Counts records that never got to the queue, or takes back what was counted. */
  dropped(count: number): void
  readonly report: Report
}

/** What one subscription of an operator does with what comes. */
export interface Groups<V> {
  /** Into the group that waits; what it throws ends the stream. */
  take(value: V): void
  /** Whether a group waits. */
  waits(): boolean
  /** Writes that group, and tells what became of it. */
  write(tell: (result: WriteResult) => void): Promise<void>
}

/** One group is on its way to the disk at a time; what arrives meanwhile is the next group. */
export function writeGroups<V>(
  target: Pick<WriteTarget<never>, 'refuseWhenClosed' | 'begun' | 'report'>,
  begin: (subscriber: Subscriber<WriteResult>) => Groups<V>,
): OperatorFunction<V, WriteResult> {
  return (source) =>
    new Observable((subscriber) => {
      const groups = begin(subscriber)
      let busy = false
      let finish: (() => void) | undefined

      const tell = (result: WriteResult): void => {
        if (result.type === 'dropped') target.report(lossOf(result))
        subscriber.next(result)
      }
      const run = async (): Promise<void> => {
        // What the same turn brings goes into the first group.
        await Promise.resolve()
        while (groups.waits()) await groups.write(tell)
        busy = false
        finish?.()
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
              groups.take(value)
            } catch (error) {
              end(() => subscriber.error(error))
              return
            }
            if (busy) return
            busy = true
            target.begun(run().catch((error: unknown) => subscriber.error(error)))
          },
          error: (error: unknown) => end(() => subscriber.error(error)),
          complete: () => end(() => subscriber.complete()),
        }),
      )
    })
}

/** Groups of single values, of which too many are dropped. */
export function writeValues<T>(target: WriteTarget<T>, maxPending: number): OperatorFunction<T, WriteResult> {
  return writeGroups(target, () => {
    let waiting = target.newGroup()
    let overflow = 0
    return {
      take: (value) => {
        const fits = waiting.count < maxPending && waiting.bytes < target.maxPendingBytes
        if (!fits) overflow += 1
        if (!fits || !waiting.add(value)) target.dropped(1)
      },
      waits: () => waiting.size > 0 || overflow > 0,
      write: async (tell) => {
        const group = waiting
        if (overflow > 0) tell({ type: 'dropped', reason: 'overflow', count: overflow })
        waiting = target.newGroup()
        overflow = 0
        await group.write((frames) => target.enqueue(frames))
        for (const result of group.results()) tell(result)
      },
    }
  })
}

const whyDropped: Readonly<Record<DropReason, string>> = {
  overflow: 'too many waited; appendBatch() takes them at once, writeBatches() holds its source back',
  unencodable: 'the codec refused them',
  full: 'the journal was full',
  io: 'they could not be written',
}

/** Few look for losses among what was written: they are a problem too. */
const lossOf = ({ count, reason }: WriteResult & { readonly type: 'dropped' }): Parameters<Report>[0] => ({
  reason: 'dropped',
  message: `${count} records were dropped: ${whyDropped[reason]}`,
})
