import type { MonoTypeOperatorFunction } from 'rxjs'
import { concatMap, defer, from, map, of } from 'rxjs'

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
    defer(() => {
      const checked = new Set<string>()
      return source.pipe(
        concatMap((frame) => {
          const { journalId } = frame
          const position = target.upstreamPosition?.(journalId)
          if (checked.has(journalId) || position === undefined || frame.verify === undefined) return of(frame)
          checked.add(journalId)
          return from(frame.verify(position)).pipe(map(() => frame))
        }),
      )
    })
}
