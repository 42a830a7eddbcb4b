// How the points of a series are joined into lines, and where nothing is known. Pure.
import { firstFrom, usualStep } from './samples.js'

/** Never called a hole, whatever is usual. */
const leastHoleMs = 5000

/**
 * The points from `from` to `to` and their neighbours outside: `times`, `values` (`null` breaks the line), `least` and `most` of
 * windows (`null` elsewhere), `holes` in which nothing came, `runs` over which they are joined, `endsAt` the last that is known
 * before `to`, `step` what is usual.
 * `now` is when it is looked at: a series that has stopped has a hole up to there.
 */
export function columns(series, from, to, now = -Infinity) {
  const points = pointsOf(series, from, to)
  const step = usualStep(series)
  const drawn = { times: [], values: [], least: [], most: [], holes: [], runs: [], endsAt: undefined, step }
  let previous
  for (const point of points) {
    const joins = previous !== undefined && isJoined(series, previous, point, step)
    if (joins) drawn.runs.at(-1).to = point.end
    else drawn.runs.push({ from: point.begin, to: point.end })
    if (previous !== undefined && !joins) {
      drawn.times.push((previous.end + point.begin) / 2)
      drawn.values.push(null)
      drawn.least.push(null)
      drawn.most.push(null)
      // Before anything is usual, two samples far apart are no reason to miss others.
      if (limitOf(series, previous, step) !== undefined)
        addHole(drawn.holes, series, { from: previous.end, to: point.begin }, from, to)
    }
    drawn.times.push(point.time)
    // Not a number breaks a line and is no hole: something came.
    drawn.values.push(Number.isFinite(point.value) ? point.value : null)
    drawn.least.push(point.least)
    drawn.most.push(point.most)
    previous = point
  }
  // Nobody knows what is usual of it, but all of that was asked for.
  if (previous === undefined) addHole(drawn.holes, series, { from, to: Math.min(now, to) }, from, to)
  else {
    drawn.endsAt = previous.end
    const limit = limitOf(series, previous, step)
    // Up to the end of the view: what comes after it was not asked for.
    if (limit !== undefined && now - previous.end > limit && previous.end < to)
      addHole(drawn.holes, series, { from: previous.end, to: Math.min(now, to) }, from, to)
  }
  return drawn
}

function addHole(holes, { known }, hole, from, to) {
  const clipped = {
    from: Math.max(hole.from, from, known.from),
    to: Math.min(hole.to, to, known.to),
  }
  if (clipped.from < clipped.to) holes.push(clipped)
}

/** Windows stand at their middle, samples at their time; from the last before `from` to the first after `to`. */
function pointsOf({ windows, times, values }, from, to) {
  const points = []
  if (windows !== undefined) {
    const { start, periodMs, average, min, max } = windows
    const first = Math.max(0, Math.floor((from - start) / periodMs) - 1)
    const last = Math.min(average.length - 1, Math.ceil((to - start) / periodMs) + 1)
    for (let slot = first; slot <= last; slot++) {
      if (average[slot] === null || average[slot] === undefined) continue
      const begin = start + slot * periodMs
      points.push({
        time: begin + periodMs / 2,
        begin,
        end: begin + periodMs,
        value: average[slot],
        least: min?.[slot] ?? null,
        most: max?.[slot] ?? null,
        slot,
      })
    }
  }
  const first = Math.max(0, firstFrom(times, from) - 1)
  const last = Math.min(times.length - 1, firstFrom(times, to))
  for (let at = first; at <= last; at++) {
    const time = times[at]
    points.push({ time, begin: time, end: time, value: values[at], least: null, most: null })
  }
  return points
}

function isJoined(series, one, other, step) {
  if (one.slot !== undefined && other.slot !== undefined) return other.slot === one.slot + 1
  const limit = limitOf(series, one, step)
  return limit === undefined ? false : other.begin - one.end <= limit
}

/** How far apart neighbours may be: four usual steps, at least 5 s; `undefined` where nothing is usual yet. */
function limitOf({ coarse, windows }, point, step) {
  // The window after the last one is not over yet.
  const window = point.slot === undefined ? 0 : windows.periodMs
  if (step === undefined) return window === 0 ? undefined : Math.max(leastHoleMs, 2 * window)
  return Math.max(leastHoleMs, 4 * step, 2 * window, point.time < coarse.until ? coarse.ms : 0)
}

/** Single dots instead of a line: where a step is so long that a line would say more than is known. */
export function isSparse(step, from, to) {
  return step !== undefined && step > (to - from) / 40
}

/** The real point nearest to a time, `{ time, value }`; `undefined` in a hole and outside of what is known. */
export function nearest(series, time) {
  const step = usualStep(series)
  const points = pointsOf(series, time, time)
  const before = points.findLast((point) => point.time <= time)
  const after = points.find((point) => point.time > time)
  if (before !== undefined && after !== undefined) {
    if (before.end >= time || after.begin <= time || isJoined(series, before, after, step))
      return pick(Math.abs(time - before.time) <= Math.abs(after.time - time) ? before : after)
    return undefined
  }
  const one = before ?? after
  if (one === undefined) return undefined
  const distance = Math.max(0, one.begin - time, time - one.end)
  const limit = limitOf(series, one, step) ?? 0
  return distance <= (before === undefined ? limit / 4 : limit) ? pick(one) : undefined
}

const pick = ({ time, value }) => ({ time, value })

/** Texts as blocks `{ from, to, text }`; each lasts until the next sample, unless that came later than is usual. */
export function blocks(series, from, to, now) {
  const all = []
  const step = usualStep(series)
  const hasUsual = series.times.length >= 3 || series.windows !== undefined
  let previous
  for (const point of pointsOf(series, from, to)) {
    const last = all.at(-1)
    if (last !== undefined && (!hasUsual || isJoined(series, previous, point, step))) last.to = point.begin
    if (last?.text === String(point.value) && last.to === point.begin) last.to = point.end
    else all.push({ from: point.begin, to: point.end, text: String(point.value) })
    previous = point
  }
  const last = all.at(-1)
  if (last !== undefined) {
    const limit = hasUsual ? limitOf(series, previous, step) : undefined
    if (limit === undefined || now - previous.end <= limit) last.to = Math.max(last.to, Math.min(now, to))
  }
  return all
    .map((block) => ({ ...block, from: Math.max(from, block.from), to: Math.min(to, block.to) }))
    .filter((block) => block.from < block.to)
}

/** What is in every list of holes: there the whole chart knows nothing. */
export function common(lists) {
  if (lists.length === 0) return []
  return lists.reduce((one, other) =>
    one.flatMap((a) =>
      other
        .map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) }))
        .filter((both) => both.from < both.to),
    ),
  )
}

/** What is in any of two lists of stretches, in order, each once. */
export function union(one, other) {
  const all = []
  for (const { from, to } of [...one, ...other].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to)
    else all.push({ from, to })
  }
  return all
}

/** What is left of stretches where others are not. */
export function without(stretches, others) {
  let left = stretches
  for (const { from, to } of others) {
    left = left.flatMap((one) =>
      one.to <= from || one.from >= to
        ? [one]
        : [
            { from: one.from, to: from },
            { from: to, to: one.to },
          ].filter((part) => part.from < part.to),
    )
  }
  return left
}
