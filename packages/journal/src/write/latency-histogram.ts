import type { Histogram } from '@tocsin/core'
import { histogramBin } from '@tocsin/core'

/** Counts durations; a bin for each first two digits, so that a few hundred numbers hold any time. */
export class LatencyHistogram {
  /** By exponent and digits in one number: no object per commit. */
  readonly #counts = new Map<number, number>()

  add(ms: number): void {
    // A clock that goes backwards says nothing.
    const bin = histogramBin(Math.max(0, ms))
    if (bin === undefined) return
    const key = bin.value === 0 ? -Infinity : bin.exponent * 100 + bin.value
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** What was counted so far, lowest bin first. */
  snapshot(): Histogram {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b)
    const bins = sorted.map(([key, count]) => {
      if (key === -Infinity) return { value: 0, exponent: 0, count }
      const exponent = Math.floor(key / 100)
      return { value: key - exponent * 100, exponent, count }
    })
    return { bins }
  }
}
