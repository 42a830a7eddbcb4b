import type { SchedulerLike } from 'rxjs'

import { messageOf } from '../errors.ts'
import type { Report } from '../status-types.ts'
import type { CursorList, NameLock, TakeName } from './cursor-list.ts'

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
    // Asked at every acknowledgement.
    const ackedSeq = takeName === undefined ? cursors.minAcked : cursors.minOwned
    if (ackedSeq !== undefined && ackedSeq < seq) return false
    const mine = [...states.values()].filter(({ owned }) => owned || takeName === undefined)
    if (mine.some((cursor) => cursor.ackedSeq < seq) || !isWorthLooking(seq)) return false
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

/** The name that is taken for a turn. */
export const removalTurn = 'removal'

const retryMs = 10

/** It is held for milliseconds: whoever has it for longer has been stopped. */
const maxTries = 100

/**
 * `undefined` where the turn is not to be had.
 *
 * Why nothing is removed under a cursor that another process is making. The writer removes a segment only in its turn: it
 * takes this lock, then reads the cursors of all, then removes, then lets the lock go. Another process makes a cursor, or
 * moves one back, only in its turn as well: it makes the file, looks for the oldest segment that is there, and puts the
 * cursor before that. So either the writer reads the cursors afterwards and finds the new one, or what it removed is not
 * there any more when the other looks. A process that dies in its turn lets the lock go with it; its cursor then stands at 0,
 * where every cursor is made, and holds everything. A cursor that only moves forward needs no turn: what is behind the
 * position that was read is behind the later one too.
 *
 * The lock is not seen across network namespaces (containers that share a volume). There a segment may go between the look
 * and the move, but only one that no older cursor held, and the subscriber is told of it by a gap.
 */
export async function inRemovalTurn<R>(
  takeName: TakeName | undefined,
  scheduler: SchedulerLike,
  work: () => Promise<R>,
): Promise<R | undefined> {
  if (takeName === undefined) return work()
  const lock = await takeTurn(takeName, scheduler)
  if (lock === undefined) return undefined
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

async function takeTurn(takeName: TakeName, scheduler: SchedulerLike): Promise<NameLock | undefined> {
  for (let tries = 1; ; tries += 1) {
    const lock = await takeName(removalTurn)
    if (lock !== undefined || tries === maxTries) return lock
    await new Promise<void>((resolve) => {
      scheduler.schedule(() => resolve(), retryMs)
    })
  }
}
