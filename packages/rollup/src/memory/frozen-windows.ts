import type { Rollup } from '../engine/rollups.ts'
import type { LogPlace } from '../log/log-place.ts'
import type { ReadingLog } from '../log/reading-log.ts'
import type { RowKind } from '../rows/row-columns.ts'
import { RowTable } from '../rows/row-table.ts'
import { gatherRows, type RowAt } from './closed-rows.ts'
import type { Generation } from './generation.ts'
import type { LateWindow } from './late-window.ts'
import type { FrozenMemory, MemoryCounters, WindowPatch } from './memory-face.ts'

/** Series and late windows that are done before others run. */
const seriesAtOnce = 256
const lateAtOnce = 64

/** Counters that may be written. */
export type Counts = { -readonly [Name in keyof MemoryCounters]: number }

/** What a flush says of itself. */
export type FrozenState = Pick<FrozenMemory, 'replayFrom' | 'flushedTo' | 'closedTo' | 'newest'>

/** What freezing needs of the memory that goes on. */
export interface FrozenSource {
  readonly counts: Counts
  /** Closes what is due of the next series, so many at once; whether all are done. */
  sweep(most: number): boolean
  /** Takes from the log what came out of order. */
  settle(log: ReadingLog): Promise<void>
}

/** The windows of one flush. */
export class FrozenWindows implements FrozenMemory {
  readonly replayFrom: LogPlace
  readonly flushedTo: LogPlace
  readonly closedTo: number
  readonly newest: number
  readonly generation: Generation
  readonly #source: FrozenSource
  readonly #patches = new Set<LateWindow>()
  readonly #kinds = new Set<RowKind>()

  constructor(state: FrozenState, generation: Generation, source: FrozenSource) {
    this.replayFrom = state.replayFrom
    this.flushedTo = state.flushedTo
    this.closedTo = state.closedTo
    this.newest = state.newest
    this.generation = generation
    this.#source = source
  }

  get length(): number {
    return this.generation.closed.length + this.generation.late.length
  }

  get patches(): readonly WindowPatch[] {
    const windows = [...this.#patches].sort((a, b) => a.series - b.series || a.start - b.start)
    return windows.map((window) => window.patch())
  }

  async prepare(log: ReadingLog, pause: () => Promise<void>): Promise<void> {
    while (!this.#source.sweep(seriesAtOnce)) await pause()
    await this.#source.settle(log)
    let done = 0
    for (const window of [...this.generation.late]) {
      this.#fold(window)
      done += 1
      if (done % lateAtOnce === 0) await pause()
    }
  }

  resolve(patch: WindowPatch, stored: Rollup | undefined, isKnown: boolean): void {
    const window = this.generation.late.get(patch.series, patch.start)
    if (window === undefined || !this.#patches.delete(window)) return
    const { counts } = this.#source
    const { length, duplicates } = window.readings
    const resolved = window.resolve(stored)
    const merged: Rollup = isKnown ? resolved : { ...resolved, inexact: true }
    counts.merged += length
    counts.duplicates += duplicates
    counts.kindChanged += window.kindChanged
    if (merged.inexact && stored?.inexact !== true) counts.inexact += 1
    this.#kinds.add(merged.kind)
  }

  *rows(kind: RowKind, most: number): Generator<RowTable> {
    const { closed, late } = this.generation
    if (!closed.has(kind) && !this.#kinds.has(kind)) return
    const table = new RowTable(kind, most)
    let waiting: RowAt[] = []
    const end = Math.max(closed.seriesEnd, late.seriesEnd)
    for (let series = 0; series < end; series += 1) {
      this.#addRows(series, kind, waiting)
      if (waiting.length + table.length < most) continue
      gatherRows(table, waiting)
      yield table
      table.clear()
      waiting = []
    }
    gatherRows(table, waiting)
    if (table.length > 0) yield table
  }

  /** The rows of one kind of a series, by start. */
  #addRows(series: number, kind: RowKind, to: RowAt[]): void {
    const { closed, late } = this.generation
    const first = to.length
    const rows = closed.of(series)
    for (let at = rows.length - 1; at >= 0; at -= 1) {
      const one = rows[at]
      if (one?.table.kind !== kind) continue
      const start = one.table.start[one.row] ?? 0
      if (start < this.closedTo && late.get(series, start) === undefined) to.push(one)
    }
    let table: RowTable | undefined
    for (const window of late.of(series)) {
      const rollup = window.rollup()
      if (rollup?.kind !== kind) continue
      table ??= new RowTable(kind)
      to.push({ table, row: table.push(series, window.start, rollup) })
    }
    if (table === undefined) return
    const sorted = to.splice(first).sort((a, b) => startOf(a) - startOf(b))
    for (const one of sorted) to.push(one)
  }

  #fold(window: LateWindow): void {
    if (window.state === 'patch') {
      this.#patches.add(window)
      return
    }
    if (window.isSealed) return
    const rollup = window.rollup()
    const { counts } = this.#source
    counts.duplicates += window.readings.duplicates
    counts.kindChanged += window.kindChanged
    window.seal()
    if (rollup !== undefined) this.#kinds.add(rollup.kind)
  }
}

const startOf = ({ table, row }: RowAt): number => table.start[row] ?? 0
