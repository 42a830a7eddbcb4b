import type { Chunk } from '../chunk.ts'
import { countMask, newestPane, type PaneWindow } from '../pane-window.ts'

/**
 * Words: time and value of the oldest sample, time and value of the newest. Of equal times, the first and the last that came. What is not
 * finite makes both values NaN, and so they stay: between the ends, it makes the change unknown too.
 */
export function addToEnds({ f64 }: Chunk, word: number, time: number, value: number, isFirst: boolean): void {
  if (!Number.isFinite(value) || (!isFirst && Number.isNaN(f64[word + 1]) && Number.isNaN(f64[word + 3]))) {
    f64[word] = isFirst ? time : Math.min(f64[word] ?? 0, time)
    f64[word + 1] = NaN
    f64[word + 2] = isFirst ? time : Math.max(f64[word + 2] ?? 0, time)
    f64[word + 3] = NaN
    return
  }
  const oldest = f64[word] ?? 0
  if (isFirst || time < oldest || (time === oldest && Number.isNaN(f64[word + 1]))) {
    f64[word] = time
    f64[word + 1] = value
  }
  if (isFirst || time >= (f64[word + 2] ?? 0)) {
    f64[word + 2] = time
    f64[word + 3] = value
  }
}

/** Takes a sample out: as an end it is unknown, until another of its time comes. */
export function takeFromEnds({ f64 }: Chunk, word: number, time: number, value: number): void {
  if (f64[word] === time && f64[word + 1] === value) f64[word + 1] = NaN
  if (f64[word + 2] === time && f64[word + 3] === value) f64[word + 3] = NaN
}

/** The change from the oldest to the newest sample of the newest `live` panes, per second where `isRate`; NaN for one moment alone. */
export function changeOfPanes(
  window: PaneWindow,
  chunk: Chunk,
  header: number,
  live: number,
  isRate: boolean,
): number {
  const { f64, u32 } = chunk
  const first = header + window.headerWords
  let pane = newestPane(window, chunk, header)
  let oldest = -1
  let newest = -1
  let known = 0
  for (let left = live; left > 0; left -= 1) {
    if (((u32[2 * pane] ?? 0) & countMask) > 0) {
      oldest = pane + window.lanes.ends
      if (newest < 0) newest = oldest
      known += (f64[oldest + 1] ?? 0) * 0 + (f64[oldest + 3] ?? 0) * 0
    }
    pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
  }
  const ms = (f64[newest + 2] ?? NaN) - (f64[oldest] ?? NaN)
  if (!(ms > 0) || known !== 0) return NaN
  const change = (f64[newest + 3] ?? NaN) - (f64[oldest + 1] ?? NaN)
  return isRate ? change / (ms / 1000) : change
}
