import type { Chunk } from '../chunk.ts'
import { countMask, newestPane, type PaneWindow } from '../pane-window.ts'
import type { WindowSample } from '../window-sample.ts'

/** From the sample before; a counter that falls began anew from 0. */
function increaseOf({ value, previous }: WindowSample): number {
  return value < previous ? value : value - previous
}

/**
 * Words: how much the counter rose up to each sample of the pane, and the earliest moment from which. A sample with no finite number
 * before it adds nothing; one that is none itself makes the pane unknown.
 */
export function addToIncrease({ f64 }: Chunk, word: number, sample: WindowSample, isFirst: boolean): void {
  if (isFirst) {
    f64[word] = 0
    f64[word + 1] = Infinity
  }
  if (!Number.isFinite(sample.value)) f64[word] = NaN
  if (!Number.isFinite(sample.value) || !Number.isFinite(sample.previous)) return
  f64[word] = (f64[word] ?? 0) + increaseOf(sample)
  f64[word + 1] = Math.min(f64[word + 1] ?? 0, sample.previousTime)
}

/** Takes out again what a sample added. */
export function takeFromIncrease({ f64 }: Chunk, word: number, sample: WindowSample): void {
  if (!Number.isFinite(sample.previous)) return
  f64[word] = (f64[word] ?? 0) - increaseOf(sample)
}

/** The increase of the newest `live` panes per second of the time in which it came; NaN where there was none. */
export function increaseOfPanes(window: PaneWindow, chunk: Chunk, header: number, live: number): number {
  const { f64, u32 } = chunk
  const first = header + window.headerWords
  const lane = window.lanes.increase
  let pane = newestPane(window, chunk, header)
  let increase = 0
  let since = Infinity
  for (let left = live; left > 0; left -= 1) {
    if (((u32[2 * pane] ?? 0) & countMask) > 0) {
      increase += f64[pane + lane] ?? 0
      since = Math.min(since, f64[pane + lane + 1] ?? 0)
    }
    pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
  }
  const ms = (f64[header + 1] ?? 0) - since
  return ms > 0 ? increase / (ms / 1000) : NaN
}
