import { addTo, setTo, type NumberCell } from './engine/number-cell.ts'
import type { AnyTags, SeriesTable } from './engine/series-table.ts'
import type { TagsOf } from './tags.ts'

/** Says what is now; made by {@link Meter.gauge}. Until it is set or added to, it says nothing. */
export interface Gauge<Category extends string = never> {
  /**
   * The value from now on. Never throws: what is no finite number is left out, and is a problem `bad-value`; one whose tags cannot be
   * a series, or for which there is no room, is left out, since the values of two gauges cannot be one.
   */
  set(value: number, ...tags: TagsOf<Category>): void
  /** Adds to the value, or, where the number is negative, takes from it; the sum is exact. One that was never set begins at 0. */
  add(amount: number, ...tags: TagsOf<Category>): void
  /** The gauge of these tags, for hot paths. */
  with(...tags: TagsOf<Category>): BoundGauge
}

/** A {@link Gauge} with its tags. */
export interface BoundGauge {
  /** As {@link Gauge.set}. */
  set(value: number): void
  /** As {@link Gauge.add}. */
  add(amount: number): void
}

/** A gauge upon its series. */
export function createGauge(table: SeriesTable<NumberCell>, refused: () => void): Gauge & Gauge<string> {
  type Change = (cell: NumberCell, value: number) => boolean
  const change = (cell: NumberCell | undefined, value: number, by: Change): void => {
    if (cell === undefined) return
    if (by(cell, value)) cell.isTouched = cell.isKnown = true
    else refused()
  }
  return {
    set: (value: number, tags?: AnyTags) => change(table.find(tags), value, setTo),
    add: (amount: number, tags?: AnyTags) => change(table.find(tags), amount, addTo),
    with(tags?: AnyTags) {
      const own = table.copy(tags)
      let cell: NumberCell | undefined
      const current = (): NumberCell | undefined => {
        if (cell?.isKept !== true) cell = table.find(own)
        return cell
      }
      return {
        set: (value) => change(current(), value, setTo),
        add: (amount) => change(current(), amount, addTo),
      }
    },
  }
}
