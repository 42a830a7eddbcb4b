import type { Series } from '@tocsin/core'

/**
 * Values of one series at even steps, as a store of rollups gives them: slot `i` is a sample of the end of its window,
 * `start + (i + 1) * periodMs`.
 */
export interface FaultColumn {
  /** Whose values they are. */
  readonly series: Series
  /** Start of the first slot, ms since the Unix epoch. */
  readonly start: number
  /** Length of a slot, ms. */
  readonly periodMs: number
  /** The value of each slot; `NaN` where there is none. */
  readonly values: Float64Array
  /** Where it is given, 1 says that a slot has a value although that is `NaN`. */
  readonly valid?: Uint8Array
  /** The texts of slots, whose `values` are `NaN`. */
  readonly texts?: readonly (string | null)[]
}

/** Whether something of a stream is columns. */
export const isColumns = (input: unknown): input is readonly FaultColumn[] =>
  Array.isArray(input) && input.every(isColumn)

function isColumn(input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false
  const { start, periodMs, values, series } = input as Partial<FaultColumn>
  const isTimed = Number.isFinite(start) && Number.isFinite(periodMs) && Number(periodMs) > 0
  return isTimed && values instanceof Float64Array && series !== undefined
}
