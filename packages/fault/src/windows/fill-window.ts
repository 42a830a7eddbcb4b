import type { Chunk } from './chunk.ts'
import { addToEnds, takeFromEnds } from './lanes/ends.ts'
import { addToExtremes, takeFromExtremes } from './lanes/extremes.ts'
import { addToIncrease, takeFromIncrease } from './lanes/increase.ts'
import { countMask, enterPane, livePanes, noteTime, type PaneWindow } from './pane-window.ts'
import { countInBins } from './lanes/quantile.ts'
import { addToSpread, deviationsFrom, takeFromSpread } from './lanes/spread.ts'
import { addToSum } from './sum-lane.ts'
import { addToTrend, takeFromTrend } from './lanes/trend.ts'
import type { WindowSample } from './window-sample.ts'

/** Takes a sample into a window, each lane of its pane. True where the window seems never to be filled; told once. */
export function addToWindow(
  window: PaneWindow,
  chunk: Chunk,
  header: number,
  place: number,
  sample: WindowSample,
): boolean {
  const { time, value } = sample
  const pane = enterPane(window, chunk, header, time)
  if (pane < 0) return false
  const { f64, u32 } = chunk
  if (window.hasZscore) {
    const live = livePanes(window, chunk, header, time)
    f64[header + 4] = deviationsFrom(window, chunk, header, live, value)
  }
  const count = ((u32[2 * pane] ?? 0) & countMask) + 1
  u32[2 * pane] = (u32[2 * pane] ?? 0) + 1
  const { lanes } = window
  if (lanes.sum > 0) addToSum(chunk, pane, value)
  if (window.stride > 1 + (lanes.sum > 0 ? 1 : 0)) addToLanes(window, chunk, pane, count, sample)
  if (window.quantiles !== undefined) {
    const number = paneNumber(window, header, pane, place)
    if (count === 1) window.quantiles.panes[number] = undefined
    countInBins(window.quantiles, number, value, 1)
  }
  return noteTime(window, chunk, header, time)
}

/** The lanes beside count and sum. */
function addToLanes(
  { lanes, matches, widthMs }: PaneWindow,
  chunk: Chunk,
  pane: number,
  count: number,
  sample: WindowSample,
): void {
  const { time, value } = sample
  const isFirst = count === 1
  if (lanes.extremes > 0) addToExtremes(chunk, pane + lanes.extremes, value, isFirst)
  if (lanes.spread > 0) addToSpread(chunk, pane + lanes.spread, value, count)
  if (lanes.ends > 0) addToEnds(chunk, pane + lanes.ends, time, value, isFirst)
  if (lanes.increase > 0) addToIncrease(chunk, pane + lanes.increase, sample, isFirst)
  if (lanes.trend > 0) addToTrend(chunk, pane + lanes.trend, afterStart(time, widthMs), value, count)
  for (const { of, word } of matches) {
    if (isFirst) chunk.f64[pane + word] = 0
    countMatch(chunk, pane + word, of.test(sample), 1)
  }
}

/** Two halves of a word: for how many it is true, and of how many that is known. */
function countMatch({ u32 }: Chunk, word: number, truth: 0 | 1 | 2, by: 1 | -1): void {
  if (truth === 2) return
  if (truth === 1) u32[2 * word] = (u32[2 * word] ?? 0) + by
  u32[2 * word + 1] = (u32[2 * word + 1] ?? 0) + by
}

/**
 * Takes a sample out. Of a pane with others, a term is unknown until the pane leaves where the others alone do not say what is left: an
 * extreme or an end that is taken out, a spread that was nearly all of it, and what a NaN made unknown.
 */
export function takeFromWindow(
  window: PaneWindow,
  chunk: Chunk,
  header: number,
  place: number,
  sample: WindowSample,
): void {
  const { time, value } = sample
  if ((chunk.u32[2 * header + 6] ?? 0) === 0) return
  const pane = enterPane(window, chunk, header, time)
  if (pane < 0) return
  const { u32, f64 } = chunk
  const count = ((u32[2 * pane] ?? 0) & countMask) - 1
  if (count < 0) return
  u32[2 * pane] = (u32[2 * pane] ?? 0) - 1
  const { lanes, widthMs } = window
  if (window.quantiles !== undefined)
    countInBins(window.quantiles, paneNumber(window, header, pane, place), value, -1)
  if (count === 0) {
    f64[pane] = 0
    if (lanes.sum > 0) f64[pane + 1] = 0
    return
  }
  if (lanes.sum > 0) addToSum(chunk, pane, -value)
  if (lanes.extremes > 0) takeFromExtremes(chunk, pane + lanes.extremes, value)
  if (lanes.spread > 0) takeFromSpread(chunk, pane + lanes.spread, value, count)
  if (lanes.ends > 0) takeFromEnds(chunk, pane + lanes.ends, time, value)
  if (lanes.increase > 0) takeFromIncrease(chunk, pane + lanes.increase, sample)
  if (lanes.trend > 0) takeFromTrend(chunk, pane + lanes.trend, afterStart(time, widthMs), value, count)
  for (const { of, word } of window.matches) countMatch(chunk, pane + word, of.test(sample), -1)
}

const afterStart = (time: number, widthMs: number): number => time - Math.floor(time / widthMs) * widthMs

/** Of the panes of all rows. */
export const paneNumber = (window: PaneWindow, header: number, pane: number, place: number): number =>
  place * window.panes + (pane - header - window.headerWords) / window.stride
