import type { Chunk } from './chunk.ts'
import { changeOfPanes } from './lanes/ends.ts'
import { extremeOfPanes } from './lanes/extremes.ts'
import { paneNumber } from './fill-window.ts'
import { increaseOfPanes } from './lanes/increase.ts'
import { countMask, newestPane, type PaneWindow } from './pane-window.ts'
import { quantileOf } from './lanes/quantile.ts'
import { stddevOfPanes } from './lanes/spread.ts'
import { meanOfPanes, sumOfPanes } from './sum-lane.ts'
import { lineOfPanes } from './lanes/trend.ts'

/** Reads the newest `live` panes of a window, at least one; NaN where unknown. `time` is the moment, `place` that of the record. */
export type PaneRead = (
  window: PaneWindow,
  chunk: Chunk,
  header: number,
  live: number,
  time: number,
  place: number,
) => number

/** An infinity within makes it unknown, and so does an overflow. */
const finite = (value: number): number => (Number.isFinite(value) ? value : NaN)

export const readAverage: PaneRead = (window, chunk, header, live) =>
  finite(meanOfPanes(window, chunk, header, live))

export const readSum: PaneRead = (window, chunk, header, live) =>
  finite(sumOfPanes(window, chunk, header, live))

export const readMin: PaneRead = (window, chunk, header, live) =>
  extremeOfPanes(window, chunk, header, live, 0)

export const readMax: PaneRead = (window, chunk, header, live) =>
  extremeOfPanes(window, chunk, header, live, 1)

export const readStddev: PaneRead = (window, chunk, header, live) =>
  finite(stddevOfPanes(window, chunk, header, live))

export const readDelta: PaneRead = (window, chunk, header, live) =>
  finite(changeOfPanes(window, chunk, header, live, false))

export const readRate: PaneRead = (window, chunk, header, live) =>
  finite(changeOfPanes(window, chunk, header, live, true))

export const readCounter: PaneRead = (window, chunk, header, live) =>
  finite(increaseOfPanes(window, chunk, header, live))

/** Of the newest sample; infinitely far where the window before it had no spread. */
export const readZscore: PaneRead = (_window, { f64 }, header) => f64[header + 4] ?? NaN

/** On the line, so far ahead of the moment. */
export const readForecast =
  (aheadMs: number): PaneRead =>
  (window, chunk, header, live, time) =>
    finite(lineOfPanes(window, chunk, header, live, time + aheadMs))

/** By nearest rank, to within 1/33. */
export const readQuantile =
  (quantile: number): PaneRead =>
  (window, chunk, header, live, _time, place) => {
    const first = header + window.headerWords
    let pane = newestPane(window, chunk, header)
    const panes: Map<number, number>[] = []
    for (let left = live; left > 0; left -= 1) {
      const bins = window.quantiles?.panes[paneNumber(window, header, pane, place)]
      if (bins !== undefined && ((chunk.u32[2 * pane] ?? 0) & countMask) > 0) panes.push(bins)
      pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
    }
    return quantileOf(panes, quantile)
  }

/** How many a comparison is true for; as a share, of those for which it is known. `word`: of the lane, in a pane. */
export function matchesOf(
  window: PaneWindow,
  chunk: Chunk,
  header: number,
  live: number,
  word: number,
  isShare: boolean,
): number {
  const { u32 } = chunk
  const first = header + window.headerWords
  let pane = newestPane(window, chunk, header)
  let trues = 0
  let known = 0
  for (let left = live; left > 0; left -= 1) {
    if (((u32[2 * pane] ?? 0) & countMask) > 0) {
      trues += u32[2 * (pane + word)] ?? 0
      known += u32[2 * (pane + word) + 1] ?? 0
    }
    pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
  }
  return isShare ? trues / known : trues
}
