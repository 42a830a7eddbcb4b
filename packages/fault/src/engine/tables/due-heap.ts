/** Rows by time, and those of the same time by their number: a binary heap without objects. */
export class DueHeap {
  readonly #at: number[] = []
  readonly #row: number[] = []

  /** The earliest time; Infinity where it is empty. */
  get first(): number {
    return this.#at[0] ?? Infinity
  }

  push(at: number, row: number): void {
    let place = this.#at.length
    this.#at.push(at)
    this.#row.push(row)
    while (place > 0) {
      const above = (place - 1) >> 1
      if (!this.#isBefore(at, row, above)) break
      this.#move(above, place)
      place = above
    }
    this.#put(place, at, row)
  }

  /** Takes out the row of the earliest; -1 where it is empty. */
  pop(): number {
    const first = this.#row[0] ?? -1
    const at = this.#at.pop()
    const row = this.#row.pop()
    const size = this.#at.length
    if (at === undefined || row === undefined || size === 0) return first
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      if (left >= size) break
      const right = left + 1
      const child =
        right < size && this.#isBefore(this.#at[right] ?? 0, this.#row[right] ?? 0, left) ? right : left
      if (this.#isBefore(at, row, child)) break
      this.#move(child, place)
      place = child
    }
    this.#put(place, at, row)
    return first
  }

  #isBefore(at: number, row: number, place: number): boolean {
    const other = this.#at[place] ?? 0
    return at < other || (at === other && row < (this.#row[place] ?? 0))
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#at[from] ?? 0, this.#row[from] ?? 0)
  }

  #put(place: number, at: number, row: number): void {
    this.#at[place] = at
    this.#row[place] = row
  }
}
