import { grown, roomFor } from './columns.ts'

/** Neighbouring lines that have memory together: two to this power. */
const pageShift = 3
const pageSize = 1 << pageShift
const pageMask = pageSize - 1
const nowhere = -1

/** Numbers of a chunk: two to this power. */
const chunkShift = 10
const chunkMask = (1 << chunkShift) - 1
const nothing = new Float64Array(0)

/** A column of numbers in which most lines have the same: only of pages where one has another, memory is taken. */
export class SparseColumn {
  readonly #usual: number
  /** Where in {@link #kept} each page begins. */
  #placeOf: Int32Array = new Int32Array(0)
  /** In chunks, so that one page more never takes as long as copying all of them. */
  readonly #kept: Float64Array[] = []
  #end = 0
  readonly #free: number[] = []

  /** `usual`: what lines have of which nothing is kept. */
  constructor(usual: number) {
    this.#usual = usual
  }

  get(line: number): number {
    const place = this.#placeOf[line >> pageShift] ?? nowhere
    return place === nowhere
      ? this.#usual
      : (this.#kept[place >> chunkShift]?.[(place & chunkMask) + (line & pageMask)] ?? this.#usual)
  }

  set(line: number, value: number): void {
    const page = line >> pageShift
    let place = this.#placeOf[page] ?? nowhere
    if (place === nowhere) {
      if (value === this.#usual) return
      place = this.#takePage(page)
    }
    this.#chunk(place)[(place & chunkMask) + (line & pageMask)] = value
    if (value === this.#usual) this.#giveEmpty(page, place)
  }

  /** Sets lines back to what is usual. */
  clear(line: number, count: number): void {
    for (let at = line; at < line + count; at += 1) this.set(at, this.#usual)
  }

  /** Line and value of those that have another, for a snapshot. */
  save(): Float64Array {
    const pairs: number[] = []
    for (const [page, place] of this.#placeOf.entries()) {
      if (place === nowhere) continue
      for (let at = 0; at < pageSize; at += 1) {
        const value = this.get(page * pageSize + at)
        if (value !== this.#usual) pairs.push(page * pageSize + at, value)
      }
    }
    return Float64Array.from(pairs)
  }

  /** Puts back what {@link save} gave, into a column of nothing else. */
  load(pairs: Float64Array): void {
    for (let at = 0; at < pairs.length; at += 2) this.set(pairs[at] ?? 0, pairs[at + 1] ?? 0)
  }

  #chunk(place: number): Float64Array {
    return this.#kept[place >> chunkShift] ?? nothing
  }

  #takePage(page: number): number {
    if (page >= this.#placeOf.length)
      this.#placeOf = grown(this.#placeOf, roomFor(page + 1, this.#placeOf.length), nowhere)
    let place = this.#free.pop()
    if (place === undefined) {
      place = this.#end
      this.#end += pageSize
      if (place >> chunkShift === this.#kept.length) this.#kept.push(new Float64Array(1 << chunkShift))
    }
    const first = place & chunkMask
    this.#chunk(place).fill(this.#usual, first, first + pageSize)
    this.#placeOf[page] = place
    return place
  }

  /** Gives a page back of which all lines have what is usual. */
  #giveEmpty(page: number, place: number): void {
    const kept = this.#chunk(place)
    const first = place & chunkMask
    for (let at = first; at < first + pageSize; at += 1) if (kept[at] !== this.#usual) return
    this.#placeOf[page] = nowhere
    this.#free.push(place)
  }
}
