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
  /** Takes a sample; one older than the newest is put in its place, or ignored where that is out of the window. */
  add(time: number, value: number): void
  /** The average of the samples in the window; NaN while it is empty. */
  average(): number
  /** Samples in the window. */
  count(): number
  /** Time from the first sample after which the window was never empty up to the newest, at most the duration. */
  filledMs(): number
  /** Forgets all samples. */
  clear(): void
}

interface Panes {
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
  count: number
  filledSince: number
}

const empty = (): Panes => ({
  times: [],
  sums: [],
  counts: [],
  suffixes: [],
  head: 0,
  middle: 0,
  newerSum: 0,
  count: 0,
  filledSince: NaN,
})

/** Creates an empty window. */
export function createAverageWindow(durationMs: number): AverageWindow {
  const paneMs = durationMs / maxPanes
  let panes = empty()
  const newest = (): number => panes.times.at(-1) ?? NaN
  return {
    add: (time, value) => {
      const last = newest()
      if (time < last) {
        if (time > last - durationMs) addLate(panes, paneMs, time, value)
        return
      }
      evict(panes, time - durationMs)
      if (panes.head === panes.times.length) {
        panes = empty()
        panes.filledSince = time
      }
      addNewest(panes, paneMs, time, value)
    },
    average: () => ((panes.suffixes[panes.head] ?? 0) + panes.newerSum) / panes.count,
    count: () => panes.count,
    filledMs: () => Math.min(durationMs, newest() - panes.filledSince),
    clear: () => {
      panes = empty()
    },
  }
}

function addNewest(panes: Panes, paneMs: number, time: number, value: number): void {
  const last = panes.times.length - 1
  if (last >= panes.head && samePane(panes.times[last], time, paneMs)) {
    panes.times[last] = time
    join(panes, last, value)
    return
  }
  panes.times.push(time)
  panes.sums.push(value)
  panes.counts.push(1)
  panes.newerSum += value
  panes.count += 1
}

function addLate(panes: Panes, paneMs: number, time: number, value: number): void {
  let at = panes.times.length
  while (at > panes.head && (panes.times[at - 1] ?? 0) > time) at -= 1
  panes.filledSince = Math.min(panes.filledSince, time)
  if (samePane(panes.times[at], time, paneMs)) {
    join(panes, at, value)
    return
  }
  if (at > panes.head && samePane(panes.times[at - 1], time, paneMs)) {
    panes.times[at - 1] = time
    join(panes, at - 1, value)
    return
  }
  panes.times.splice(at, 0, time)
  panes.sums.splice(at, 0, value)
  panes.counts.splice(at, 0, 1)
  panes.count += 1
  if (at >= panes.middle) {
    panes.newerSum += value
    return
  }
  panes.middle += 1
  sumOlder(panes)
}

const samePane = (a: number | undefined, b: number, paneMs: number): boolean =>
  a !== undefined && Math.floor(a / paneMs) === Math.floor(b / paneMs)

function join(panes: Panes, at: number, value: number): void {
  panes.sums[at] = (panes.sums[at] ?? 0) + value
  panes.counts[at] = (panes.counts[at] ?? 0) + 1
  panes.count += 1
  if (at >= panes.middle) panes.newerSum += value
  else sumOlder(panes)
}

/** Drops the panes whose youngest sample is at or before `until`. */
function evict(panes: Panes, until: number): void {
  while (panes.head < panes.times.length && (panes.times[panes.head] ?? 0) <= until) {
    if (panes.head === panes.middle) turn(panes)
    panes.count -= panes.counts[panes.head] ?? 0
    panes.head += 1
    if (panes.head > panes.middle) panes.middle = panes.head
  }
}

/** Makes the newer panes the older ones; the last stays, since samples still join it. */
function turn(panes: Panes): void {
  for (const column of [panes.times, panes.sums, panes.counts]) column.splice(0, panes.head)
  panes.head = 0
  panes.middle = panes.times.length - 1
  panes.newerSum = panes.sums[panes.middle] ?? 0
  sumOlder(panes)
}

function sumOlder(panes: Panes): void {
  panes.suffixes.length = panes.middle
  let sum = 0
  for (let at = panes.middle - 1; at >= panes.head; at -= 1) {
    sum += panes.sums[at] ?? 0
    panes.suffixes[at] = sum
  }
}
