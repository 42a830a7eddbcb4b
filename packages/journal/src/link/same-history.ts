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
      const state = { asking: false, ended: false }
      /** A function, since it changes while frames are taken. */
      const isAsking = (): boolean => state.asking
      const fail = (error: unknown): void => subscriber.error(error)
      const take = (frame: JournalFrame): void => {
        const { journalId } = frame
        const position = checked.has(journalId) ? undefined : target.upstreamPosition?.(journalId)
        const asked = position && frame.verify?.(position)
        if (asked === undefined) {
          subscriber.next(frame)
          return
        }
        checked.add(journalId)
        state.asking = true
        asked.then(() => goOn(frame), fail)
      }
      const goOn = (frame: JournalFrame): void => {
        state.asking = false
        subscriber.next(frame)
        while (!isAsking() && waiting.length > 0 && !subscriber.closed) {
          for (const next of waiting.splice(0, 1)) take(next)
        }
        if (state.ended && !isAsking()) subscriber.complete()
      }
      const next = (frame: JournalFrame): void => {
        if (state.asking) waiting.push(frame)
        else take(frame)
      }
      const complete = (): void => {
        state.ended = true
        if (!state.asking) subscriber.complete()
      }
      subscriber.add(source.subscribe({ next, complete, error: fail }))
    })
}
