/** Numbers that share a page. */
const pageBits = 12

/** Values by number. Each page of numbers is a map of its own, so that making room for one more never takes as long as there are many. */
export class PagedMap<T> {
  size = 0
  readonly #pages: (Map<number, T> | undefined)[] = []

  get(number: number): T | undefined {
    return this.#pages[number >> pageBits]?.get(number)
  }

  has(number: number): boolean {
    return this.#pages[number >> pageBits]?.has(number) ?? false
  }

  set(number: number, value: T): void {
    const page = number >> pageBits
    // Pages have no gaps, which would make a slow table of them.
    while (this.#pages.length <= page) this.#pages.push(undefined)
    const values = (this.#pages[page] ??= new Map())
    const before = values.size
    values.set(number, value)
    this.size += values.size - before
  }

  delete(number: number): void {
    const page = number >> pageBits
    const values = this.#pages[page]
    if (values?.delete(number) !== true) return
    this.size -= 1
    if (values.size === 0) this.#pages[page] = undefined
  }

  *[Symbol.iterator](): Generator<readonly [number, T]> {
    for (const page of this.#pages) if (page !== undefined) yield* page
  }
}
