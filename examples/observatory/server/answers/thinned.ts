import type { Points } from '../live/series-points.ts'

/** Of each stretch the first, the smallest, the largest and the last point: what can be seen of them, and each one real. */
export function thinned({ times, values }: Points, stretchMs: number): Points {
  const kept: number[] = []
  let at = 0
  while (at < times.length) {
    const stretch = Math.floor((times[at] ?? 0) / stretchMs)
    let end = at
    while (end < times.length && Math.floor((times[end] ?? 0) / stretchMs) === stretch) end += 1
    kept.push(...outline(values, at, end))
    at = end
  }
  return {
    times: kept.map((index) => times[index] ?? NaN),
    values: kept.map((index) => values[index] ?? NaN),
  }
}

/** Indexes from `first` to `end`, ascending. Of texts, also each change: a block of text has to end where it ended. */
function outline(values: Points['values'], first: number, end: number): readonly number[] {
  if (end - first <= 4) return Array.from({ length: end - first }, (_, index) => first + index)
  const kept = new Set([first, end - 1])
  let least = first
  let most = first
  for (let at = first; at < end; at++) {
    const value = values[at]
    if (typeof value !== 'number' || Number.isNaN(value)) {
      // Not a number to compare; told where it begins and ends.
      if (!Object.is(value, values[at - 1])) kept.add(at)
      continue
    }
    if (at > first && !(typeof values[at - 1] === 'number' && !Number.isNaN(values[at - 1]))) kept.add(at)
    if (!(typeof values[least] === 'number' && (values[least] as number) <= value)) least = at
    if (!(typeof values[most] === 'number' && (values[most] as number) >= value)) most = at
  }
  kept.add(least)
  kept.add(most)
  return [...kept].sort((a, b) => a - b)
}
