import { comparePlaces, type LogPlace } from '../log/log-place.ts'
import type { ReadingLog, ScanSink } from '../log/reading-log.ts'
import { LateWindow } from './late-window.ts'
import type { WindowReadings, WindowRules } from './window-readings.ts'

/** What is known of the readings of a window without asking the log. */
export interface LateBounds {
  /** Readings from here on are in no segment. */
  readonly from: LogPlace
  /** Windows that end behind have no readings in segments; all of them are in the log. */
  readonly storedTo: number
}

/** All windows of one time between flushes that had a reading out of order. */
export class LateWindows {
  readonly #rules: WindowRules
  readonly #periodMs: number
  readonly #bySeries: WindowIndex = new Map()
  readonly #pending = new Set<LateWindow>()
  #filling = 0
  #length = 0
  #bytes = 0

  constructor(periodMs: number, rules: WindowRules) {
    this.#periodMs = periodMs
    this.#rules = rules
  }

  get length(): number {
    return this.#length
  }

  /** About. */
  get bytes(): number {
    return this.#bytes
  }

  /** Windows that the log must be asked for, or is being asked for. */
  get pending(): number {
    return this.#pending.size + this.#filling
  }

  /** Series with larger numbers have none. */
  get seriesEnd(): number {
    let end = 0
    for (const series of this.#bySeries.keys()) end = Math.max(end, series + 1)
    return end
  }

  get(series: number, start: number): LateWindow | undefined {
    return this.#bySeries.get(series)?.get(start)
  }

  /** Those of a series, in no order. */
  of(series: number): Iterable<LateWindow> {
    return this.#bySeries.get(series)?.values() ?? []
  }

  *[Symbol.iterator](): Generator<LateWindow> {
    for (const windows of this.#bySeries.values()) yield* windows.values()
  }

  create(series: number, start: number, state: 'pending' | 'whole'): LateWindow {
    const window = new LateWindow(series, start, state, this.#rules)
    this.add(window)
    return window
  }

  add(window: LateWindow): void {
    put(this.#bySeries, window)
    if (window.state === 'pending') this.#pending.add(window)
    this.#length += 1
    window.counted = 0
    this.count(window)
  }

  remove(window: LateWindow): void {
    const windows = this.#bySeries.get(window.series)
    if (windows?.get(window.start) !== window) return
    windows.delete(window.start)
    if (windows.size === 0) this.#bySeries.delete(window.series)
    this.#pending.delete(window)
    this.#length -= 1
    this.#bytes -= window.counted
  }

  /** Keeps `bytes` right where a window that it has took readings. */
  count(window: LateWindow): void {
    if (this.get(window.series, window.start) !== window) return
    const { bytes } = window.readings
    this.#bytes += bytes - window.counted
    window.counted = bytes
  }

  /**
   * Takes from the log the readings of pending windows, those up to the record at `until`. `settled` is called for each, with whoever
   * has it by then.
   */
  async settle(
    log: ReadingLog,
    until: LogPlace,
    { from, storedTo }: LateBounds,
    wanted: (series: number, start: number) => boolean,
    settled: (window: LateWindow) => void,
  ): Promise<void> {
    const batch = [...this.#pending].filter(({ series, start }) => wanted(series, start))
    if (batch.length === 0) return
    const index: WindowIndex = new Map()
    let [first, end] = [Infinity, -Infinity]
    for (const window of batch) {
      window.begin()
      this.#pending.delete(window)
      put(index, window)
      first = Math.min(first, window.start)
      end = Math.max(end, window.start + this.#periodMs)
    }
    this.#filling += batch.length
    const { completeFrom } = log
    try {
      await log.scan(first, end, new LateScan(index, this.#periodMs, from, until))
    } catch (error) {
      for (const window of batch) window.abandon()
      for (const window of batch) settled(window)
      throw error
    } finally {
      this.#filling -= batch.length
    }
    const isDamaged = log.completeFrom > completeFrom
    for (const window of batch) {
      const isInLog = window.start >= log.completeFrom
      const isWhole = isInLog || window.start + this.#periodMs > storedTo
      window.finish(isWhole, isDamaged && !isInLog && isWhole)
      settled(window)
    }
  }

  /** A window that it has was taken from the log, or could not be. */
  settled(window: LateWindow): void {
    if (this.get(window.series, window.start) !== window) return
    if (window.state === 'pending') this.#pending.add(window)
    else if (window.readings.length === 0) this.remove(window)
    else this.count(window)
  }
}

type WindowIndex = Map<number, Map<number, LateWindow>>

function put(index: WindowIndex, window: LateWindow): void {
  const windows = index.get(window.series)
  if (windows === undefined) index.set(window.series, new Map([[window.start, window]]))
  else windows.set(window.start, window)
}

/** Hands the readings of late windows to them. */
class LateScan implements ScanSink {
  readonly #windows: WindowIndex
  readonly #periodMs: number
  readonly #from: LogPlace
  readonly #until: LogPlace
  #isSeen: boolean | undefined
  #isNew = false

  constructor(windows: WindowIndex, periodMs: number, from: LogPlace, until: LogPlace) {
    this.#windows = windows
    this.#periodMs = periodMs
    this.#from = from
    this.#until = until
  }

  record({ place }: { readonly place: LogPlace }): void {
    this.#isSeen = comparePlaces(place, this.#until) <= 0
    this.#isNew = comparePlaces(place, this.#from) >= 0
  }

  number(
    series: number,
    time: number,
    value: number,
    weight: number,
    total: number | undefined,
    event: boolean,
  ): void {
    this.#target(series, time)?.number(time, value, weight, total, event)
  }

  counter(series: number, time: number, value: number, exact: string | undefined): void {
    this.#target(series, time)?.counter(time, value, exact)
  }

  text(series: number, time: number, value: string, event: boolean): void {
    this.#target(series, time)?.text(time, value, event)
  }

  #target(series: number, time: number): WindowReadings | undefined {
    if (this.#isSeen === undefined)
      throw new TypeError('the log gave readings without the record that they are in')
    if (!this.#isSeen) return undefined
    const windows = this.#windows.get(series)
    if (windows === undefined) return undefined
    return windows.get(Math.floor(time / this.#periodMs) * this.#periodMs)?.filled(this.#isNew)
  }
}
