import type { SchedulerLike, Subscription } from 'rxjs'

import type { Cursors } from '../cursors/cursors.ts'
import { messageOf } from '../errors.ts'
import type { Segment, Segments } from '../segments/segments.ts'
import type { SpareSegment } from '../segments/spare-segment.ts'
import type { Report } from '../status-types.ts'
import type { Pins } from './pins.ts'

/** What timers of a machine can wait, ms. */
const longestWaitMs = 2_147_483_647

/** How many segments go in one look at the cursors, and how many at most before the journal is closed. */
const removalsAtOnce = 32
const removalsAtClose = 64

/** Removes the segments that nobody needs. */
export interface Retention {
  /** Removes what every subscriber has read and no history is kept of; resolves when that is done. */
  reclaim(): Promise<void>
  /** Removes what every subscriber has read, history or not, until the segments take so many bytes. */
  shrink(bytes: number): Promise<void>
  /** What nobody holds any more though somebody has not read it; history is not among it. */
  releasable(): readonly Segment[]
  /** Removes these whether they were read or not. */
  evict(victims: readonly Segment[]): Promise<void>
  /** Records that were evicted before every subscriber had read them. */
  readonly evicted: number
  /** As {@link Retention.reclaim}, but only a few: the others are removed after the next opening. */
  finish(): Promise<void>
  stop(): void
}

/** What retention works on. */
export interface RetentionInput {
  readonly segments: Segments
  readonly spare: SpareSegment
  readonly pins: Pins
  readonly whenBeyond: Cursors['whenBeyond']
  /** Segments that everybody has read are kept while they are younger. */
  readonly keepMs: number
  /** They are kept as well while all segments together take no more. */
  readonly keepBytes: number
  readonly scheduler: SchedulerLike
  readonly now: () => number
  /** Whether the folder is still this writer's; nothing is touched once it is not. */
  readonly held: () => boolean
  /** Whether the disk itself lacks room, so that nothing is put aside. */
  scarce(): boolean
  /** Something is gone. */
  freed(): void
  readonly report: Report
}

export function createRetention(input: RetentionInput): Retention {
  const { segments, spare, pins, held, report } = input
  const evictions = createEvictionLog(input)
  let running: Promise<void> | undefined
  let again = false
  let expiry: Subscription | undefined
  let stopped = false
  /** Segments that may still go. */
  let left = Infinity

  const remove = async ({ path }: Segment): Promise<void> => {
    try {
      if (!held()) return
      await spare.retire(path)
      if (input.scarce()) await spare.drop()
    } catch (error) {
      report({ reason: 'io', file: path, message: `${path} could not be removed: ${messageOf(error)}` })
    }
  }
  const oldestRead = (): Segment | undefined => {
    const oldest = held() ? segments.oldestRemovable() : undefined
    return oldest !== undefined && oldest.lastSeq <= (pins.readSeq ?? -1) ? oldest : undefined
  }
  const removable = (): Segment | undefined => {
    const oldest = held() ? segments.oldestRemovable() : undefined
    return oldest !== undefined && keptFor(input, 0, segments.bytes - oldest.bytes) <= 0 ? oldest : undefined
  }
  /** The last of those that are read and could go in one turn. */
  const lastRead = (oldest: Segment): number => {
    const readSeq = pins.readSeq ?? -1
    const [list, most] = [segments.list(), Math.min(removalsAtOnce, segments.count - 1)]
    let { lastSeq } = oldest
    for (let index = 1; index < most; index += 1) {
      const segment = list[index]
      if (segment === undefined || segment.lastSeq > readSeq) break
      lastSeq = Math.max(lastSeq, segment.lastSeq)
    }
    return lastSeq
  }
  const removeWhile = async (next: () => Segment | undefined): Promise<void> => {
    for (let oldest = next(); oldest !== undefined && left > 0; oldest = next()) {
      const first = oldest
      const removeUpTo = (seq: number): Promise<boolean> =>
        input.whenBeyond(seq, async () => {
          // It may have been evicted meanwhile.
          let victim = segments.oldestRemovable() === first ? first : undefined
          while (victim !== undefined && victim.lastSeq <= seq && left > 0) {
            // Off the list first: nobody is sent to a file that is going.
            segments.removeOldest()
            left -= 1
            await remove(victim)
            input.freed()
            victim = next()
          }
        })
      // A cursor of another process may be between them.
      const seq = lastRead(first)
      if (!(await removeUpTo(seq)) && (seq === first.lastSeq || !(await removeUpTo(first.lastSeq)))) break
    }
  }
  /** One action, for the oldest segment: it is the first whose time is over. */
  const wakeForExpiry = (): void => {
    const oldest = oldestRead()
    if (oldest === undefined || expiry !== undefined || stopped) return
    const waitMs = keptFor(input, 0, segments.bytes - oldest.bytes)
    if (waitMs <= 0 || waitMs === Infinity) return
    expiry = input.scheduler.schedule(
      () => {
        expiry = undefined
        void reclaim()
      },
      Math.min(waitMs, longestWaitMs),
    )
  }
  const run = async (): Promise<void> => {
    // A cursor may move after the last look and before this is over.
    while (again) {
      again = false
      await removeWhile(removable)
    }
    running = undefined
  }
  const reclaim = async (): Promise<void> => {
    if (removable() !== undefined) {
      again = true
      running ??= run()
    }
    await running
    wakeForExpiry()
  }

  return {
    get evicted() {
      return evictions.count
    },
    reclaim,
    shrink: (bytes) =>
      removeWhile(() => (held() && segments.bytes > bytes ? segments.oldestRemovable() : undefined)),
    releasable: () => {
      const released = pins.releasedSeq() ?? -1
      if (released <= (pins.readSeq ?? -1)) return []
      const list = segments.list()
      let left = segments.bytes
      const end = list.findIndex((segment, index) => {
        left -= segment.bytes
        return segment.lastSeq > released || index === list.length - 1 || keptFor(input, index, left) > 0
      })
      return list.slice(0, Math.max(0, end))
    },
    evict: async (victims) => {
      if (victims.length === 0 || !held()) return
      evictions.add(victims)
      segments.evict(victims)
      for (const victim of victims) await remove(victim)
      input.freed()
    },
    finish: () => {
      left = removalsAtClose
      return reclaim()
    },
    stop: () => {
      stopped = true
      expiry?.unsubscribe()
    },
  }
}

/** How long history still keeps a segment, ms; with `bytesLeft` as what would remain without it and all before. */
function keptFor(
  { segments, keepMs, keepBytes, now }: RetentionInput,
  index: number,
  bytesLeft: number,
): number {
  if (keepBytes > 0 && bytesLeft < keepBytes) return Infinity
  // A segment ends when the next is begun; its own beginning is the best guess where that is not known.
  const list = segments.list()
  const endedAt = list[index + 1]?.time || list[index]?.time || 0
  const leftMs = keepMs === 0 ? 0 : endedAt + keepMs - now()
  // A clock that tells no time keeps everything, and nobody waits for it.
  return Number.isNaN(leftMs) ? Infinity : leftMs
}

/** Counts and reports what is removed unread. */
function createEvictionLog({ segments, pins, report }: RetentionInput): {
  readonly count: number
  add(victims: readonly Segment[]): void
} {
  let count = 0
  return {
    get count() {
      return count
    },
    add: (victims) => {
      // What was read meanwhile is off the list and not evicted.
      const toSeq = victims.at(-1)?.lastSeq ?? 0
      const { firstSeq } = segments
      const unread = Math.max(firstSeq, (pins.readSeq ?? 0) + 1)
      if (unread > toSeq) return
      count += toSeq - unread + 1
      const message = `records ${unread} to ${toSeq} were removed unread to make room`
      const behind = pins.behind(toSeq)
      if (behind.length === 0) report({ reason: 'evicted', fromSeq: unread, toSeq, message })
      for (const cursor of behind) {
        const { name: subscriber, ackedSeq } = cursor
        const fromSeq = Math.max(firstSeq, ackedSeq + 1)
        pins.evicted(cursor, toSeq - fromSeq + 1)
        const why = `records ${fromSeq} to ${toSeq} were removed before "${subscriber}" had read them; it gets a gap`
        report({ reason: 'evicted', subscriber, fromSeq, toSeq, message: why })
      }
    },
  }
}
