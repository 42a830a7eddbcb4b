import type { Slices } from '@tocsin/core/slices'
import type { Series } from '@tocsin/core'

import { powersOfTen } from '../engine/decimals.ts'
import type { CounterWrap } from '../engine/rollups.ts'
import type { RollupValue } from '../engine/value.ts'
import type { FetchedSeries } from '../rollup-store.ts'
import { inexactRow, otherRow } from '../rows/row-columns.ts'
import { scaledAt } from '../rows/row-codec.ts'
import type { RowTable } from '../rows/row-table.ts'
import { isStep, rowValue } from './evaluate.ts'

/** Which slots a grid has, and which value of each. */
export interface Grid {
  readonly start: number
  readonly periodMs: number
  readonly slots: number
  readonly value: RollupValue
}

/** Columns that are a value as they stand. */
const plainColumns = ['count', 'min', 'max', 'first', 'last'] as const
type PlainColumn = (typeof plainColumns)[number]
const isPlain = (value: RollupValue): value is PlainColumn =>
  (plainColumns as readonly RollupValue[]).includes(value)

/** Slots that are looked at before others may run. */
const slotsBetween = 1 << 16
const maxWhole = Number.MAX_SAFE_INTEGER

/** Averages of rows, at their place; NaN where doubles cannot say it. Another's at the next call. */
let scratch = new Float64Array(0)

function averages(table: RowTable, from: number, end: number): Float64Array {
  if (scratch.length < end) scratch = new Float64Array(Math.max(end, 2048))
  const { first, count, sum, decimals } = table
  const into = scratch
  for (let row = from; row < end; row += 1) {
    const places = decimals[row] as number
    const samples = count[row] as number
    const origin = samples * scaledAt(first[row] as number, places)
    const total = origin + (sum[row] as number)
    const divisor = samples * (powersOfTen[places] as number)
    const isExact = Math.abs(total) <= maxWhole && Math.abs(origin) <= maxWhole && divisor <= maxWhole
    // Not one store of either: the quotient would be an object first.
    if (isExact) into[row] = total / divisor
    else into[row] = NaN
  }
  return into
}

/** Where rows without gaps or flags end whose values are known. */
function plainEnd(
  { start, flags }: RowTable,
  from: number,
  end: number,
  column: Float64Array,
  periodMs: number,
): number {
  let time = start[from] as number
  for (let row = from; row < end; row += 1, time += periodMs) {
    if (start[row] !== time || flags[row] !== 0 || Number.isNaN(column[row])) return row
  }
  return Math.max(from, end)
}

/** The slots of one series. What is put later into a slot counts. */
export class ValueGrid {
  readonly #grid: Grid
  readonly #wrap: CounterWrap
  readonly #values: Float64Array
  readonly #valid: Uint8Array
  #texts: (string | null)[] | undefined
  #inexact: Uint8Array | undefined
  /** Where values begin before their slots: those that have a window, whether it has such a value or not. */
  readonly #taken: Uint8Array | undefined
  #isEmpty = true

  constructor(grid: Grid, wrap: CounterWrap) {
    this.#grid = grid
    this.#wrap = wrap
    this.#values = new Float64Array(grid.slots)
    this.#valid = new Uint8Array(grid.slots)
    if (isStep(grid.value)) this.#taken = new Uint8Array(grid.slots)
  }

  /** Rows `[from, end)`, each one a slot. */
  putRows(table: RowTable, from: number, end: number): void {
    const { value } = this.#grid
    if (table.kind === 'numeric' && isPlain(value)) {
      this.#putColumn(table, from, end, table[value])
    } else if (table.kind === 'numeric' && value === 'average') {
      this.#putColumn(table, from, end, averages(table, from, end))
    } else {
      for (let row = from; row < end; row += 1) {
        this.put(table, row, rowValue(table, row, value, undefined, this.#wrap))
      }
    }
  }

  /** The value of a row. */
  put(table: RowTable, row: number, value: number | string | null): void {
    const { start, periodMs, slots } = this.#grid
    const slot = ((table.start[row] ?? NaN) - start) / periodMs
    if (!(slot >= 0 && slot < slots)) return
    this.#isEmpty = false
    if (this.#taken !== undefined) this.#taken[slot] = 1
    this.#values[slot] = typeof value === 'number' ? value : NaN
    this.#valid[slot] = value === null ? 0 : 1
    if (typeof value === 'string') this.#texts ??= new Array<string | null>(slots).fill(null)
    if (this.#texts !== undefined) this.#texts[slot] = typeof value === 'string' ? value : null
    this.#flag(slot, table, row)
  }

  /** What begins in the stretch could not be read, or only as it was before. */
  flagStretch(from: number, to: number): void {
    const { start, periodMs, slots } = this.#grid
    const first = Math.max(0, Math.floor((from - start) / periodMs))
    const end = Math.min(slots, Math.floor((to - start) / periodMs) + 1)
    if (first < end) (this.#inexact ??= new Uint8Array(slots)).fill(1, first, end)
  }

  /** The first slot with a window behind a stretch that could not be read, if it begins within `reach` ms of it. */
  flagNext(to: number, reach: number): void {
    const { start, periodMs, slots } = this.#grid
    const first = Math.max(0, Math.floor((to - start) / periodMs) + 1)
    const end = Math.min(slots, Math.floor((to + reach - start) / periodMs) + 1)
    const next = this.#taken?.indexOf(1, first) ?? -1
    if (next >= 0 && next < end) (this.#inexact ??= new Uint8Array(slots))[next] = 1
  }

  /** The series with its values; `undefined` where no window is in a slot. */
  async fetched(series: Series, pauses: Slices): Promise<FetchedSeries | undefined> {
    if (this.#isEmpty) return undefined
    const { start, periodMs, slots } = this.#grid
    const [values, valid, texts, inexact] = [this.#values, this.#valid, this.#texts, this.#inexact]
    for (let from = 0; from < slots; from += slotsBetween) {
      const end = Math.min(slots, from + slotsBetween)
      const gap = valid.indexOf(0, from)
      if (gap < 0) break
      for (let slot = Math.max(from, gap); slot < end; slot += 1) if (valid[slot] === 0) values[slot] = NaN
      if (pauses.isOver) await pauses.pause()
    }
    return { series, start, periodMs, values, valid, ...(texts && { texts }), ...(inexact && { inexact }) }
  }

  #putColumn(table: RowTable, from: number, end: number, column: Float64Array): void {
    for (let row = from; row < end; row += 1) {
      row = this.#putPlain(table, row, end, column)
      if (row === end) return
      const plain = column[row] ?? NaN
      const isKnown = ((table.flags[row] ?? 0) & otherRow) === 0 && !Number.isNaN(plain)
      const value = isKnown ? plain : rowValue(table, row, this.#grid.value, undefined, this.#wrap)
      this.put(table, row, value)
    }
  }

  /** Rows without gaps, up to the first of which there is more to say than its number; where that is. */
  #putPlain(table: RowTable, from: number, end: number, column: Float64Array): number {
    if (this.#texts !== undefined || this.#inexact !== undefined) return from
    const { start, periodMs, slots } = this.#grid
    const slot = ((table.start[from] ?? NaN) - start) / periodMs
    if (!(slot >= 0)) return from
    const row = plainEnd(table, from, Math.min(end, from + slots - slot), column, periodMs)
    if (row === from) return from
    this.#values.set(column.subarray(from, row), slot)
    this.#valid.fill(1, slot, slot + row - from)
    this.#isEmpty = false
    return row
  }

  #flag(slot: number, table: RowTable, row: number): void {
    // Also `min` and `max`: one that counts no more since another of its moment does is in them.
    const isInexact = ((table.flags[row] ?? 0) & inexactRow) !== 0
    if (isInexact) this.#inexact ??= new Uint8Array(this.#grid.slots)
    if (this.#inexact !== undefined) this.#inexact[slot] = isInexact ? 1 : 0
  }
}
