/** Numbers of series: marked in any order, and many times, and given in theirs. A byte for each series that a store knows. */
export class SeriesMarks implements Iterable<number> {
  #marks: Uint8Array

  /** `length`: larger than all that are expected. */
  constructor(length: number) {
    this.#marks = new Uint8Array(length)
  }

  add(series: number): void {
    if (series >= this.#marks.length) this.#grow(series)
    this.#marks[series] = 1
  }

  /** Ascending. */
  *[Symbol.iterator](): Generator<number> {
    const marks = this.#marks
    for (let series = marks.indexOf(1); series >= 0; series = marks.indexOf(1, series + 1)) yield series
  }

  #grow(series: number): void {
    const marks = new Uint8Array(Math.max(series + 1, this.#marks.length * 2))
    marks.set(this.#marks)
    this.#marks = marks
  }
}
