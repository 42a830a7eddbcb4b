/**
 * The lowest of many numbers that mostly go up one at a time: it is looked for again only when all that stood there have left it.
 * Whatever may bring one down, or in, has to say so with `forget`.
 */
export class Lowest<T> {
  readonly #all: () => Iterable<T>
  readonly #of: (one: T) => number
  #seq: number | undefined
  /** Those that stood there. */
  #holders: Set<T> | undefined

  constructor(all: () => Iterable<T>, of: (one: T) => number) {
    this.#all = all
    this.#of = of
  }

  /** `undefined` where there is none. */
  get value(): number | undefined {
    const holders = this.#holders
    if (holders === undefined) return this.#look()
    for (const holder of holders) {
      if (this.#of(holder) === this.#seq) return this.#seq
      holders.delete(holder)
    }
    return this.#look()
  }

  forget(): void {
    this.#holders = undefined
  }

  /** One of them is gone. */
  leave(one: T): void {
    this.#holders?.delete(one)
  }

  #look(): number | undefined {
    let lowest: number | undefined
    const holders = new Set<T>()
    for (const one of this.#all()) {
      const seq = this.#of(one)
      if (lowest === undefined || seq < lowest) {
        lowest = seq
        holders.clear()
      }
      if (seq === lowest) holders.add(one)
    }
    this.#seq = lowest
    this.#holders = holders
    return lowest
  }
}
