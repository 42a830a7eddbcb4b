import { cellRollup, createCell, recordReading, type Cell } from '../engine/cell.ts'
import { mergeCounters } from '../engine/counter.ts'
import { addedNumeric } from '../engine/numeric.ts'
import type { Reading } from '../engine/reading.ts'
import type { Rollup } from '../engine/rollups.ts'
import { RowTable } from '../rows/row-table.ts'
import type { ClosedRows } from './closed-rows.ts'
import {
  addNumber,
  addReading,
  beginCounter,
  beginNumbers,
  counterInto,
  firstOf,
  mode,
  numbersInto,
  slot,
  slotCount,
} from './window-slots.ts'
import type { WindowRules } from './window-readings.ts'

const pageBits = 10
const pageSeries = 1 << pageBits
const pageMask = pageSeries - 1

/** A window that the columns cannot hold: what they held until then, and what came since. */
interface Spill {
  readonly before: Rollup | undefined
  readonly cell: Cell
}

/**
 * The window of each series that takes its newest samples, as sums in pages of numbers: 128 bytes a series, and a page more
 * for each 1024 series, so that nothing is ever moved. Readings must come in order of time, but for events of numbers.
 */
export class OpenWindows {
  readonly #rules: WindowRules
  readonly #periodMs: number
  readonly #pages: (Float64Array | undefined)[] = []
  readonly #spills = new Map<number, Spill>()
  #seriesEnd = 0
  #seriesCount = 0

  constructor(periodMs: number, rules: WindowRules) {
    this.#periodMs = periodMs
    this.#rules = rules
  }

  /** Series with larger numbers were not seen. */
  get seriesEnd(): number {
    return this.#seriesEnd
  }

  /** Series that were seen. */
  get seriesCount(): number {
    return this.#seriesCount
  }

  /** Takes a gauge that is newer than all of its series and of the window that is open, where the columns hold it. */
  gauge(series: number, time: number, value: number): boolean {
    const page = this.#pages[series >>> pageBits]
    if (page === undefined) return false
    const at = (series & pageMask) * slotCount
    const isNext = time > (page[at + slot.last] ?? 0) && time < (page[at + slot.end] ?? 0)
    if (!isNext || page[at + slot.mode] !== mode.gauges || !addNumber(page, at, value, 1)) return false
    page[at + slot.last] = time
    page[at + slot.lastValue] = value
    return true
  }

  /** Takes an event of the window that is open, where the columns hold it. */
  event(series: number, time: number, value: number, weight: number): boolean {
    const page = this.#pages[series >>> pageBits]
    if (page === undefined) return false
    const at = (series & pageMask) * slotCount
    const end = page[at + slot.end] ?? 0
    const inside = time < end && time >= end - this.#periodMs
    const kept = page[at + slot.mode] ?? 0
    if (!inside || (kept !== mode.gauges && kept !== mode.events)) return false
    if (!firstOf(page, at, time, value) || !addNumber(page, at, value, weight)) return false
    page[at + slot.mode] = mode.events
    const last = page[at + slot.last] ?? 0
    if (time > last || (time === last && value > (page[at + slot.lastValue] ?? 0))) {
      page[at + slot.last] = time
      page[at + slot.lastValue] = value
    }
    return true
  }

  /** Takes a counter's reading that is newer than all of its series and of the window that is open, where the columns hold it. */
  counter(series: number, time: number, value: number): boolean {
    const page = this.#pages[series >>> pageBits]
    if (page === undefined) return false
    const at = (series & pageMask) * slotCount
    const isNext = time > (page[at + slot.last] ?? 0) && time < (page[at + slot.end] ?? 0)
    if (!isNext || page[at + slot.mode] !== mode.counter) return false
    if (!addReading(page, at, time, value, this.#rules.counterWrap === 'none')) return false
    page[at + slot.last] = time
    page[at + slot.lastValue] = value
    return true
  }

  /** Makes room for a series that is new: it has no readings before `from`, or none that anybody needs to look for. */
  ensure(series: number, from: number, swept: number): void {
    const index = series >>> pageBits
    let page = this.#pages[index]
    if (page === undefined) {
      while (this.#pages.length < index) this.#pages.push(undefined)
      page = new Float64Array(pageSeries * slotCount)
      for (let at = slot.mode; at < page.length; at += slotCount) page[at] = mode.unseen
      this.#pages[index] = page
    }
    const at = (series & pageMask) * slotCount
    if (page[at + slot.mode] !== mode.unseen) return
    page[at + slot.mode] = mode.none
    page[at + slot.last] = from - 1
    page[at + slot.end] = -Infinity
    page[at + slot.before] = from - this.#periodMs
    page[at + slot.swept] = swept
    this.#seriesCount += 1
    if (series >= this.#seriesEnd) this.#seriesEnd = series + 1
  }

  /** Whether a series was seen. */
  has(series: number): boolean {
    const page = this.#pages[series >>> pageBits]
    return page !== undefined && page[(series & pageMask) * slotCount + slot.mode] !== mode.unseen
  }

  get(series: number, which: number): number {
    return this.#pages[series >>> pageBits]?.[(series & pageMask) * slotCount + which] ?? -Infinity
  }

  set(series: number, which: number, value: number): void {
    const page = this.#pages[series >>> pageBits]
    if (page !== undefined) page[(series & pageMask) * slotCount + which] = value
  }

  /** Whether a window is open. */
  isOpen(series: number): boolean {
    return this.get(series, slot.mode) > mode.none
  }

  /** The kind of the window that is open. */
  kindOf(series: number): Rollup['kind'] | undefined {
    switch (this.get(series, slot.mode)) {
      case mode.gauges:
      case mode.events:
        return 'numeric'
      case mode.counter:
        return 'counter'
      case mode.spilled:
        return this.#spills.get(series)?.cell.kind
      default:
        return undefined
    }
  }

  /** Opens a window with its first reading; none is open. */
  begin(series: number, start: number, reading: Reading): void {
    const page = this.#pages[series >>> pageBits]
    if (page === undefined) return
    const at = (series & pageMask) * slotCount
    page[at + slot.end] = start + this.#periodMs
    page[at + slot.last] = reading.time
    page[at + slot.firstTime] = reading.time
    const { sameTime, counterWrap, timeAverage } = this.#rules
    // The columns have no room for how long values held.
    const isHeld = timeAverage === true && !reading.event
    if (reading.kind === 'numeric' && reading.total === undefined && !isHeld) {
      if (beginNumbers(page, at, reading.value, reading.weight)) {
        page[at + slot.mode] = reading.event ? mode.events : mode.gauges
        return
      }
    } else if (reading.kind === 'counter' && reading.point.exact === undefined) {
      if (beginCounter(page, at, reading.point.value)) {
        page[at + slot.mode] = mode.counter
        return
      }
    }
    const cell = createCell(reading.kind, sameTime, counterWrap, isHeld)
    recordReading(cell, reading)
    this.#spills.set(series, { before: undefined, cell })
    page[at + slot.mode] = mode.spilled
    page[at + slot.lastValue] = gaugeOf(reading)
  }

  /** Takes a reading of the open window and of its kind. */
  add(series: number, reading: Reading): void {
    const { time } = reading
    if (this.get(series, slot.mode) !== mode.spilled) {
      if (this.#addToColumns(series, reading)) return
      this.#spill(series)
    }
    const spill = this.#spills.get(series)
    if (spill !== undefined) recordReading(spill.cell, reading)
    if (time > this.get(series, slot.last)) {
      this.set(series, slot.last, time)
      if (spill !== undefined) this.set(series, slot.lastValue, gaugeOf(reading))
    }
    if (time < this.get(series, slot.firstTime)) this.set(series, slot.firstTime, time)
  }

  /** Whether a reading is the last one again. */
  isLast(series: number, reading: Reading): boolean {
    const kept = this.get(series, slot.mode)
    if (reading.time !== this.get(series, slot.last)) return false
    const value = this.get(series, slot.lastValue)
    if (reading.kind === 'numeric')
      return (kept === mode.gauges || kept === mode.spilled) && !reading.event && reading.value === value
    if (reading.kind !== 'counter' || kept !== mode.counter) return false
    return reading.point.exact === undefined && reading.point.value === value
  }

  /** Adds the open window to the rows; it is not open any more. */
  close(series: number, rows: ClosedRows): void {
    const start = this.get(series, slot.end) - this.#periodMs
    const kind = this.kindOf(series)
    if (kind === undefined) return
    if (this.get(series, slot.mode) === mode.spilled) {
      const rollup = this.#spilled(series)
      if (rollup !== undefined) rows.push(series, start, rollup)
      this.#spills.delete(series)
    } else {
      this.#into(rows.room(kind), series, start)
      rows.added(kind, series)
    }
    this.set(series, slot.mode, mode.none)
    this.set(series, slot.before, start)
  }

  /** Adds the open window to a table of its kind. */
  pushInto(table: RowTable, series: number): void {
    const start = this.get(series, slot.end) - this.#periodMs
    if (this.get(series, slot.mode) === mode.spilled) {
      const rollup = this.#spilled(series)
      if (rollup !== undefined) table.push(series, start, rollup)
      return
    }
    table.reserve(table.length + 1)
    this.#into(table, series, start)
    table.length += 1
  }

  #addToColumns(series: number, reading: Reading): boolean {
    const { time } = reading
    if (reading.kind === 'counter') {
      return reading.point.exact === undefined && this.counter(series, time, reading.point.value)
    }
    if (reading.kind !== 'numeric' || reading.total !== undefined) return false
    if (reading.event) return this.event(series, time, reading.value, reading.weight)
    if (this.get(series, slot.mode) === mode.gauges) {
      return reading.weight === 1 && this.gauge(series, time, reading.value)
    }
    // Among events a gauge counts as one more; it is newer than they.
    return reading.weight === 1 && this.event(series, time, reading.value, 1)
  }

  /** What does not fit the columns goes on beside them. */
  #spill(series: number): void {
    const kind = this.kindOf(series)
    if (kind === undefined) return
    const table = new RowTable(kind, 1)
    this.pushInto(table, series)
    const { sameTime, counterWrap } = this.#rules
    this.#spills.set(series, { before: table.rollup(0), cell: createCell(kind, sameTime, counterWrap) })
    // Of an event nobody can say that it came again.
    if (this.get(series, slot.mode) !== mode.gauges) this.set(series, slot.lastValue, NaN)
    this.set(series, slot.mode, mode.spilled)
  }

  #spilled(series: number): Rollup | undefined {
    const { before, cell } = this.#spills.get(series) ?? {}
    const since = cell && cellRollup(cell)
    if (before === undefined || since === undefined) return before ?? since
    // All of one lies before all of the other, but for events, of which each counts.
    if (before.kind === 'numeric' && since.kind === 'numeric') return addedNumeric(before, since, false)
    if (before.kind !== 'counter' || since.kind !== 'counter') return before
    return mergeCounters(before, since, this.#rules.counterWrap)
  }

  /** Writes the columns of the open window behind the last row of a table that has room for it. */
  #into(table: RowTable, series: number, start: number): void {
    const page = this.#pages[series >>> pageBits]
    if (page === undefined) return
    const at = (series & pageMask) * slotCount
    const row = table.length
    table.series[row] = series
    table.start[row] = start
    if (table.kind === 'counter') counterInto(table, row, page, at, start)
    else numbersInto(table, row, page, at, start)
  }
}

/** The value of a gauge, by which one that comes again is known; NaN of all others. */
const gaugeOf = (reading: Reading): number =>
  reading.kind === 'numeric' && !reading.event ? reading.value : NaN
