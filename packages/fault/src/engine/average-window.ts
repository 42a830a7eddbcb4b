/** Most panes of one window: while samples come no faster than `duration / 360`, each has its own and the average is exact. */
const maxPanes = 360

/**
 * The average over `(t - durationMs, t]`, where `t` is the time of the newest sample. Samples in one pane of
 * `durationMs / 360` enter one by one and leave together with the youngest of them, so that memory is bounded (about 720 panes
 * of 32 bytes, gone ones included) and a fast stream's old edge is off by less than one pane.
 *
 * Nothing is ever subtracted from a sum of values, since that would leave the rounding of a huge value behind for good:
 * the older panes keep their suffix sums, the newer ones a running sum, and now and then the newer become the older.
 */
export interface AverageWindow {
  readonly durationMs: number
  /** Time of the youngest sample in each pane, ascending; those before `head` are gone. */
  times: number[]
  sums: number[]
  counts: number[]
  /** For panes from `head` up to `middle`: the sum from there up to `middle`. */
  suffixes: number[]
  head: number
  middle: number
  /** Sum of the panes from `middle`. */
  newerSum: number
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
  suffixes: [],
  head: 0,
  middle: 0,
  newerSum: 0,
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
  addNewest(window, time, value)
}

/** The average of the samples in the window; NaN while it is empty. */
export const averageOf = (window: AverageWindow): number =>
  ((window.suffixes[window.head] ?? 0) + window.newerSum) / window.count

/** Time from the first sample after which the window was never empty up to the newest, at most the duration. */
export const filledMsOf = ({ durationMs, times, filledSince }: AverageWindow): number =>
  Math.min(durationMs, (times.at(-1) ?? filledSince) - filledSince)

/** Forgets all samples. */
export function clearWindow(window: AverageWindow): void {
  for (const column of [window.times, window.sums, window.counts, window.suffixes]) column.length = 0
  window.head = 0
  window.middle = 0
  window.newerSum = 0
  window.count = 0
}

function addNewest(window: AverageWindow, time: number, value: number): void {
  const last = window.times.length - 1
  if (last >= window.head && samePane(window.times[last], time, window.durationMs)) {
    window.times[last] = time
    join(window, last, value)
    return
  }
  window.times.push(time)
  window.sums.push(value)
  window.counts.push(1)
  window.newerSum += value
  window.count += 1
}

function addLate(window: AverageWindow, time: number, value: number): void {
  let at = window.times.length
  while (at > window.head && (window.times[at - 1] ?? 0) > time) at -= 1
  window.filledSince = Math.min(window.filledSince, time)
  if (samePane(window.times[at], time, window.durationMs)) {
    join(window, at, value)
    return
  }
  if (at > window.head && samePane(window.times[at - 1], time, window.durationMs)) {
    window.times[at - 1] = time
    join(window, at - 1, value)
    return
  }
  window.times.splice(at, 0, time)
  window.sums.splice(at, 0, value)
  window.counts.splice(at, 0, 1)
  window.count += 1
  if (at >= window.middle) {
    window.newerSum += value
    return
  }
  window.middle += 1
  sumOlder(window)
}

const samePane = (a: number | undefined, b: number, durationMs: number): boolean =>
  a !== undefined && Math.floor((a * maxPanes) / durationMs) === Math.floor((b * maxPanes) / durationMs)

function join(window: AverageWindow, at: number, value: number): void {
  window.sums[at] = (window.sums[at] ?? 0) + value
  window.counts[at] = (window.counts[at] ?? 0) + 1
  window.count += 1
  if (at >= window.middle) window.newerSum += value
  else sumOlder(window)
}

/** Drops the panes whose youngest sample is at or before `until`. */
function evict(window: AverageWindow, until: number): void {
  while (window.head < window.times.length && (window.times[window.head] ?? 0) <= until) {
    if (window.head === window.middle) turn(window)
    window.count -= window.counts[window.head] ?? 0
    window.head += 1
    if (window.head > window.middle) window.middle = window.head
  }
}

/** Makes the newer panes the older ones; the last stays, since samples still join it. */
function turn(window: AverageWindow): void {
  for (const column of [window.times, window.sums, window.counts]) column.splice(0, window.head)
  window.head = 0
  window.middle = window.times.length - 1
  window.newerSum = window.sums[window.middle] ?? 0
  sumOlder(window)
}

function sumOlder(window: AverageWindow): void {
  window.suffixes.length = window.middle
  let sum = 0
  for (let at = window.middle - 1; at >= window.head; at -= 1) {
    sum += window.sums[at] ?? 0
    window.suffixes[at] = sum
  }
}
