import type { RollupStore } from '@tocsin/rollup/store'

import { exactQueries } from './exact-queries.ts'
import type { SeriesIndex } from './series-index.ts'
import { withinTime } from './time-limit.ts'

/** Who is told of a fault waits for it, so that little time is given to a query that may never end. */
const longestMs = 50

/** Tells whether a query selects the series with a key; `false` where the store does not know it yet, or the query takes long. */
export function selectedBy(
  rollups: Pick<RollupStore, 'series'>,
  index: Pick<SeriesIndex, 'all' | 'categoriesOf'>,
): (select: string, key: string) => boolean {
  return (select, key) => {
    const series = index.all().get(key)
    if (series === undefined) return false
    const [exact = ''] = exactQueries([series], (metric) => index.categoriesOf(metric))
    try {
      const found = withinTime(longestMs, () => rollups.series(`and(${exact},${select})`))
      return found.some((one) => one.key === key)
    } catch {
      return false
    }
  }
}
