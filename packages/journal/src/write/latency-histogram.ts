import type { Histogram } from '@tocsin/core'
import { histogramBin } from '@tocsin/core'

/** Counts durations; a bin for each first two digits, so that a few hundred numbers hold any time. */
export interface LatencyHistogram {
  add(ms: number): void
  /** What was counted so far, lowest bin first. */
  snapshot(): Histogram
}

export function createLatencyHistogram(): LatencyHistogram {
  /** By exponent and digits in one number: no object per commit. */
  const counts = new Map<number, number>()
  return {
    add: (ms) => {
      // A clock that goes backwards says nothing.
      const bin = histogramBin(Math.max(0, ms))
      if (bin === undefined) return
      const key = bin.value === 0 ? -Infinity : bin.exponent * 100 + bin.value
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
    snapshot: () => ({
      bins: [...counts]
        .sort(([a], [b]) => a - b)
        .map(([key, count]) => {
          if (key === -Infinity) return { value: 0, exponent: 0, count }
          const exponent = Math.floor(key / 100)
          return { value: key - exponent * 100, exponent, count }
        }),
    }),
  }
}
