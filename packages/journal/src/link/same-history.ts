import type { MonoTypeOperatorFunction } from 'rxjs'
import { Observable } from 'rxjs'

import type { JournalFrame } from '../reading-types.ts'
import type { Journal } from '../types.ts'

/**
 * Before the first frame of a journal is let through, the journal that it was read from compares the target's position: of frames
 * that the target has already, it could not tell whether they are the same, and would acknowledge them.
 */
export function sameHistory(
  target: Partial<Pick<Journal<never>, 'upstreamPosition'>>,
): MonoTypeOperatorFunction<JournalFrame> {
  return (source) =>
    new Observable((subscriber) => {
      const checked = new Set<string>()
      /** Behind one whose journal is being asked. */
      const waiting: JournalFrame[] = []
      let asking = false
      let ended = false
      const take = (frame: JournalFrame): void => {
        const { journalId, verify } = frame
        const position = checked.has(journalId) ? undefined : target.upstreamPosition?.(journalId)
        if (position === undefined || verify === undefined) {
          subscriber.next(frame)
          return
        }
        checked.add(journalId)
        asking = true
        const answered = (): void => {
          asking = false
          subscriber.next(frame)
          while (!asking && !subscriber.closed) {
            const next = waiting.shift()
            if (next === undefined) break
            take(next)
          }
          if (ended && !asking) subscriber.complete()
        }
        verify(position).then(answered, (error: unknown) => subscriber.error(error))
      }
      const next = (frame: JournalFrame): void => {
        if (asking) waiting.push(frame)
        else take(frame)
      }
      const complete = (): void => {
        ended = true
        if (!asking) subscriber.complete()
      }
      subscriber.add(source.subscribe({ next, complete, error: (error) => subscriber.error(error) }))
    })
}
