/** What waits in an {@link ActionQueue}. */
export interface Queued {
  /** When it is due. */
  due: number
  /** Of two that are due together, the lower one is first. */
  order: number
  /** Where it is in the queue; -1 where it is in none. */
  place: number
}

const isBefore = (a: Queued, b: Queued): boolean => a.due < b.due || (a.due === b.due && a.order < b.order)

/** The next one first; adding and removing cost little among many. A binary heap whose items know their places. */
export class ActionQueue<Item extends Queued> {
  readonly #heap: Item[] = []
  #added = 0

  get size(): number {
    return this.#heap.length
  }

  get first(): Item | undefined {
    return this.#heap[0]
  }

  /** Puts an item behind all that are due by then. */
  add(item: Item): void {
    item.order = this.#added++
    this.#heap.push(item)
    this.#up(item, this.#heap.length - 1)
  }

  remove(item: Item): void {
    const { place } = item
    if (place < 0) return
    item.place = -1
    const last = this.#heap.pop()
    if (last === undefined || last === item) return
    this.#up(last, place)
    this.#down(last, last.place)
  }

  all(): readonly Item[] {
    return [...this.#heap]
  }

  #put(item: Item, place: number): void {
    this.#heap[place] = item
    item.place = place
  }

  #up(item: Item, from: number): void {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = this.#heap[parent]
      if (above === undefined || !isBefore(item, above)) break
      this.#put(above, place)
      place = parent
    }
    this.#put(item, place)
  }

  #down(item: Item, from: number): void {
    let place = from
    for (;;) {
      const left = 2 * place + 1
      const [a, b] = [this.#heap[left], this.#heap[left + 1]]
      const isRight = a !== undefined && b !== undefined && isBefore(b, a)
      const below = isRight ? b : a
      if (below === undefined || !isBefore(below, item)) break
      this.#put(below, place)
      place = isRight ? left + 1 : left
    }
    this.#put(item, place)
  }
}
