import type { Report } from './disk/recovery.ts'
import type { Segment, Segments } from './disk/segments.ts'
import type { SpareSegment } from './disk/spare-segment.ts'
import { messageOf } from './errors.ts'

/** Removes the segments that nobody needs. */
export interface Retention {
  /** Removes what every subscriber has read; resolves when that is done. */
  reclaim(): Promise<void>
  /** Removes these whether they were read or not. */
  evict(victims: readonly Segment[]): Promise<void>
  /** Records that were evicted unread. */
  readonly evicted: number
}

/** What retention works on. */
export interface RetentionInput {
  readonly segments: Segments
  readonly spare: SpareSegment
  /** The lowest durable cursor, `undefined` without subscribers: then nothing was read and all stays. */
  readonly minDurable: () => number | undefined
  /** Whether the folder is still this writer's. */
  readonly held: () => boolean
  readonly report: Report
}

export function createRetention({ segments, spare, minDurable, held, report }: RetentionInput): Retention {
  let running: Promise<void> | undefined
  let evicted = 0

  const remove = async ({ path }: Segment): Promise<void> => {
    try {
      if (held()) await spare.retire(path)
    } catch (error) {
      report({ reason: 'io', file: path, message: `${path} could not be removed: ${messageOf(error)}` })
    }
  }
  const removable = (): Segment | undefined => {
    const oldest = segments.oldestRemovable()
    return oldest !== undefined && oldest.lastSeq <= (minDurable() ?? -1) ? oldest : undefined
  }
  const run = async (): Promise<void> => {
    for (let oldest = removable(); oldest !== undefined; oldest = removable()) {
      // Off the list first: nobody is sent to a file that is going.
      segments.removeOldest()
      await remove(oldest)
    }
    running = undefined
  }

  return {
    get evicted() {
      return evicted
    },
    reclaim: async () => {
      if (running === undefined && removable() !== undefined) running = run()
      await running
    },
    evict: async (victims) => {
      const last = victims.at(-1)
      if (last === undefined) return
      const fromSeq = Math.max(segments.firstSeq, (minDurable() ?? 0) + 1)
      segments.evict(victims)
      if (fromSeq <= last.lastSeq) {
        evicted += last.lastSeq - fromSeq + 1
        const message = `records ${fromSeq} to ${last.lastSeq} were removed unread to make room`
        report({ reason: 'evicted', fromSeq, toSeq: last.lastSeq, message })
      }
      for (const victim of victims) await remove(victim)
    },
  }
}
