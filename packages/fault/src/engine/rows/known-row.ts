import type { Series } from '@tocsin/core'

import type { EngineState } from '../state/state.ts'

/**
 * The row of a series; -1 where it has none. One that was met out of turn before is found by its object, which is nearer than the text of
 * its key; an object that the row does not have, always by its key.
 */
export function knownRow(state: EngineState, series: Series | null | undefined): number {
  if (typeof series?.key !== 'string') return -1
  const { rows, rowOf, rowOfObject } = state
  const known = rowOfObject.get(series)
  if (known !== undefined) return known
  const row = rowOf.get(series.key) ?? -1
  if (row >= 0 && rows.series[row] === series) rowOfObject.set(series, row)
  return row
}
