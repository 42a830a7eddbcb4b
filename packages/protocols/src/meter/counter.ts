import { addTo, type NumberCell } from './engine/number-cell.ts'
import type { AnyTags, SeriesTable } from './engine/series-table.ts'
import type { TagsOf } from './tags.ts'

/** Counts what happens; made by {@link Meter.counter}. */
export interface Counter<Category extends string = never> {
  /**
   * Adds a number from 0 on; the sum is exact, also of fractions and beyond 2^53. Never throws: what is no such number is left out, and is
   * a problem `bad-value`; with tags that cannot be a series, or for which there is no room, it is added to `metric|ST[overflow:true]`.
   */
  add(amount: number, ...tags: TagsOf<Category>): void
  /**
   * The counter of these tags, for hot paths: it has its series at hand once it was used. Its tags are those of now; it may be kept for
   * ever, also where its series is let go in between.
   */
  with(...tags: TagsOf<Category>): BoundCounter
}

/** A {@link Counter} with its tags. */
export interface BoundCounter {
  /** As {@link Counter.add}. */
  add(amount: number): void
}

/** A counter upon its series. */
export function createCounter(
  table: SeriesTable<NumberCell>,
  refused: () => void,
): Counter & Counter<string> {
  const add = (cell: NumberCell | undefined, amount: number): void => {
    if (cell === undefined) return
    if (typeof amount === 'number' && amount >= 0 && addTo(cell, amount)) cell.isTouched = true
    else refused()
  }
  return {
    add: (amount: number, tags?: AnyTags) => add(table.find(tags), amount),
    with(tags?: AnyTags) {
      const own = table.copy(tags)
      let cell: NumberCell | undefined
      return {
        add(amount) {
          if (cell?.isKept !== true) cell = table.find(own)
          add(cell, amount)
        },
      }
    },
  }
}
