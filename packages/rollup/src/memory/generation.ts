import type { LogPlace } from '../log/log-place.ts'
import { ClosedRows, type SpareChunks } from './closed-rows.ts'
import { LateWindows, type LateBounds } from './late-windows.ts'
import type { WindowRules } from './window-readings.ts'

/** What closed, and what came late, between two flushes. */
export interface Generation extends LateBounds {
  readonly closed: ClosedRows
  readonly late: LateWindows
  /** The last record that it has seen, once a flush has begun; before, all so far. */
  until: LogPlace | undefined
}

/** Nothing yet. */
export const createGeneration = (
  periodMs: number,
  rules: WindowRules,
  bounds: LateBounds,
  spare: SpareChunks,
): Generation => ({
  ...bounds,
  closed: new ClosedRows(spare),
  late: new LateWindows(periodMs, rules),
  until: undefined,
})
