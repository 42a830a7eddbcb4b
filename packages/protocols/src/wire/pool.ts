/** Objects that are filled again and again, so that a parser allocates nothing per line but its samples. */
export interface Pool<T> {
  readonly items: readonly T[]
  /** How many of the items are in use. */
  count: number
  /** One more item in use, with what it held before. */
  next(): T
}

/** An empty pool; it keeps as many items as were ever in use at once. */
export function createPool<T>(make: () => T): Pool<T> {
  const items: T[] = []
  return {
    items,
    count: 0,
    next() {
      const item = (items[this.count] ??= make())
      this.count += 1
      return item
    },
  }
}
