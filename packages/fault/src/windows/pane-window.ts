import type { Chunk } from './chunk.ts'
import type { QuantileBins } from './lanes/quantile.ts'
import type { SampleTest } from './window-need.ts'

/**
 * One window of a layout: where in a row's record its header and its panes lie. The newest `panes` panes are the window, the
 * current one included; pane `n` begins at `n * widthMs`. They are a ring: a pane that leaves is emptied when the next one takes its
 * place, and after a gap of a whole window only the header says that nothing is left.
 *
 * Header: when the newest pane begins; time of the newest sample; since when it is filled; place in the ring, panes in use, and
 * {@link restartsShift restarts}; then a word for `zscore`. A pane: samples and the rest of the sum; then its lanes.
 */
export interface PaneWindow {
  readonly durationMs: number
  readonly widthMs: number
  readonly panes: number
  /** What must be filled for some need, ms. */
  readonly minFillMs: number
  /** Word of the header in a record. */
  readonly offset: number
  readonly headerWords: number
  /** Words of a pane, and of all. */
  readonly stride: number
  readonly ringWords: number
  /** Words of the lanes in a pane; 0 where there is none. The sum, if any, is word 1. */
  readonly lanes: {
    readonly sum: number
    readonly extremes: number
    readonly spread: number
    readonly ends: number
    readonly increase: number
    readonly trend: number
  }
  readonly matches: readonly { readonly of: SampleTest; readonly word: number }[]
  readonly hasZscore: boolean
  readonly quantiles: QuantileBins | undefined
}

export const baseHeaderWords = 4

/** In a pane's count: its sum is scaled. */
export const scaledBit = 0x8000_0000
/** The samples in a pane, without that bit. */
export const countMask = 0x7fff_ffff

// The two halves of the header's last word.
const inUseShift = 8
const restartsMask = 0xff
const toldRestarts = 0xff
const untrusted = 0x100
/** So many empty starts in a row are told. */
const tellAt = 3

const inUse = (state: number): number => (state >>> inUseShift) & 0xff

/** Whether a sample ever came. */
export const isBegun = ({ u32 }: Chunk, header: number): boolean => inUse(u32[2 * header + 6] ?? 0) > 0

/** The word of the newest pane. */
export const newestPane = (window: PaneWindow, { u32 }: Chunk, header: number): number =>
  header + window.headerWords + ((u32[2 * header + 6] ?? 0) & 0xff) * window.stride

/** How many panes, from the newest back, are in the window at `time`; 0 where it is empty. */
export function livePanes(window: PaneWindow, { f64, u32 }: Chunk, header: number, time: number): number {
  const used = inUse(u32[2 * header + 6] ?? 0)
  const after = time - (f64[header] ?? 0)
  if (after < window.widthMs || used === 0) return used
  return Math.max(0, Math.min(used, window.panes - Math.floor(after / window.widthMs)))
}

/** Samples in the window at `time`. */
export function countOf(window: PaneWindow, chunk: Chunk, header: number, time: number): number {
  const first = header + window.headerWords
  let pane = newestPane(window, chunk, header)
  let count = 0
  for (let left = livePanes(window, chunk, header, time); left > 0; left -= 1) {
    count += (chunk.u32[2 * pane] ?? 0) & countMask
    pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
  }
  return count
}

/** How much of the window samples cover at `time`, ms. */
export function filledOf(window: PaneWindow, { f64, u32 }: Chunk, header: number, time: number): number {
  if (inUse(u32[2 * header + 6] ?? 0) === 0 || time - (f64[header + 1] ?? 0) > window.durationMs) return 0
  return Math.max(0, Math.min(window.durationMs, time - (f64[header + 2] ?? 0)))
}

/** Whether readers may believe what the window holds. */
export const isTrusted = (window: PaneWindow, chunk: Chunk, header: number, time: number): boolean =>
  ((chunk.u32[2 * header + 7] ?? 0) & untrusted) === 0 ||
  filledOf(window, chunk, header, time) >= window.durationMs

/** Readers are not to believe what the window holds until it has been filled once. */
export function distrust({ u32 }: Chunk, header: number): void {
  u32[2 * header + 7] = (u32[2 * header + 7] ?? 0) | untrusted
}

/** Finds the pane of a sample, and moves the ring on where that is a new one; -1 where the time is too old. */
export function enterPane(window: PaneWindow, chunk: Chunk, header: number, time: number): number {
  const { f64, u32 } = chunk
  const start = f64[header] ?? 0
  const state = u32[2 * header + 6] ?? 0
  const after = time - start
  if (after >= 0 && after < window.widthMs && inUse(state) > 0)
    return header + window.headerWords + (state & 0xff) * window.stride
  return otherPane(window, chunk, header, time)
}

/** Takes note of when a sample came. True where the window began anew for the third time without having been filled. */
export function noteTime(window: PaneWindow, { f64, u32 }: Chunk, header: number, time: number): boolean {
  const newest = f64[header + 1] ?? 0
  if (time < newest) {
    if (time < (f64[header + 2] ?? 0)) f64[header + 2] = time
    return false
  }
  const isAnew = time - newest > window.durationMs
  const word = 2 * header + 7
  const flags = u32[word] ?? 0
  const wasFilled = newest - (f64[header + 2] ?? 0)
  f64[header + 1] = time
  if (!isAnew) {
    if ((flags & untrusted) !== 0 && time - (f64[header + 2] ?? 0) >= window.durationMs)
      u32[word] = flags & restartsMask
    return false
  }
  f64[header + 2] = time
  const restarts = flags & restartsMask
  if (restarts === toldRestarts || window.minFillMs === 0) return false
  const next = wasFilled < window.minFillMs ? restarts + 1 : 0
  u32[word] = (flags & untrusted) | (next === tellAt ? toldRestarts : next)
  return next === tellAt
}

/** A pane other than the newest. */
function otherPane(window: PaneWindow, chunk: Chunk, header: number, time: number): number {
  const { f64, u32 } = chunk
  const { panes, widthMs } = window
  const start = Math.floor(time / widthMs) * widthMs
  const state = u32[2 * header + 6] ?? 0
  const used = inUse(state)
  const steps = used === 0 ? panes : Math.round((start - (f64[header] ?? 0)) / widthMs)
  if (steps <= -panes) return -1
  if (steps < 0) return latePane(window, chunk, header, -steps)
  f64[header] = start
  if (used === 0) f64[header + 1] = f64[header + 2] = time
  const entered = Math.min(steps, panes)
  const place = steps >= panes ? 0 : ((state & 0xff) + steps) % panes
  const kept = steps >= panes ? 1 : Math.min(panes, used + steps)
  const toEmpty = steps >= panes ? 1 : entered
  for (let back = 0; back < toEmpty; back += 1) emptyPane(window, chunk, header, place - back)
  u32[2 * header + 6] = place | (kept << inUseShift)
  return header + window.headerWords + place * window.stride
}

function latePane(window: PaneWindow, chunk: Chunk, header: number, back: number): number {
  const { u32 } = chunk
  const state = u32[2 * header + 6] ?? 0
  const place = state & 0xff
  for (let more = inUse(state); more <= back; more += 1) emptyPane(window, chunk, header, place - more)
  if (back >= inUse(state)) u32[2 * header + 6] = place | ((back + 1) << inUseShift)
  return paneAt(window, header, place - back)
}

/** `place` may lie before the beginning of the ring. */
const paneAt = (window: PaneWindow, header: number, place: number): number =>
  header + window.headerWords + (place < 0 ? place + window.panes : place) * window.stride

/** No samples, and a sum of 0; other lanes begin anew with the first sample. */
function emptyPane(window: PaneWindow, { f64 }: Chunk, header: number, place: number): void {
  const pane = paneAt(window, header, place)
  f64[pane] = 0
  if (window.stride > 1) f64[pane + 1] = 0
}
