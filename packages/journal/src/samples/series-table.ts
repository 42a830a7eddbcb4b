import type { Series } from '@tocsin/core'
import { parseSeries } from '@tocsin/core'

import { JournalError } from '../errors.ts'

/** Series that are remembered; beyond it the one that was met first is forgotten. */
const maxInterned = 65_536
const slabBytes = 65_536

interface KnownSeries {
  readonly series: Series
  /** The bytes of its key, among those of others; none where they were not read, or are not worth their room. */
  text: DataView | undefined
  at: number
  length: number
  /** The one that frames list behind it. */
  next: KnownSeries | undefined
}

/**
 * Series by their keys, so that those of one key are one object. Frames mostly list what frames before them did, in the same order: then
 * bytes are compared, and no text is made of them.
 */
export class SeriesTable {
  readonly #known = new Map<string, KnownSeries>()
  /** The last list that was read, and its series. */
  #list: Uint8Array = new Uint8Array(0)
  #listed: readonly Series[] = []
  #before: KnownSeries | undefined
  #slab = new DataView(new ArrayBuffer(0))
  #slabEnd = 0

  /** The series of a key. Throws `JOURNAL_CORRUPT` where it is none. */
  intern(key: string): Series {
    return this.#of(key).series
  }

  /** The series of the list that begins these bytes, if that is the last one that was kept. */
  listedAgain(bytes: Buffer, from: number): readonly Series[] | undefined {
    const end = from + this.#list.length
    if (this.#listed.length === 0 || end > bytes.length) return undefined
    return bytes.compare(this.#list, 0, this.#list.length, from, end) === 0 ? this.#listed : undefined
  }

  /** Bytes of the list that was kept. */
  get listBytes(): number {
    return this.#list.length
  }

  keepList(bytes: Uint8Array, series: readonly Series[]): void {
    this.#list = new Uint8Array(bytes)
    this.#listed = series
  }

  /** The next series that a list has, by the bytes of its key. */
  read(buffer: Buffer, view: DataView, at: number, length: number): Series {
    const guess = this.#before?.next
    if (guess !== undefined && guess.length === length && isAt(guess, view, at)) {
      this.#before = guess
      return guess.series
    }
    const known = this.#of(buffer.toString('utf8', at, at + length))
    if (known.text === undefined) this.#keepText(known, buffer, at, length)
    if (this.#before !== undefined) this.#before.next = known
    this.#before = known
    return known.series
  }

  #of(key: string): KnownSeries {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const parsed = parseSeries(key)
    if (!parsed.ok) {
      throw new JournalError('JOURNAL_CORRUPT', `"${key.slice(0, 80)}" is no series name: ${parsed.message}`)
    }
    if (this.#known.size >= maxInterned) this.#forgetOldest()
    const met = { series: parsed.value, text: undefined, at: 0, length: -1, next: undefined }
    this.#known.set(key, met)
    return met
  }

  #forgetOldest(): void {
    for (const [key, oldest] of this.#known) {
      this.#known.delete(key)
      // The one before it may still lead here.
      oldest.length = -1
      oldest.next = undefined
      return
    }
  }

  /** Slabs are filled in the order in which series are forgotten, so that one goes with the last of its series. */
  #keepText(known: KnownSeries, buffer: Buffer, at: number, length: number): void {
    if (length > slabBytes / 16) return
    if (this.#slabEnd + length > this.#slab.byteLength) {
      this.#slab = new DataView(new ArrayBuffer(slabBytes))
      this.#slabEnd = 0
    }
    buffer.copy(new Uint8Array(this.#slab.buffer), this.#slabEnd, at, at + length)
    known.text = this.#slab
    known.at = this.#slabEnd
    known.length = length
    this.#slabEnd += length
  }
}

/** Whether the bytes are those of its key; where it says no they may be, and the text tells. */
function isAt({ text, at: from, length }: KnownSeries, view: DataView, at: number): boolean {
  if (text === undefined) return false
  let index = 0
  for (; index + 8 <= length; index += 8) {
    // Equal numbers have equal bytes, but for 0 and -0.
    const eight = text.getFloat64(from + index)
    if (eight === 0 || eight !== view.getFloat64(at + index)) return false
  }
  for (; index < length; index += 1)
    if (text.getUint8(from + index) !== view.getUint8(at + index)) return false
  return true
}
