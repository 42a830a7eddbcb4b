import type { Series } from '@tocsin/core'

import type { Shape } from '../shape.ts'
import { grown, roomFor } from './columns.ts'

/** Bits of {@link Rows.flags}. */
export const rowBits = {
  /** A number or text was seen. */
  hasValue: 1,
  /** The last that was readable is a text. */
  isText: 2,
  /** What came last was no number or text. */
  isUnreadable: 4,
  /** A rule may run out between samples. */
  hasDue: 8,
  /** Samples with something wrong have been counted since the last good one. */
  isTroubled: 16,
  /** Several sources send it. */
  hasSources: 32,
  /** Its absence waits until its source speaks or is silent. */
  isWaiting: 64,
  /** Its absence is told by the fault of its source. */
  isHeld: 128,
} as const

/** What has a last value and windows: a series, a group, or a part of a group; a line each. */
export class Rows {
  series: (Series | undefined)[] = []
  shape: (Shape | undefined)[] = []
  /** The last text, and the one before. */
  text: (string | undefined)[] = []
  previousText: (string | undefined)[] = []
  /** Monitor's time of the newest sample; -Infinity before the first. */
  time = new Float64Array(0)
  /** The last number; NaN for a text, and before the first. */
  value = new Float64Array(0)
  /** When the last number or text was; before the first, since when the row is there. */
  valueTime = new Float64Array(0)
  previousTime = new Float64Array(0)
  previousValue = new Float64Array(0)
  /** From when silence counts at the earliest: after a restart, or after its source came back. */
  armed = new Float64Array(0)
  /** The last source, -1 for none yet. */
  source = new Int32Array(0)
  /** Where its instances, rules and bytes of hysteresis begin. */
  instance = new Int32Array(0)
  rule = new Int32Array(0)
  memory = new Int32Array(0)
  flags = new Uint8Array(0)
  /** Lines that were ever in use. */
  end = 0
  readonly #free: number[] = []

  take(series: Series | undefined, shape: Shape): number {
    const row = this.#free.pop() ?? this.end
    if (row === this.end) {
      this.end += 1
      this.#grow()
    }
    this.put(row, series, shape)
    return row
  }

  /** Takes this line, which nothing else has. */
  put(row: number, series: Series | undefined, shape: Shape): void {
    this.series[row] = series
    this.shape[row] = shape
    this.text[row] = undefined
    this.time[row] = -Infinity
    this.value[row] = NaN
    this.valueTime[row] = -Infinity
    this.previousTime[row] = NaN
    this.previousValue[row] = NaN
    this.armed[row] = -Infinity
    this.source[row] = -1
    this.flags[row] = 0
  }

  /** Lines that are free, for a snapshot. */
  get free(): readonly number[] {
    return this.#free
  }

  /** As many lines as a snapshot had, all of them free, to be taken in this order from the end. */
  reserve(end: number, free: readonly number[]): void {
    this.end = end
    this.#grow()
    this.#free.push(...free)
  }

  give(row: number): void {
    this.series[row] = undefined
    this.shape[row] = undefined
    this.text[row] = undefined
    if (this.previousText[row] !== undefined) this.previousText[row] = undefined
    this.#free.push(row)
  }

  has(row: number, bit: number): boolean {
    return ((this.flags[row] ?? 0) & bit) !== 0
  }

  set(row: number, bit: number): void {
    this.flags[row] = (this.flags[row] ?? 0) | bit
  }

  unset(row: number, bit: number): void {
    this.flags[row] = (this.flags[row] ?? 0) & ~bit
  }

  #grow(): void {
    const room = roomFor(this.end, this.time.length)
    if (room === this.time.length) return
    this.time = grown(this.time, room)
    this.value = grown(this.value, room)
    this.valueTime = grown(this.valueTime, room)
    this.previousTime = grown(this.previousTime, room)
    this.previousValue = grown(this.previousValue, room)
    this.armed = grown(this.armed, room)
    this.source = grown(this.source, room)
    this.instance = grown(this.instance, room)
    this.rule = grown(this.rule, room)
    this.memory = grown(this.memory, room)
    this.flags = grown(this.flags, room)
  }
}
