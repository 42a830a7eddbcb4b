/**
 * The lowest of many numbers that mostly go up one at a time: it is looked for again only when all that stood there have left it.
 * Whatever may bring one down, or in, has to say so with `forget`.
 */
export class Lowest<T> {
  readonly #all: () => Iterable<T>
  readonly #of: (one: T) => number
  #seq: number | undefined
  /** Those that stood there. */
  #holders: T[] | undefined

  constructor(all: () => Iterable<T>, of: (one: T) => number) {
    this.#all = all
    this.#of = of
  }

  /** `undefined` where there is none. */
  get value(): number | undefined {
    const holders = this.#holders
    if (holders === undefined) return this.#look()
    for (let last = holders.at(-1); last !== undefined; last = holders.at(-1)) {
      if (this.#of(last) === this.#seq) return this.#seq
      holders.pop()
    }
    return this.#look()
  }

  forget(): void {
    this.#holders = undefined
  }

  #look(): number | undefined {
    let lowest: number | undefined
    let holders: T[] = []
    for (const one of this.#all()) {
      const seq = this.#of(one)
      if (lowest === undefined || seq < lowest) {
        lowest = seq
        holders = []
      }
      if (seq === lowest) holders.push(one)
    }
    this.#seq = lowest
    this.#holders = holders
    return lowest
  }
}
