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

/** One group is on its way to the disk at a time; what arrives meanwhile is the next group. */
export function writeValues<T>(target: WriteTarget<T>, maxPending: number): OperatorFunction<T, WriteResult> {
  return (source) =>
    new Observable((subscriber) => {
      let waiting = target.newGroup()
      let overflow = 0
      let busy = false
      let finish: (() => void) | undefined

      const run = async (): Promise<void> => {
        // What the same turn brings goes into the first group.
        await Promise.resolve()
        while (waiting.size > 0 || overflow > 0) {
          const group = waiting
          const lost = overflow
          waiting = target.newGroup()
          overflow = 0
          if (lost > 0) tell(target, subscriber, { type: 'dropped', reason: 'overflow', count: lost })
          await group.write((frames) => target.enqueue(frames))
          for (const result of group.results()) tell(target, subscriber, result)
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
            const fits = waiting.count < maxPending && waiting.bytes < target.maxPendingBytes
            if (!fits) overflow += 1
            if (!fits || !waiting.add(value)) target.dropped(1)
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
