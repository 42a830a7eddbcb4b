import type { Chunk } from '../chunk.ts'
import { countMask, newestPane, type PaneWindow } from '../pane-window.ts'

/**
 * Mean and sum of squares about it (Welford 1962), panes put together after Chan, Golub and LeVeque 1979: no large squares are
 * subtracted, and equal values have a spread of exactly 0. Spreads beyond 1e154 are unknown, those below 1e-161 are 0.
 */
export function addToSpread({ f64 }: Chunk, word: number, value: number, count: number): void {
  if (count === 1) {
    f64[word] = value
    f64[word + 1] = value - value
    return
  }
  const mean = f64[word] ?? 0
  const off = value - mean
  const next = mean + off / count
  f64[word] = next
  f64[word + 1] = (f64[word + 1] ?? 0) + off * (value - next)
}

/** Of the squares, what must be left when a number is taken out: less is lost in what rounding threw away. */
const leastLeft = 2 ** -20

/** Takes a number out again; `count` are left, at least one. What is left of its squares is NaN where it is too little to be known. */
export function takeFromSpread({ f64 }: Chunk, word: number, value: number, count: number): void {
  const mean = f64[word] ?? 0
  const next = mean - (value - mean) / count
  f64[word] = next
  const squares = f64[word + 1] ?? 0
  const left = squares - (value - mean) * (value - next)
  f64[word + 1] = left >= squares * leastLeft ? left : NaN
}

/** Of panes put together. Reused. */
const moments = { count: 0, mean: 0, squares: 0 }

function addPanes(window: PaneWindow, chunk: Chunk, header: number, live: number): void {
  const { f64, u32 } = chunk
  const first = header + window.headerWords
  const lane = window.lanes.spread
  let pane = newestPane(window, chunk, header)
  let count = 0
  let mean = 0
  let squares = 0
  for (let left = live; left > 0; left -= 1) {
    const more = (u32[2 * pane] ?? 0) & countMask
    if (more > 0) {
      const off = (f64[pane + lane] ?? 0) - mean
      const all = count + more
      squares += (f64[pane + lane + 1] ?? 0) + (count === 0 ? 0 : off * off * (count * (more / all)))
      // Of the first as it is, since a quotient may round.
      mean = count === 0 ? off : mean + off * (more / all)
      count = all
    }
    pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
  }
  moments.count = count
  moments.mean = mean
  moments.squares = squares
}

/** The standard deviation of the newest `live` panes, of the whole population. */
export function stddevOfPanes(window: PaneWindow, chunk: Chunk, header: number, live: number): number {
  addPanes(window, chunk, header, live)
  return Math.sqrt(moments.squares / moments.count)
}

/** How many standard deviations a value is from the mean of the newest `live` panes; NaN for fewer than two samples there, and where one is not finite. */
export function deviationsFrom(
  window: PaneWindow,
  chunk: Chunk,
  header: number,
  live: number,
  value: number,
): number {
  addPanes(window, chunk, header, live)
  if (moments.count < 2 || !Number.isFinite(moments.squares) || !Number.isFinite(value)) return NaN
  const off = value - moments.mean
  // From a spread of 0 every other value is infinitely far.
  return off === 0 ? 0 : off / Math.sqrt(moments.squares / moments.count)
}
