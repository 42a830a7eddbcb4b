import type { Rollup } from '../../src/engine/rollups.ts'
import type { LogPlace } from '../../src/log/log-place.ts'
import type { ReadingLog, ScanSink } from '../../src/log/reading-log.ts'
import type { ReadingSink } from '../../src/log/reading-sink.ts'
import type { FrozenMemory, MemoryOptions, RollupMemory, RowTables } from '../../src/memory/memory-face.ts'
import { createMemory } from '../../src/memory/memory.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import type { LoggedReading } from './exact-window.ts'

/** Hands a reading to a sink. */
export function give(sink: ReadingSink, one: LoggedReading): void {
  if (one.kind === 'numeric') sink.number(one.series, one.time, one.value, one.weight, one.total, one.event)
  else if (one.kind === 'counter') sink.counter(one.series, one.time, one.value, one.exact)
  else sink.text(one.series, one.time, one.value, one.event)
}

export interface FakeRecord {
  readonly place: LogPlace
  readonly readings: readonly LoggedReading[]
}

/** A log in memory: a record a file. */
export class FakeLog implements ReadingLog {
  completeFrom: number = -Infinity
  records: FakeRecord[] = []
  /** What happens between the records that a scan reads. */
  between: () => void = () => undefined
  /** Scans that fail before the next one does not. */
  failures = 0
  scans = 0
  #next = 1

  /** Where the next record will be. */
  get end(): LogPlace {
    return { file: this.#next, offset: 0 }
  }

  append(readings: readonly LoggedReading[]): FakeRecord {
    const record = { place: this.end, readings }
    this.#next += 1
    this.records.push(record)
    return record
  }

  async scan(from: number, to: number, sink: ScanSink): Promise<void> {
    this.scans += 1
    const records = [...this.records]
    for (const { place, readings } of records) {
      const inside = readings.filter(({ time }) => time >= from && time < to)
      if (inside.length > 0) sink.record({ place, position: null, arrival: 0 })
      for (const reading of inside) give(sink, reading)
      this.between()
      await Promise.resolve()
      if (this.failures > 0) {
        this.failures -= 1
        throw new Error('the disk failed')
      }
    }
  }

  /** Removes the oldest records, none at or behind `keep`. */
  drop(most: number, keep: LogPlace, periodMs: number): readonly FakeRecord[] {
    const count = Math.min(most, this.records.filter(({ place }) => place.file < keep.file).length)
    const removed = this.records.splice(0, count)
    for (const { readings } of removed) {
      for (const { time } of readings) {
        this.completeFrom = Math.max(this.completeFrom, Math.floor(time / periodMs) * periodMs + periodMs)
      }
    }
    return removed
  }
}

export const windowKey = (series: number, start: number): string => `${series}@${start}`

export const emptyTables = (): RowTables => ({
  numeric: new RowTable('numeric'),
  counter: new RowTable('counter'),
  text: new RowTable('text'),
})

/** What a store may do wrong, to see that it is found. */
export interface Mistake {
  readonly fromFlush?: boolean
  readonly forgetClosedTo?: boolean
  readonly trustLog?: boolean
}

/** A store that is nothing but memory, a log that costs nothing and segments that are a map. */
export class ModelStore {
  readonly log: FakeLog = new FakeLog()
  readonly stored: Map<string, Rollup> = new Map()
  memory: RollupMemory
  flushed: FrozenMemory | undefined
  /** Hears of each row that a flush writes. */
  written: (table: RowTable, row: number) => void = () => undefined
  readonly #options: MemoryOptions
  #frozen: FrozenMemory | undefined

  readonly #mistake: Mistake

  constructor(options: MemoryOptions, mistake: Mistake = {}) {
    this.#options = options
    this.#mistake = mistake
    this.memory = createMemory(options)
  }

  write(readings: readonly LoggedReading[]): void {
    this.#feed(this.log.append(readings))
  }

  /** Flushes; `steps` runs whenever others may. */
  async flush(closeTo: number, between: () => void = () => undefined): Promise<void> {
    const frozen = (this.#frozen ??= this.memory.freeze(closeTo, this.log.end))
    this.log.between = between
    await frozen.prepare(this.log, () => {
      between()
      return Promise.resolve()
    })
    this.log.between = () => undefined
    for (const patch of frozen.patches) {
      frozen.resolve(patch, this.stored.get(windowKey(patch.series, patch.start)), true)
    }
    const rows: [string, Rollup][] = []
    for (const kind of ['numeric', 'counter', 'text'] as const) {
      let [series, start] = [-1, -1]
      for (const table of frozen.rows(kind, 2)) {
        for (let row = 0; row < table.length; row += 1) {
          const [nextSeries, nextStart] = [table.series[row]!, table.start[row]!]
          if (nextSeries < series || (nextSeries === series && nextStart <= start)) {
            throw new Error(`rows out of order: ${series} ${start}, then ${nextSeries} ${nextStart}`)
          }
          ;[series, start] = [nextSeries, nextStart]
          rows.push([windowKey(series, start), table.rollup(row)])
          this.written(table, row)
        }
      }
    }
    for (const [key, rollup] of rows) this.stored.set(key, rollup)
    this.flushed = frozen
    this.memory.release()
    this.#frozen = undefined
  }

  /** The process ends and begins again: what was not flushed is taken from the log. */
  restart(): void {
    this.#frozen = undefined
    const { flushed } = this
    const { fromFlush, forgetClosedTo } = this.#mistake
    const resumes = flushed !== undefined && forgetClosedTo !== true
    this.memory = createMemory({ ...this.#options, ...(resumes ? { resume: flushed } : {}) })
    const from = (fromFlush === true ? flushed?.flushedTo : flushed?.replayFrom)?.file ?? 0
    for (const record of this.log.records) if (record.place.file >= from) this.#feed(record)
  }

  drop(most: number): readonly FakeRecord[] {
    if (this.flushed === undefined) return []
    const removed = this.log.drop(most, this.flushed.replayFrom, this.#options.periodMs)
    if (this.#mistake.trustLog === true) this.log.completeFrom = -Infinity
    return removed
  }

  /** All windows of a series. */
  async read(series: number): Promise<Map<number, Rollup>> {
    await this.memory.settle(this.log)
    return this.readNow(series)
  }

  readNow(series: number): Map<number, Rollup> {
    const windows = new Map<number, Rollup>()
    for (const [key, rollup] of this.stored) {
      const [number, start] = key.split('@').map(Number)
      if (number === series) windows.set(start!, rollup)
    }
    const tables = emptyTables()
    const patches = this.memory.rowsOf(series, -Infinity, Infinity, tables)
    for (const table of [tables.numeric, tables.counter, tables.text]) {
      for (let row = 0; row < table.length; row += 1) windows.set(table.start[row]!, table.rollup(row))
    }
    for (const patch of patches) windows.set(patch.start, patch.mergeWith(windows.get(patch.start)))
    return windows
  }

  #feed({ place, readings }: FakeRecord): void {
    this.memory.record({ place, position: null, arrival: 0 })
    for (const reading of readings) give(this.memory, reading)
  }
}
