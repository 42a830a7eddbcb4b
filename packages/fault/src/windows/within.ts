import type { Chunk } from './chunk.ts'
import { countMask, type PaneWindow } from './pane-window.ts'

/** The values between which, both included, the means (`sum`) or the extremes of panes lie. */
export interface PaneBound {
  /** The number of the window's need. */
  readonly need: number
  readonly lane: 'sum' | 'extremes'
  readonly least: number
  readonly most: number
}

/** So far a mean that is divided once may be off its exact value, and more, relative to it. */
const margin = 2 ** -50

/**
 * Whether it is certain that all panes of a window lie within a bound, also those that left it. Any of them together with numbers from within do
 * so, too: a mean lies between what it is the mean of.
 */
export function panesAreWithin(
  { lanes, stride, headerWords, panes }: PaneWindow,
  { f64, u32 }: Chunk,
  header: number,
  { lane, least, most }: PaneBound,
): boolean {
  const inUse = Math.min(panes, ((u32[2 * header + 6] ?? 0) >>> 8) & 0xff)
  const newest = (u32[2 * header + 6] ?? 0) & 0xff
  const first = header + headerWords
  for (let back = 0; back < inUse; back += 1) {
    const place = newest >= back ? newest - back : newest - back + panes
    const pane = first + place * stride
    const count = u32[2 * pane] ?? 0
    if (count === 0) continue
    if (lane === 'extremes') {
      if (!((f64[pane + lanes.extremes] ?? NaN) >= least)) return false
      if (!((f64[pane + lanes.extremes + 1] ?? NaN) <= most)) return false
      continue
    }
    // A sum that is scaled has its bit set, and is none that this can tell of.
    if (count > countMask) return false
    const mean = (f64[pane + 1] ?? NaN) / count
    const off = Math.abs(mean) * margin
    if (!(mean - off > least && mean + off < most)) return false
  }
  return true
}
