import type { SchedulerLike } from 'rxjs'

import type { NameLock, TakeName } from './cursor-list.ts'

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
    const lock = await takeName('removal')
    if (lock !== undefined || tries === maxTries) return lock
    await new Promise<void>((resolve) => {
      scheduler.schedule(() => resolve(), retryMs)
    })
  }
}
