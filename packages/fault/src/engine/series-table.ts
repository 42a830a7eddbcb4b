import type { Series } from '@tocsin/core'

import type { FlawReason } from '../fault-problem.ts'
import { createInstance, type Instance } from './instance.ts'
import type { Plan } from './plan.ts'

/** A series that at least one rule set selects. */
export interface SeriesEntry {
  readonly instances: readonly Instance[]
  /** Time of the newest sample judged. */
  lastTime: number
  /** The run of troubled samples that goes on: how many per reason. */
  troubles: Map<FlawReason, number> | undefined
}

/** Which rule sets watch which series. */
export interface SeriesTable {
  /** The entry; `undefined` where no rule set selects the series, `'full'` where there is no room for it. */
  find(series: Series): SeriesEntry | 'full' | undefined
  /** The entry, room or not, for faults that were open before a restart. */
  admit(series: Series): SeriesEntry
}

/**
 * Creates an empty table. Queries run once per series: hits are kept for good, up to `maxInstances` pairs of rule set and
 * series; of the series that no rule set selects the last `maxInstances` are kept, and cost no room for hits.
 */
export function createSeriesTable(plans: readonly Plan[], maxInstances: number): SeriesTable {
  const entries = new Map<string, SeriesEntry>()
  const misses = new Set<string>()
  let instances = 0
  const add = (series: Series, selected: readonly Plan[]): SeriesEntry => {
    const entry: SeriesEntry = {
      instances: selected.map((plan, index) => createInstance(plan, series, instances + index)),
      lastTime: -Infinity,
      troubles: undefined,
    }
    instances += selected.length
    entries.set(series.key, entry)
    return entry
  }
  const select = (series: Series): readonly Plan[] => plans.filter(({ matches }) => matches(series))
  return {
    find: (series) => {
      const known = entries.get(series.key)
      if (known !== undefined) return known
      if (misses.has(series.key)) return undefined
      const selected = select(series)
      if (selected.length === 0) {
        const [oldest] = misses.size < maxInstances ? [] : misses
        if (oldest !== undefined) misses.delete(oldest)
        misses.add(series.key)
        return undefined
      }
      return instances + selected.length > maxInstances ? 'full' : add(series, selected)
    },
    admit: (series) => entries.get(series.key) ?? add(series, select(series)),
  }
}
