import type { Arrival } from './arrivals.ts'

/** A sample as terms see it: a text or a histogram is no number. */
export interface Seen {
  readonly time: number
  readonly value: number | string | undefined
  /** The one before it of the same row. */
  readonly before: Seen | undefined
}

/** The samples of a row, in the order of their arrival. */
export function seenOf(samples: readonly Arrival[]): readonly Seen[] {
  const seen: Seen[] = []
  for (const { time, sample } of samples) {
    const { value } = sample
    seen.push({ time, value: typeof value === 'object' ? undefined : value, before: seen.at(-1) })
  }
  return seen
}

/** Whether it is a value: a NaN tells nothing, nor does a histogram. */
export const isTold = ({ value }: Seen): boolean =>
  typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value))

export const numberOf = ({ value }: Seen): number => (typeof value === 'number' ? value : NaN)

/** What is in the window at a moment: the newest panes, the last one that of the newest sample or of the moment. */
export function inWindow(
  all: readonly Seen[],
  time: number,
  durationMs: number,
  panes: number,
): readonly Seen[] {
  const width = Math.max(1, Math.ceil(durationMs / panes))
  const paneOf = (at: number): number => Math.floor(at / width)
  const newestOf = (some: readonly Seen[]): number => Math.max(...some.map((one) => one.time))
  // What was too late for the window as it then was is not in it.
  const held = all.filter(
    (one, index) => paneOf(one.time) > paneOf(newestOf(all.slice(0, index + 1))) - panes,
  )
  const last = Math.max(time, newestOf(all))
  return held.filter((one) => paneOf(one.time) > paneOf(last) - panes)
}

/** How much of the window is covered: since the first sample, or the first one after a gap longer than the window. */
export function filledMs(all: readonly Seen[], time: number, durationMs: number): number {
  let [since, newest] = [NaN, NaN]
  for (const one of all) {
    if (Number.isNaN(since) || one.time - newest > durationMs) since = one.time
    since = Math.min(since, one.time)
    newest = Number.isNaN(newest) ? one.time : Math.max(newest, one.time)
  }
  // Where the last sample has left, nothing is covered.
  return Number.isNaN(since) || time - newest > durationMs
    ? 0
    : Math.max(0, Math.min(durationMs, time - since))
}
