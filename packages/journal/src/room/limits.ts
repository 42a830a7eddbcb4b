import type { Cursors } from '../cursors/cursors.ts'
import type { HealthLog } from '../health.ts'
import { createHealthLog } from '../health.ts'
import type { ResolvedOptions } from '../options.ts'
import type { ProblemLog } from '../problems.ts'
import type { Segments } from '../segments/segments.ts'
import type { SpareSegment } from '../segments/spare-segment.ts'
import { createSpareSegment } from '../segments/spare-segment.ts'
import type { DiskRoom } from './disk-room.ts'
import { createDiskRoom } from './disk-room.ts'
import type { Pins } from './pins.ts'
import { createPins } from './pins.ts'
import type { Retention } from './retention.ts'
import { createRetention } from './retention.ts'

/** What keeps a journal within its limits, and tells how it is. */
export interface Limits {
  readonly spare: SpareSegment
  readonly pins: Pins
  readonly retention: Retention
  readonly room: DiskRoom
  readonly health: HealthLog
  /** Nothing waits or is scheduled any longer. */
  stop(): void
}

/** What it works on. */
export interface LimitsInput {
  readonly directory: string
  readonly segments: Segments
  readonly cursors: Cursors
  readonly problemLog: ProblemLog
  readonly held: () => boolean
}

export function createLimits(input: LimitsInput, options: Omit<ResolvedOptions<never>, 'codec'>): Limits {
  const { directory, segments, cursors, held } = input
  const { fileSystem, clock, scheduler, segmentBytes } = options
  const { report } = input.problemLog
  const now = (): number => clock.now()
  const size = { minBytes: segmentBytes / 2, maxBytes: segmentBytes }
  const spare = createSpareSegment(fileSystem, directory, size)
  const pins = createPins(cursors, segments, now)
  const health = createHealthLog(clock, (message) => report({ reason: 'fenced', message }))
  const { keepMs, keepBytes } = options
  const retention: Retention = createRetention({
    ...{ segments, spare, pins, keepMs, keepBytes, scheduler, now, held, report },
    whenBeyond: (seq, remove) => cursors.whenBeyond(seq, remove),
    scarce: () => room.scarce,
    freed: () => room.freed(),
  })
  const room: DiskRoom = createDiskRoom({
    ...options,
    ...{ directory, segments, spare, pins, retention },
    changed: (reason) => (reason === undefined ? health.roomy() : health.full(reason)),
  })
  return {
    ...{ spare, pins, retention, room, health },
    stop: () => {
      room.stop()
      retention.stop()
    },
  }
}
