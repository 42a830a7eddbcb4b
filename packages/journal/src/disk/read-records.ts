import type { SchedulerLike } from 'rxjs'

import { messageOf } from '../errors.ts'
import type { Report } from '../status-types.ts'
import type { CursorList, TakeName } from './cursor-list.ts'
import { inRemovalTurn } from './removal-turn.ts'

/** What decides whether records may go. */
export interface ReadRecordsInput {
  readonly cursors: CursorList
  /** How long a look at cursors that did not let anything go is good for, ms. */
  readonly cursorSyncMs: number
  readonly scheduler: SchedulerLike
  readonly takeName?: TakeName | undefined
  readonly report: Report
}

/**
 * Gives a function that calls `remove` if every cursor is durably beyond `seq`, which is brought about for those that are
 * owned; `remove` begins in the tick of the check. It gives `false` where it did not.
 */
export function createReadRecords(
  input: ReadRecordsInput,
): (seq: number, remove: () => Promise<void>) => Promise<boolean> {
  const { cursors, cursorSyncMs, scheduler, takeName, report } = input
  const { states } = cursors
  let lookedAt: number | undefined

  /** A cursor of others that is far behind is not read at every commit. */
  const isWorthLooking = (seq: number): boolean => {
    if (takeName === undefined) return states.size > 0
    const others = [...states.values()].filter(({ owned }) => !owned)
    if (states.size > 0 && others.every(({ durableSeq }) => durableSeq >= seq)) return true
    return lookedAt === undefined || Math.abs(scheduler.now() - lookedAt) >= cursorSyncMs
  }
  return async (seq, remove) => {
    const mine = [...states.values()].filter(({ owned }) => owned || takeName === undefined)
    if (mine.some(({ ackedSeq }) => ackedSeq < seq) || !isWorthLooking(seq)) return false
    const lagging = mine.filter(({ durableSeq }) => durableSeq < seq)
    await Promise.all(lagging.map(async ({ writer }) => writer?.settle()))
    try {
      const done = await inRemovalTurn(takeName, scheduler, async () => {
        if (takeName !== undefined) {
          await cursors.lookAtAll()
          lookedAt = scheduler.now()
        }
        if ((cursors.minDurable ?? -1) < seq) return false
        await remove()
        return true
      })
      return done ?? false
    } catch (error) {
      report({ reason: 'io', message: `nothing is removed, the cursors cannot be read: ${messageOf(error)}` })
      return false
    }
  }
}
