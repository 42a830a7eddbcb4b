import type { MonoTypeOperatorFunction } from 'rxjs'
import { Observable } from 'rxjs'

import type { JournalFrame, Position } from '../reading-types.ts'
import type { Journal } from '../types.ts'

/** Asks the journal that a frame was read from whether the target is in its history; `undefined` where nobody can tell here. */
export type SameHistory = (frame: JournalFrame) => Promise<void> | undefined

/**
 * Of frames that the target has already, the target could not tell whether they are the same, and they would be acknowledged: the
 * journal that they were read from compares the target's position. Each position is compared once.
 */
export function createSameHistory(target: Partial<Pick<Journal<never>, 'upstreamPosition'>>): SameHistory {
  const compared = new Map<string, { readonly position: Position; readonly done: Promise<void> }>()
  return (frame) => {
    const { journalId } = frame
    const position = target.upstreamPosition?.(journalId)
    if (position === undefined || frame.verify === undefined) return undefined
    const last = compared.get(journalId)
    if (last?.position.seq === position.seq && last.position.checksum === position.checksum) return last.done
    const done = frame.verify(position)
    compared.set(journalId, { position, done })
    return done
  }
}

/** Lets the first frame of a journal through when the target is known to be in its history, and then all that come behind it. */
export const askedFirst =
  (sameHistory: SameHistory): MonoTypeOperatorFunction<JournalFrame> =>
  (source) =>
    new Observable((subscriber) => {
      const begun = new Set<string>()
      /** Behind one whose journal is being asked. */
      const waiting: JournalFrame[] = []
      const state = { asking: false, ended: false }
      /** A function, since it changes while frames are taken. */
      const isAsking = (): boolean => state.asking
      const fail = (error: unknown): void => subscriber.error(error)
      const take = (frame: JournalFrame): void => {
        const asked = begun.has(frame.journalId) ? undefined : sameHistory(frame)
        begun.add(frame.journalId)
        if (asked === undefined) {
          subscriber.next(frame)
          return
        }
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
