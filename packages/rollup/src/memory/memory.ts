import { windowStart } from '@tocsin/core'

import type { Reading } from '../engine/reading.ts'
import { comparePlaces, type LogPlace } from '../log/log-place.ts'
import type { ReadingLog } from '../log/reading-log.ts'
import type { LogRecord } from '../log/reading-sink.ts'
import { SpareChunks } from './closed-rows.ts'
import { FrozenWindows, type Counts } from './frozen-windows.ts'
import { createGeneration, type Generation } from './generation.ts'
import type { LateBounds } from './late-windows.ts'
import type {
  FrozenMemory,
  MemoryCounters,
  MemoryOptions,
  RollupMemory,
  RowTables,
  WindowPatch,
} from './memory-face.ts'
import { OpenWindows } from './open-windows.ts'
import { rowsInMemory } from './read-memory.ts'
import { counterReading, textReading, type WindowRules } from './window-readings.ts'
import { slot } from './window-slots.ts'

const nowhere: LogPlace = { file: -1, offset: 0 }

/** A memory without windows, or one that goes on where a flush ended: feed it the log from `replayFrom` on. */
export const createMemory = (options: MemoryOptions): RollupMemory => new WindowMemory(options)

class WindowMemory implements RollupMemory {
  readonly #periodMs: number
  readonly #rules: WindowRules
  readonly #open: OpenWindows
  readonly #spare = new SpareChunks()
  readonly #counts: Counts = { late: 0, duplicates: 0, merged: 0, inexact: 0, kindChanged: 0 }
  /** Of each window that no flush may close yet, the record of its first reading. */
  readonly #places = new Map<number, LogPlace>()
  readonly #knownSeries: number
  /** Readings of earlier records, of windows that end by the flush from which the memory goes on, are stored. */
  readonly #resumedFrom: LogPlace
  readonly #resumedTo: number
  #isStored = false
  #closedTo: number
  #active: Generation
  #frozen: FrozenWindows | undefined
  #freezes = 0
  /** Series from here on may have windows that the flush is to close. */
  #sweepFrom = Infinity
  #sweepTo = 0
  #place = nowhere
  #notedStart = NaN
  #newest = -Infinity
  #settling: Promise<void> = Promise.resolve()

  constructor({ periodMs, sameTime, counterWrap, timeAverage, resume, knownSeries }: MemoryOptions) {
    this.#periodMs = periodMs
    this.#rules = { sameTime, counterWrap, timeAverage }
    this.#open = new OpenWindows(periodMs, this.#rules)
    this.#closedTo = resume?.closedTo ?? -Infinity
    this.#resumedTo = this.#closedTo
    this.#resumedFrom = resume?.flushedTo ?? nowhere
    this.#knownSeries = knownSeries ?? (resume === undefined ? 0 : Infinity)
    this.#active = this.#generation({ from: this.#resumedFrom, storedTo: this.#closedTo })
  }

  get newest(): number {
    return this.#newest
  }

  get bytes(): number {
    return this.#active.closed.bytes + this.#active.late.bytes
  }

  get series(): number {
    return this.#open.seriesCount
  }

  get pending(): number {
    return this.#active.late.pending + (this.#frozen?.generation.late.pending ?? 0)
  }

  get counters(): MemoryCounters {
    return this.#counts
  }

  record({ place }: LogRecord): void {
    this.#place = place
    this.#isStored = comparePlaces(place, this.#resumedFrom) < 0
  }

  name(): void {
    // Which numbers are new is said at the start, so that it does not depend on what is replayed.
  }

  number(
    series: number,
    time: number,
    value: number,
    weight: number,
    total: number | undefined,
    event: boolean,
  ): void {
    if (time > this.#newest) this.#newest = time
    if (series < this.#sweepFrom) {
      if (event) {
        const isPlain = total === undefined || total === value * weight
        if (isPlain && this.#open.event(series, time, value, weight)) return
      } else if (this.#open.gauge(series, time, value)) return
    }
    const given = event ? total : undefined
    const reading = { kind: 'numeric', time, event, value, weight: event ? weight : 1 } as const
    this.#take(series, given === undefined ? reading : { ...reading, total: given })
  }

  counter(series: number, time: number, value: number, exact: string | undefined): void {
    if (time > this.#newest) this.#newest = time
    if (series < this.#sweepFrom && exact === undefined && this.#open.counter(series, time, value)) return
    this.#take(series, counterReading(time, value, exact))
  }

  text(series: number, time: number, value: string, event: boolean): void {
    if (time > this.#newest) this.#newest = time
    this.#take(series, textReading(time, value, event))
  }

  settle(log: ReadingLog, wanted?: (series: number, start: number) => boolean): Promise<void> {
    return this.#queue(async () => {
      const active = this.#active
      if (this.#frozen !== undefined) await this.#ask(this.#frozen.generation, log, wanted)
      await this.#ask(active, log, wanted)
      if (this.#active !== active) await this.#ask(this.#active, log, wanted)
    })
  }

  freeze(closeTo: number, end: LogPlace): FrozenMemory {
    if (this.#frozen !== undefined) throw new Error('a flush is running: release it before the next is begun')
    const newestEnd = windowStart(this.#newest, this.#periodMs) + this.#periodMs
    const closedTo = Math.max(this.#closedTo, windowStart(Math.min(closeTo, newestEnd), this.#periodMs))
    this.#closedTo = closedTo
    let replayFrom = end
    for (const [start, place] of this.#places) {
      if (start < closedTo) this.#places.delete(start)
      else if (comparePlaces(place, replayFrom) < 0) replayFrom = place
    }
    const generation = this.#active
    generation.until = this.#place
    this.#active = this.#generation({ from: end, storedTo: closedTo })
    this.#freezes += 1
    this.#sweepFrom = 0
    this.#sweepTo = this.#open.seriesEnd
    const state = { replayFrom, flushedTo: end, closedTo, newest: this.#newest }
    this.#frozen = new FrozenWindows(state, generation, {
      counts: this.#counts,
      sweep: (most) => this.#sweepNext(most),
      settle: (log) => this.#queue(() => this.#ask(generation, log)),
    })
    return this.#frozen
  }

  release(): void {
    if (this.#sweepFrom < Infinity) throw new Error('prepare the flush before it is released')
    this.#frozen?.generation.closed.release()
    this.#frozen = undefined
  }

  rowsOf(series: number, from: number, to: number, tables: RowTables): readonly WindowPatch[] {
    this.#sweep(series)
    const layers = this.#frozen === undefined ? [this.#active] : [this.#frozen.generation, this.#active]
    return rowsInMemory({ layers, open: this.#open, periodMs: this.#periodMs }, series, from, to, tables)
  }

  #generation(bounds: LateBounds): Generation {
    return createGeneration(this.#periodMs, this.#rules, bounds, this.#spare)
  }

  /** Takes what is not simply the next reading of the window that is open. */
  #take(series: number, reading: Reading): void {
    const { time } = reading
    const open = this.#open
    if (!open.has(series)) {
      open.ensure(series, series < this.#knownSeries ? this.#resumedTo : -Infinity, this.#freezes)
    } else this.#sweep(series)
    const start = windowStart(time, this.#periodMs)
    // Of a window that is stored; the other readings of its record may not be.
    if (this.#isStored && start < this.#resumedTo) return
    const isOpen = open.isOpen(series)
    const isOfOpen = isOpen && open.get(series, slot.end) - this.#periodMs === start
    if (isOfOpen) {
      if (this.#takeInOpen(series, reading)) return
    } else if (time > open.get(series, slot.last)) {
      if (isOpen) open.close(series, this.#active.closed)
      this.#note(start)
      open.begin(series, start, reading)
      return
    }
    this.#counts.late += 1
    this.#takeLate(series, start, reading)
  }

  /** Whether a reading of the open window finds its place there; otherwise the window is open no more. */
  #takeInOpen(series: number, reading: Reading): boolean {
    const { time, kind, event } = reading
    const open = this.#open
    const isNewer = time > open.get(series, slot.last)
    if (kind !== open.kindOf(series)) {
      // Until something earlier comes, the window is of the other kind.
      if (time > open.get(series, slot.firstTime)) {
        this.#counts.kindChanged += 1
        return true
      }
    } else if (isNewer || (event && kind === 'numeric')) {
      open.add(series, reading)
      return true
    } else if (open.isLast(series, reading)) {
      this.#counts.duplicates += 1
      return true
    }
    const end = open.get(series, slot.end)
    // As a row it can be read until the log was asked.
    open.close(series, this.#active.closed)
    open.set(series, slot.last, end - 1)
    return false
  }

  #takeLate(series: number, start: number, reading: Reading): void {
    const { late } = this.#active
    const known = late.get(series, start)
    if (known !== undefined) {
      known.record(reading)
      late.count(known)
      return
    }
    this.#note(start)
    // Nothing has come yet of windows between the open one and the one before it, as when a series was ahead for a moment.
    const isNew = start > this.#open.get(series, slot.before)
    const window = late.create(series, start, isNew ? 'whole' : 'pending')
    if (!isNew) return
    this.#open.set(series, slot.before, start)
    window.record(reading)
    late.count(window)
  }

  /** Keeps where the first reading of a window is. */
  #note(start: number): void {
    if (start === this.#notedStart) return
    this.#notedStart = start
    if (start >= this.#closedTo && !this.#places.has(start)) this.#places.set(start, this.#place)
  }

  /** One scan of the log after the other. */
  #queue(ask: () => Promise<void>): Promise<void> {
    const run = this.#settling.then(ask)
    this.#settling = run.catch(() => undefined)
    return run
  }

  async #ask(
    generation: Generation,
    log: ReadingLog,
    wanted: (series: number, start: number) => boolean = () => true,
  ): Promise<void> {
    await generation.late.settle(log, generation.until ?? this.#place, generation, wanted, (window) => {
      this.#active.late.settled(window)
      this.#frozen?.generation.late.settled(window)
    })
  }

  #sweepNext(most: number): boolean {
    const end = Math.min(this.#sweepTo, this.#sweepFrom + most)
    for (let series = this.#sweepFrom; series < end; series += 1) this.#sweep(series)
    this.#sweepFrom = end < this.#sweepTo ? end : Infinity
    return this.#sweepFrom === Infinity
  }

  /** Closes what the flush is to close of a series, and takes back what it is not. */
  #sweep(series: number): void {
    const frozen = this.#frozen
    const open = this.#open
    if (frozen === undefined || series < this.#sweepFrom || open.get(series, slot.swept) === this.#freezes)
      return
    open.set(series, slot.swept, this.#freezes)
    const { closed, late } = frozen.generation
    const end = open.get(series, slot.end)
    if (open.isOpen(series) && end <= frozen.closedTo) {
      open.close(series, closed)
      open.set(series, slot.last, end - 1)
    }
    if (closed.hasSeries(series)) {
      for (const row of closed.of(series, frozen.closedTo).toReversed()) this.#active.closed.copy(series, row)
    }
    for (const window of [...late.of(series)].filter(({ start }) => start >= frozen.closedTo)) {
      late.remove(window)
      this.#active.late.add(window)
    }
  }
}
