import type { Slices } from '@tocsin/core/slices'

import type { CounterWrap } from '../engine/rollups.ts'
import type { Level } from '../engine/levels.ts'
import type { ReadingLog } from '../log/reading-log.ts'
import type { RollupMemory } from '../memory/memory-face.ts'
import type { SegmentDamage } from '../segment/segment-query.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'

/** What a read counts. */
interface ReadCounts {
  blocks: number
  heads: number
  storedWindows: number
  memoryWindows: number
  foldedWindows: number
}

/** What a store holds at one moment, to be read. Segments stay as they were; memory is as it is when it is asked. */
export interface StoreView {
  readonly levels: readonly [Level, ...Level[]]
  readonly counterWrap: CounterWrap
  /** By number: a later one has the last word on the windows that it holds. */
  readonly segments: readonly SegmentReader[]
  /** Windows of a segment that count no more. */
  readonly isStale?: (number: number, start: number) => boolean
  /** Absent where only segments are to be read. */
  readonly memory?: RollupMemory | undefined
  readonly log?: ReadingLog | undefined
  readonly counts: ReadCounts
  /** When others may run. */
  readonly slices: Slices
  /** What was met and cannot be read; grows while reading. */
  readonly unreadable: SegmentDamage[]
}
