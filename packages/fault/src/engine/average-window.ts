import { add, quotient, type ExactSum } from '@tocsin/core/exact-sum'

/** Most panes of one window: while samples come no faster than `duration / 360`, each has its own and the average is exact. */
const maxPanes = 360
/** Sums are of values this much smaller, so that those of the largest doubles do not overflow. */
const scale = 2 ** -64

/**
 * The average over `(t - durationMs, t]`, where `t` is the time of the newest sample. Samples in one pane of
 * `durationMs / 360` enter one by one and leave together with the youngest of them, so that memory is bounded (about 720 panes
 * of 100 bytes, gone ones included) and a fast stream's old edge is off by less than one pane.
 *
 * Sums are exact, so a value that leaves leaves nothing behind, and the average of equal values is that value.
 */
export interface AverageWindow {
  readonly durationMs: number
  /** Time of the youngest sample in each pane, ascending; those before `head` are gone. */
  readonly times: number[]
  readonly sums: ExactSum[]
  readonly counts: number[]
  head: number
  /** Sum of the panes from `head`. */
  total: ExactSum
  /** Samples in the window. */
  count: number
  /** The first sample after which the window was never empty. */
  filledSince: number
}

/** Creates an empty window. */
export const createAverageWindow = (durationMs: number): AverageWindow => ({
  durationMs,
  times: [],
  sums: [],
  counts: [],
  head: 0,
  total: [],
  count: 0,
  filledSince: 0,
})

/** Takes a sample; one older than the newest is put in its place, or ignored where that is out of the window. */
export function addToWindow(window: AverageWindow, time: number, value: number): void {
  const { durationMs } = window
  const newest = window.times.at(-1)
  if (newest !== undefined && time < newest) {
    if (time > newest - durationMs) addLate(window, time, value)
    return
  }
  evict(window, time - durationMs)
  if (window.head === window.times.length) {
    clearWindow(window)
    window.filledSince = time
  }
  const last = window.times.length - 1
  if (last >= window.head && samePane(window.times[last], time, durationMs)) join(window, last, time, value)
  else append(window, time, value)
}

/** The average of the samples in the window, to the nearest double or one as near; NaN while it is empty. */
export const averageOf = ({ total, count }: AverageWindow): number => quotient(total, [count]) / scale

/** Time from the first sample after which the window was never empty up to the newest, at most the duration. */
export const filledMsOf = ({ durationMs, times, filledSince }: AverageWindow): number =>
  Math.min(durationMs, (times.at(-1) ?? filledSince) - filledSince)

/** Forgets all samples. */
export function clearWindow(window: AverageWindow): void {
  for (const column of [window.times, window.sums, window.counts]) column.length = 0
  window.head = 0
  window.total = []
  window.count = 0
}

function addLate(window: AverageWindow, time: number, value: number): void {
  const { times, durationMs } = window
  let at = times.length
  while (at > window.head && (times[at - 1] ?? 0) > time) at -= 1
  window.filledSince = Math.min(window.filledSince, time)
  if (samePane(times[at], time, durationMs)) join(window, at, times[at] ?? time, value)
  else if (at > window.head && samePane(times[at - 1], time, durationMs)) join(window, at - 1, time, value)
  else insert(window, at, time, value)
}

const samePane = (a: number | undefined, b: number, durationMs: number): boolean =>
  a !== undefined && Math.floor((a * maxPanes) / durationMs) === Math.floor((b * maxPanes) / durationMs)

/** Puts a sample into a pane of its own at the end, which is much faster than elsewhere. */
function append(window: AverageWindow, time: number, value: number): void {
  window.times.push(time)
  window.sums.push(sumOfOne(value))
  window.counts.push(1)
  count(window, value)
}

/** Puts a sample into a pane of its own. */
function insert(window: AverageWindow, at: number, time: number, value: number): void {
  window.times.splice(at, 0, time)
  window.sums.splice(at, 0, sumOfOne(value))
  window.counts.splice(at, 0, 1)
  count(window, value)
}

/** Puts a sample into a pane, whose youngest sample is then of this time. */
function join(window: AverageWindow, at: number, time: number, value: number): void {
  window.times[at] = time
  window.counts[at] = (window.counts[at] ?? 0) + 1
  const sum = window.sums[at]
  if (sum !== undefined) add(sum, value * scale)
  count(window, value)
}

function count(window: AverageWindow, value: number): void {
  window.count += 1
  add(window.total, value * scale)
}

/** An array that grows takes room for 17 numbers at once; most panes need one. */
const sumOfOne = (value: number): ExactSum => (value === 0 ? [] : [value * scale])

/** Drops the panes whose youngest sample is at or before `until`. */
function evict(window: AverageWindow, until: number): void {
  while (window.head < window.times.length && (window.times[window.head] ?? 0) <= until) {
    window.count -= window.counts[window.head] ?? 0
    for (const part of window.sums[window.head] ?? []) add(window.total, -part)
    window.head += 1
  }
  if (window.head < maxPanes) return
  for (const column of [window.times, window.sums, window.counts]) column.splice(0, window.head)
  window.head = 0
}
