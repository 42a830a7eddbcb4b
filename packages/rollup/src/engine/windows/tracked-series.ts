import { windowStart, type Series } from '@tocsin/core'

import { cellRollup, createCell, foldRollups, mergeRollups, recordReading, type Cell } from '../cell.ts'
import type { Level } from '../levels.ts'
import { mergeLate } from '../merge-late.ts'
import type { Reading } from '../reading.ts'
import type { CounterWrap, Rollup, SameTime } from '../rollups.ts'

/** What windows of series have in common. */
export interface WindowRules {
  readonly levels: readonly [Level, ...Level[]]
  readonly sameTime: SameTime
  readonly counterWrap: CounterWrap
  readonly timeAverage: boolean
}

interface TrackedWindow {
  /** Of the cell that opened it. */
  readonly kind: Cell['kind']
  /** Of the next emission. */
  revision: number
  /** The fold of those shortest windows that can no longer change. */
  sealed: Rollup | undefined
}

/** A window of a level. */
export interface WindowPlace {
  /** Index of the level. */
  readonly level: number
  readonly start: number
}

/** A series and its windows that can still change. */
export class TrackedSeries<S extends Series = Series> {
  readonly series: S
  readonly #rules: WindowRules
  readonly #levels: readonly [Level, ...Level[]]
  /** Windows of the shortest length, by start. */
  readonly #cells = new Map<number, Cell>()
  /** Per level, by start. */
  readonly #windows: readonly Map<number, TrackedWindow>[]

  constructor(series: S, rules: WindowRules) {
    this.series = series
    this.#rules = rules
    this.#levels = rules.levels
    this.#windows = rules.levels.map(() => new Map<number, TrackedWindow>())
  }

  /** The shortest window with this start, where there is one. */
  cell(start: number): Cell | undefined {
    return this.#cells.get(start)
  }

  /** A new shortest window; tells which windows begin with it, and of which other kind a longer one is already. */
  open(start: number, kind: Cell['kind']): { cell: Cell; opened: WindowPlace[]; other?: Cell['kind'] } {
    const cell = this.#createCell(kind)
    this.#cells.set(start, cell)
    const opened: WindowPlace[] = []
    let other: Cell['kind'] | undefined
    for (const [level, { periodMs }] of this.#levels.entries()) {
      const from = windowStart(start, periodMs)
      const known = this.#windows[level]?.get(from)
      if (known !== undefined) {
        if (known.kind !== kind) other ??= known.kind
        continue
      }
      this.#windows[level]?.set(from, { kind, revision: 0, sealed: undefined })
      opened.push({ level, start: from })
    }
    return { cell, opened, ...(other !== undefined && { other }) }
  }

  /**
   * Adds a reading whose shortest window is gone to those longer ones that end behind `from`; tells which windows begin with it, and
   * how many are of another kind or hold it as an estimate.
   */
  merge(reading: Reading, from: number): { opened: WindowPlace[]; conflicts: number; estimated: number } {
    const { sameTime, counterWrap } = this.#rules
    const opened: WindowPlace[] = []
    let [conflicts, estimated] = [0, 0]
    for (const [level, { periodMs }] of this.#levels.entries()) {
      const start = windowStart(reading.time, periodMs)
      if (level === 0 || start + periodMs <= from) continue
      const window = this.#windows[level]?.get(start)
      if (window === undefined) {
        const sealed = this.#rollupOf(reading)
        this.#windows[level]?.set(start, { kind: reading.kind, revision: 0, sealed })
        opened.push({ level, start })
      } else if (window.kind !== reading.kind) conflicts += 1
      else if (window.sealed === undefined) window.sealed = this.#rollupOf(reading)
      else {
        const merged = mergeLate(window.sealed, [reading], sameTime, counterWrap)
        window.sealed = merged.rollup
        estimated += merged.estimated
      }
    }
    return { opened, conflicts, estimated }
  }

  #createCell(kind: Cell['kind']): Cell {
    const { sameTime, counterWrap, timeAverage } = this.#rules
    return createCell(kind, sameTime, counterWrap, timeAverage)
  }

  #rollupOf(reading: Reading): Rollup | undefined {
    const cell = this.#createCell(reading.kind)
    recordReading(cell, reading)
    return cellRollup(cell)
  }

  /** What a window holds now, and the number of this state. */
  emit({ level, start }: WindowPlace): { revision: number; rollup: Rollup } {
    const window = this.#windows[level]?.get(start)
    const rollup = this.#fold(window?.sealed, start, start + (this.#levels[level]?.periodMs ?? 0))
    if (window === undefined || rollup === undefined) throw new Error('a window without samples was tracked')
    const { revision } = window
    window.revision += 1
    return { revision, rollup }
  }

  /** Forgets a window that no sample can change any more, which must come in order of time; `true` where it was the last. */
  expire({ level, start }: WindowPlace): boolean {
    if (level === 0) this.#seal(start)
    this.#windows[level]?.delete(start)
    // The longest window outlives the others.
    return level === this.#levels.length - 1 && this.#windows[level]?.size === 0
  }

  /** Adds a shortest window to the longer ones for good. */
  #seal(start: number): void {
    const cell = this.#cells.get(start)
    const rollup = cell === undefined ? undefined : cellRollup(cell)
    this.#cells.delete(start)
    if (rollup === undefined) return
    for (const [level, { periodMs }] of this.#levels.entries()) {
      const window = this.#windows[level]?.get(windowStart(start, periodMs))
      if (level === 0 || window === undefined) continue
      window.sealed =
        window.sealed === undefined ? rollup : mergeRollups(window.sealed, rollup, this.#rules.counterWrap)
    }
  }

  #fold(sealed: Rollup | undefined, start: number, end: number): Rollup | undefined {
    const parts: Rollup[] = sealed === undefined ? [] : [sealed]
    const cells = [...this.#cells].filter(([at]) => at >= start && at < end).sort(([a], [b]) => a - b)
    for (const [, cell] of cells) {
      const rollup = cellRollup(cell)
      if (rollup !== undefined) parts.push(rollup)
    }
    return foldRollups(parts, undefined, this.#rules.counterWrap)
  }
}
