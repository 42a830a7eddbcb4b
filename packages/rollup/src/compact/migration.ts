import type { Logger } from '@tocsin/core'

import type { Level } from '../engine/levels.ts'
import { sealedStretch } from '../segment/segment-list.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'
import { blockRows } from './plan.ts'

/** How far a folder is that was made with other windows. */
export interface Migration {
  /** Days whose longer windows are stored, with the windows of the store. */
  readonly sealedDays: number
  /** Days whose longer windows are stored with other ones: they are to be sealed again. */
  readonly daysToMigrate: number
}

/** What the segments say, by number: the last one that sealed a day counts. Days with so few windows that they are not sealed alone do not count. */
export function migrationOf(
  segments: readonly Pick<SegmentReader, 'trailer'>[],
  levels: readonly Pick<Level, 'periodMs'>[],
): Migration {
  const isPresent = new Map<number, boolean>()
  for (const segment of segments) {
    const { sealed, days = [] } = segment.trailer
    if (sealed === null) continue
    const isSame = sealedStretch(segment, levels) !== null
    for (const [day, rows] of days) if (isSame || rows >= blockRows) isPresent.set(day, isSame)
  }
  const sealedDays = [...isPresent.values()].filter(Boolean).length
  return { sealedDays, daysToMigrate: isPresent.size - sealedDays }
}

/** Tells a log how far it is, whenever it is further; nothing where there was never anything to do. */
export class MigrationProgress {
  readonly #logger: Logger
  readonly #directory: string
  #left = 0

  constructor(logger: Logger, directory: string) {
    this.#logger = logger
    this.#directory = directory
  }

  tell(migration: Migration): void {
    const { daysToMigrate } = migration
    if (daysToMigrate === this.#left) return
    this.#left = daysToMigrate
    const message = daysToMigrate > 0 ? 'days have the windows of before' : 'all days have the windows of now'
    this.#logger.info({ directory: this.#directory, ...migration }, message)
  }
}
