import type { Chunk } from '../chunk.ts'
import { countMask, newestPane, type PaneWindow } from '../pane-window.ts'

/** Takes a number into the least and the greatest of a pane; NaN makes both NaN. */
export function addToExtremes({ f64 }: Chunk, word: number, value: number, isFirst: boolean): void {
  f64[word] = isFirst ? value : Math.min(f64[word] ?? 0, value)
  f64[word + 1] = isFirst ? value : Math.max(f64[word + 1] ?? 0, value)
}

/** Takes a number out: where it was an extreme, nobody knows which of the others is, until the pane leaves. */
export function takeFromExtremes({ f64 }: Chunk, word: number, value: number): void {
  if (f64[word] === value) f64[word] = NaN
  if (f64[word + 1] === value) f64[word + 1] = NaN
}

/** The least (`which` 0) or the greatest (1) of the newest `live` panes. */
export function extremeOfPanes(
  window: PaneWindow,
  chunk: Chunk,
  header: number,
  live: number,
  which: 0 | 1,
): number {
  const { f64, u32 } = chunk
  const first = header + window.headerWords
  const lane = window.lanes.extremes + which
  let pane = newestPane(window, chunk, header)
  let extreme = which === 0 ? Infinity : -Infinity
  for (let left = live; left > 0; left -= 1) {
    if (((u32[2 * pane] ?? 0) & countMask) > 0) {
      const value = f64[pane + lane] ?? 0
      extreme = which === 0 ? Math.min(extreme, value) : Math.max(extreme, value)
    }
    pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
  }
  return extreme
}
