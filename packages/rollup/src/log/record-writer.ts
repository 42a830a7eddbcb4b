import type { RollupPosition } from '../rollup-store.ts'
import { entry, eventFlag, fixedHeaderBytes } from './entries.ts'
import type { ReadingSink } from './reading-sink.ts'

const encoder = new TextEncoder()

/** Writes one record of the log into memory that is used again for the next: no object for a reading. */
export class RecordWriter implements ReadingSink {
  #bytes = new Uint8Array(1 << 16)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  #readings = 0
  #minTime = NaN
  #maxTime = NaN
  #arrival = 0
  #position: RollupPosition | null = null

  /** Readings in the record. */
  get readings(): number {
    return this.#readings
  }

  /** Bytes of the record so far. */
  get length(): number {
    return this.#length
  }

  /** Smallest event time of a reading; `NaN` where there is none. */
  get minTime(): number {
    return this.#minTime
  }

  /** Largest event time of a reading; `NaN` where there is none. */
  get maxTime(): number {
    return this.#maxTime
  }

  /** When it was written, as it was begun with. */
  get arrival(): number {
    return this.#arrival
  }

  /** The last position that it was given. */
  get position(): RollupPosition | null {
    return this.#position
  }

  /** Begins a record, the one before is forgotten. `position` is where the journal is once the record is stored. */
  begin(position: RollupPosition | null, arrival: number): void {
    this.#length = 0
    this.#readings = 0
    this.#minTime = NaN
    this.#maxTime = NaN
    this.#arrival = arrival
    this.#position = position
    this.#room(fixedHeaderBytes - 4)
    this.#text(position?.journalId ?? '')
  }

  /** Begins what is appended to a record. */
  beginEntries(): void {
    this.#length = 0
  }

  /** What was written since {@link RecordWriter.beginEntries}. */
  get entries(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Goes on with the next batch of the same journal in the same record. */
  moveTo(position: RollupPosition): void {
    if (position.journalId !== this.#position?.journalId) throw new TypeError('one record holds one journal')
    this.#position = position
  }

  name(series: number, key: string): void {
    this.#entry(entry.name, series, 5)
    this.#text(key)
  }

  number(
    series: number,
    time: number,
    value: number,
    weight: number,
    total: number | undefined,
    event: boolean,
  ): void {
    const flag = event ? eventFlag : 0
    if (weight === 1 && total === undefined) {
      this.#point(entry.number | flag, series, time, value, 21)
      return
    }
    const plain = total === undefined
    const at = this.#point(
      (plain ? entry.weighted : entry.total) | flag,
      series,
      time,
      value,
      plain ? 29 : 37,
    )
    this.#view.setFloat64(at + 21, weight, true)
    if (!plain) this.#view.setFloat64(at + 29, total, true)
  }

  counter(series: number, time: number, value: number, exact: string | undefined): void {
    this.#point(exact === undefined ? entry.counter : entry.exactCounter, series, time, value, 21)
    if (exact !== undefined) this.#text(exact)
  }

  text(series: number, time: number, value: string, event: boolean): void {
    const at = this.#entry(entry.text | (event ? eventFlag : 0), series, 13)
    this.#view.setFloat64(at + 5, time, true)
    this.#count(time)
    this.#text(value)
  }

  fileEnd(file: number, end: number): void {
    const at = this.#entry(entry.fileEnd, file, 13)
    this.#view.setFloat64(at + 5, end, true)
  }

  completeFrom(time: number): void {
    this.#floats(entry.completeFrom, time)
  }

  seal(minTime: number, maxTime: number, firstArrival: number, lastArrival: number): void {
    this.#floats(entry.seal, minTime, maxTime, firstArrival, lastArrival)
  }

  /** The record; valid until the next one is begun. */
  finish(): Uint8Array {
    const view = this.#view
    view.setFloat64(0, this.#arrival, true)
    view.setFloat64(8, this.#minTime, true)
    view.setFloat64(16, this.#maxTime, true)
    view.setFloat64(24, this.#position?.seq ?? NaN, true)
    return this.#bytes.subarray(0, this.#length)
  }

  #point(type: number, series: number, time: number, value: number, length: number): number {
    const at = this.#entry(type, series, length)
    this.#view.setFloat64(at + 5, time, true)
    this.#view.setFloat64(at + 13, value, true)
    this.#count(time)
    return at
  }

  #count(time: number): void {
    this.#readings += 1
    if (!(time >= this.#minTime)) this.#minTime = time
    if (!(time <= this.#maxTime)) this.#maxTime = time
  }

  #entry(type: number, series: number, length: number): number {
    const at = this.#room(length)
    this.#view.setUint8(at, type)
    this.#view.setUint32(at + 1, series, true)
    return at
  }

  #floats(type: number, ...values: readonly number[]): void {
    const at = this.#room(1 + 8 * values.length)
    this.#view.setUint8(at, type)
    values.forEach((value, index) => this.#view.setFloat64(at + 1 + 8 * index, value, true))
  }

  #text(value: string): void {
    const at = this.#room(4 + value.length * 3)
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(at + 4))
    this.#view.setUint32(at, written, true)
    this.#length = at + 4 + written
  }

  /** Makes room, and perhaps another view: call it before naming the view. */
  #room(count: number): number {
    const at = this.#length
    const needed = at + count
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.#length = needed
    return at
  }
}
