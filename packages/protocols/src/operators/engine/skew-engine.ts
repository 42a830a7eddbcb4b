import { createBoundedTable } from './bounded-table.ts'

/** Bounds of a {@link SkewEngine}. */
export interface SkewBounds {
  /** From one estimate of a source to the next, at least, ms. */
  readonly periodMs: number
  /** Of how many samples an estimate is the median, at most. */
  readonly window: number
  readonly maxSources: number
  readonly forgetAfterMs: number
}

/** Estimates how far the clocks of sources are ahead. */
export interface SkewEngine {
  /** A sample came. Gives the estimate where one is due, ms; `full` where there is no room for another source. */
  take(source: string, aheadMs: number, now: number): number | 'full' | undefined
}

interface Source {
  /** A ring of the last differences. */
  readonly differences: Float64Array
  count: number
  toldAt: number
}

/** An engine that keeps the last differences of each source. */
export function createSkewEngine({ periodMs, window, maxSources, forgetAfterMs }: SkewBounds): SkewEngine {
  // Whoever feeds it bounds the names.
  const sources = createBoundedTable<Source>({ maxEntries: maxSources, maxBytes: Infinity, forgetAfterMs })
  return {
    take(name, aheadMs, now) {
      let source = sources.find(name, now)
      if (source === undefined) {
        // The first estimate is of a whole period, not of one sample.
        source = { differences: new Float64Array(window), count: 0, toldAt: now }
        if (!sources.add(name, source, now)) return 'full'
      }
      source.differences[source.count % window] = aheadMs
      source.count += 1
      // A clock that was set back must not silence it until it catches up.
      if (now < source.toldAt) source.toldAt = now
      if (now - source.toldAt < periodMs) return undefined
      source.toldAt = now
      return median(source.differences.slice(0, Math.min(source.count, window)))
    },
  }
}

/** Of an even count, the mean of the two in the middle. */
function median(values: Float64Array): number {
  values.sort()
  const middle = values.length >> 1
  const upper = values[middle] ?? 0
  return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? 0) + upper) / 2
}
