import type { Series } from '@tocsin/core'

import type { Shape } from '../plan/shape.ts'
import { grown, roomFor } from '../tables/columns.ts'
import { SparseColumn } from '../tables/sparse-column.ts'

/** Words of 8 bytes. */
const wordsOfRow = 8

/** Bits of the flags of a row. */
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
  /** What came before the last was no number or text. */
  isAfterUnreadable: 256,
} as const

/** Above these bits: how many samples were seen, up to {@link mostSeen}. */
const seenShift = 9
const mostSeen = 2 ** (32 - seenShift) - 1

/** What has a last value and windows: a series, a group, or a part of a group; a line each. */
export class Rows {
  series: (Series | undefined)[] = []
  shape: (Shape | undefined)[] = []
  /** The last text, and the one before; as long as the last row that had one. */
  text: (string | undefined)[] = []
  previousText: (string | undefined)[] = []
  /** Which values change nothing while a row is as it is, by number; 0 where nobody knows. In no snapshot: the next sample finds out. */
  quiet: Uint16Array = new Uint16Array(0)
  /** Lines that were ever in use. */
  end = 0
  readonly #free: number[] = []
  readonly #armed = new SparseColumn(-Infinity)
  /** Times, values and places of a row lie side by side, in as much as a processor fetches at once: in turn or not, a sample costs one fetch. */
  #f64: Float64Array = new Float64Array(0)
  #i32: Int32Array = new Int32Array(0)

  /** Monitor's time of the newest sample; -Infinity before the first. */
  time(row: number): number {
    return this.#f64[row * wordsOfRow + 0] ?? 0
  }

  setTime(row: number, time: number): void {
    this.#f64[row * wordsOfRow + 0] = time
  }

  /** The last number; NaN for a text, and before the first. */
  value(row: number): number {
    return this.#f64[row * wordsOfRow + 1] ?? 0
  }

  setValue(row: number, value: number): void {
    this.#f64[row * wordsOfRow + 1] = value
  }

  /** When the last number or text was; -Infinity before the first. */
  valueTime(row: number): number {
    return this.#f64[row * wordsOfRow + 2] ?? 0
  }

  setValueTime(row: number, valueTime: number): void {
    this.#f64[row * wordsOfRow + 2] = valueTime
  }

  /** When the one before was; before the first, since when the row is there. */
  previousTime(row: number): number {
    return this.#f64[row * wordsOfRow + 3] ?? 0
  }

  setPreviousTime(row: number, previousTime: number): void {
    this.#f64[row * wordsOfRow + 3] = previousTime
  }

  /** The number before; NaN for a text. */
  previousValue(row: number): number {
    return this.#f64[row * wordsOfRow + 4] ?? 0
  }

  setPreviousValue(row: number, previousValue: number): void {
    this.#f64[row * wordsOfRow + 4] = previousValue
  }

  /** From when silence counts at the earliest: after a restart, or after its source came back. */
  armed(row: number): number {
    return this.#armed.get(row)
  }

  setArmed(row: number, armed: number): void {
    this.#armed.set(row, armed)
  }

  /** Bits of {@link rowBits}, and above them how many samples were seen. */
  flags(row: number): number {
    return this.#i32[row * 2 * wordsOfRow + 10] ?? 0
  }

  setFlags(row: number, flags: number): void {
    this.#i32[row * 2 * wordsOfRow + 10] = flags
  }

  /** The row that sent after it, as it was last, -1 for none: who sends in turns is found without looking it up. */
  following(row: number): number {
    return this.#i32[row * 2 * wordsOfRow + 11] ?? -1
  }

  setFollowing(row: number, next: number): void {
    this.#i32[row * 2 * wordsOfRow + 11] = next
  }

  /** The last source, -1 for none yet. */
  source(row: number): number {
    return this.#i32[row * 2 * wordsOfRow + 12] ?? 0
  }

  setSource(row: number, source: number): void {
    this.#i32[row * 2 * wordsOfRow + 12] = source
  }

  /** Where its instances begin. */
  instance(row: number): number {
    return this.#i32[row * 2 * wordsOfRow + 13] ?? 0
  }

  setInstance(row: number, instance: number): void {
    this.#i32[row * 2 * wordsOfRow + 13] = instance
  }

  /** Where its rules begin. */
  rule(row: number): number {
    return this.#i32[row * 2 * wordsOfRow + 14] ?? 0
  }

  setRule(row: number, rule: number): void {
    this.#i32[row * 2 * wordsOfRow + 14] = rule
  }

  /** Where its bytes of hysteresis begin. */
  memory(row: number): number {
    return this.#i32[row * 2 * wordsOfRow + 15] ?? 0
  }

  setMemory(row: number, memory: number): void {
    this.#i32[row * 2 * wordsOfRow + 15] = memory
  }

  /** Reads of a row what judging a sample reads, from its first word to its last; the number means nothing. */
  fetch(row: number): number {
    return this.time(row) + this.memory(row) + (this.series[row] === undefined ? 0 : 1)
  }

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
    this.setTime(row, -Infinity)
    this.setValue(row, NaN)
    this.setValueTime(row, -Infinity)
    this.setPreviousTime(row, NaN)
    this.setPreviousValue(row, NaN)
    this.setSource(row, -1)
    this.setFollowing(row, -1)
    this.setFlags(row, 0)
    this.quiet[row] = 0
  }

  /** Whether the last is unlike the one before it: 0 no, 1 yes, 2 nobody knows. */
  changed(row: number): 0 | 1 | 2 {
    const flags = this.flags(row)
    if ((flags & rowBits.isUnreadable) !== 0 || Number.isNaN(this.previousTime(row))) return 2
    if ((flags & rowBits.hasValue) === 0) return 2
    if ((flags & rowBits.isText) !== 0) return this.text[row] === this.previousText[row] ? 0 : 1
    return this.value(row) === this.previousValue(row) ? 0 : 1
  }

  /** Takes a number that comes after one, of a row in which nothing else changes. */
  takeNumber(row: number, time: number, value: number): void {
    const words = this.#f64
    const at = row * wordsOfRow
    words[at + 4] = words[at + 1] ?? 0
    words[at + 3] = words[at + 2] ?? 0
    words[at + 2] = time
    words[at + 1] = value
    words[at] = time
    const flags = this.#i32[2 * at + 10] ?? 0
    if (flags >>> seenShift < mostSeen) this.#i32[2 * at + 10] = flags + (1 << seenShift)
  }

  /** Lines that are free, for a snapshot. */
  get free(): readonly number[] {
    return this.#free
  }

  /** Its columns, for a snapshot, in the order in which {@link load} takes them. */
  columns(): [Float64Array, Float64Array] {
    return [this.#f64.subarray(0, this.end * wordsOfRow), this.#armed.save()]
  }

  /** All lines as a snapshot had them, with nothing in them but {@link columns}. */
  load(
    end: number,
    free: readonly number[],
    [words, armed]: readonly [words: Float64Array, armed: Float64Array],
  ): void {
    this.end = end
    this.#grow()
    for (const row of free) this.#free.push(row)
    this.#f64.set(words)
    this.#armed.load(armed)
    for (let row = 0; row < end; row += 1) {
      this.series.push(undefined)
      this.shape.push(undefined)
    }
  }

  give(row: number): void {
    this.series[row] = undefined
    this.shape[row] = undefined
    if (this.text[row] !== undefined) this.text[row] = undefined
    this.setArmed(row, -Infinity)
    if (this.previousText[row] !== undefined) this.previousText[row] = undefined
    this.#free.push(row)
  }

  /** How many samples were seen; 8,388,607 stands for as many or more. */
  seen(row: number): number {
    return (this.#i32[row * 2 * wordsOfRow + 10] ?? 0) >>> seenShift
  }

  countSeen(row: number, count = 1): void {
    const at = row * 2 * wordsOfRow + 10
    const flags = this.#i32[at] ?? 0
    const more = Math.min(count, mostSeen - (flags >>> seenShift))
    if (more > 0) this.#i32[at] = flags + (more << seenShift)
  }

  has(row: number, bit: number): boolean {
    return ((this.#i32[row * 2 * wordsOfRow + 10] ?? 0) & bit) !== 0
  }

  set(row: number, bit: number): void {
    const at = row * 2 * wordsOfRow + 10
    this.#i32[at] = (this.#i32[at] ?? 0) | bit
  }

  unset(row: number, bit: number): void {
    const at = row * 2 * wordsOfRow + 10
    this.#i32[at] = (this.#i32[at] ?? 0) & ~bit
  }

  #grow(): void {
    const now = this.#f64.length / wordsOfRow
    const room = roomFor(this.end, now)
    if (room === now) return
    this.#f64 = grown(this.#f64, room * wordsOfRow)
    this.#i32 = new Int32Array(this.#f64.buffer)
    this.quiet = grown(this.quiet, room)
  }
}
