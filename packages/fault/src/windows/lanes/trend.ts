import type { Chunk } from '../chunk.ts'
import { countMask, newestPane, type PaneWindow } from '../pane-window.ts'

/**
 * Words: mean time from the pane's beginning, mean value, squares of time about the mean, products of time and value about both;
 * as in the spread lane, without large numbers that are subtracted.
 */
export function addToTrend({ f64 }: Chunk, word: number, at: number, value: number, count: number): void {
  if (count === 1) {
    f64[word] = at
    f64[word + 1] = value
    f64[word + 2] = 0
    f64[word + 3] = value - value
    return
  }
  const late = at - (f64[word] ?? 0)
  const off = value - (f64[word + 1] ?? 0)
  f64[word] = (f64[word] ?? 0) + late / count
  f64[word + 1] = (f64[word + 1] ?? 0) + off / count
  const share = (count - 1) / count
  f64[word + 2] = (f64[word + 2] ?? 0) + late * late * share
  f64[word + 3] = (f64[word + 3] ?? 0) + late * off * share
}

/** Takes a sample out again; `count` are left, at least one. */
export function takeFromTrend({ f64 }: Chunk, word: number, at: number, value: number, count: number): void {
  const late = at - (f64[word] ?? 0)
  const off = value - (f64[word + 1] ?? 0)
  f64[word] = (f64[word] ?? 0) - late / count
  f64[word + 1] = (f64[word + 1] ?? 0) - off / count
  const share = (count + 1) / count
  f64[word + 2] = (f64[word + 2] ?? 0) - late * late * share
  f64[word + 3] = (f64[word + 3] ?? 0) - late * off * share
}

/** The value at `time` on the line through the newest `live` panes (least squares); NaN where all samples are of one moment. */
export function lineOfPanes(
  window: PaneWindow,
  chunk: Chunk,
  header: number,
  live: number,
  time: number,
): number {
  const { f64, u32 } = chunk
  const first = header + window.headerWords
  const lane = window.lanes.trend
  let pane = newestPane(window, chunk, header)
  let count = 0
  let meanTime = 0
  let mean = 0
  let squares = 0
  let products = 0
  for (let back = 0; back < live; back += 1) {
    const more = (u32[2 * pane] ?? 0) & countMask
    if (more > 0) {
      const word = pane + lane
      const all = count + more
      const late = (f64[word] ?? 0) - back * window.widthMs - meanTime
      const off = (f64[word + 1] ?? 0) - mean
      const weight = count * (more / all)
      squares += (f64[word + 2] ?? 0) + late * late * weight
      products += (f64[word + 3] ?? 0) + (count === 0 ? 0 : late * off * weight)
      meanTime += late * (more / all)
      mean = count === 0 ? off : mean + off * (more / all)
      count = all
    }
    pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
  }
  if (!(squares > 0)) return NaN
  return mean + (products / squares) * (time - (f64[header] ?? 0) - meanTime)
}
