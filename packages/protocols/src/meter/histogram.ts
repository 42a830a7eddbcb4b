import { countIn, type HistogramCell } from './engine/histogram-cell.ts'
import type { AnyTags, SeriesTable } from './engine/series-table.ts'
import type { TagsOf } from './tags.ts'

/** Counts measurements in OpenHistogram bins, two digits each; made by {@link Meter.histogram}. */
export interface HistogramMeter<Category extends string = never> {
  /**
   * Counts a measurement. Never throws: what is no finite number, or is beyond 1e128, is left out, and is a problem `bad-value`; with tags that
   * cannot be a series, or for which there is no room, it is counted in `metric|ST[overflow:true]`.
   */
  observe(value: number, ...tags: TagsOf<Category>): void
  /** The histogram of these tags, for hot paths. */
  with(...tags: TagsOf<Category>): BoundHistogram
}

/** A {@link HistogramMeter} with its tags. */
export interface BoundHistogram {
  /** As {@link HistogramMeter.observe}. */
  observe(value: number): void
}

/** A histogram upon its series. */
export function createHistogram(
  table: SeriesTable<HistogramCell>,
  refused: (reason: 'bad-value' | 'too-many-values') => void,
): HistogramMeter & HistogramMeter<string> {
  const observe = (cell: HistogramCell | undefined, value: number): void => {
    if (cell === undefined) return
    const fault = countIn(cell, value)
    if (fault === undefined) cell.isTouched = true
    else refused(fault)
  }
  return {
    observe: (value: number, tags?: AnyTags) => observe(table.find(tags), value),
    with(tags?: AnyTags) {
      const own = table.copy(tags)
      let cell: HistogramCell | undefined
      return {
        observe(value) {
          if (cell?.isKept !== true) cell = table.find(own)
          observe(cell, value)
        },
      }
    },
  }
}
