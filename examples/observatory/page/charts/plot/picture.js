// What a chart shows, of what is known of its series: lines, holes, range, bars. Pure.
import { blocks, columns, common, isSparse, union, without } from '../columns.js'
import { firstFrom } from '../samples.js'
import { extent, valueRange } from './scale.js'

const nothing = {
  times: [],
  values: [],
  least: [],
  most: [],
  holes: [],
  runs: [],
  endsAt: undefined,
  step: undefined,
}

/**
 * `spec` is a card's: `lines` (each `key`, `sign`, `stackOn`, and `drawnBy` where another series is the sum), `thresholds`, `whole`, `isPart`, `unit`, `drawn`, `isCut`, `isMirrored`.
 * `view` is `from`, `to`, `now` (the right edge of what could be known), `knownUntil` where the page has lost the observatory,
 * `samples`, `faults`, and `pauses` in which the observatory did not run.
 */
export function pictureOf(spec, view) {
  const { from, to, samples, now, knownUntil } = view
  const seenUntil = knownUntil ?? now
  const isText = spec.drawn === 'text'
  const byKey = new Map()
  const lines = spec.lines.map((line) => {
    const series = samples.get(line.drawnBy ?? line.key)
    const own = series === undefined ? nothing : columns(series, from, Math.min(to, now), seenUntil)
    byKey.set(line.key, own)
    const lower = line.stackOn && (byKey.get(line.stackOn) ?? nothing)
    return {
      ...line,
      own,
      columns: lower === undefined ? own : stack(lower, own, line.drawnBy !== undefined),
      isSparse: !isText && isSparse(own.step, from, to) && !hasWindows(series, from),
      thresholds: spec.thresholds.filter(({ keys }) => keys === undefined || keys.includes(line.key)),
      blocks: isText && series !== undefined ? blocks(series, from, Math.min(to, now), seenUntil) : [],
    }
  })
  for (const line of lines) line.end = lastOf(line, from, to)
  const known = lines.filter(({ own }) => own.times.length > 0)
  // Where none has a point, every line has to be known to have none.
  const all = common((known.length > 0 ? known : lines).map(({ own }) => own.holes))
  const unknownSince = sinceWhen(known, all, view)
  const notTold = notToldIn(lines, view)
  const told = all.filter(({ to: end }) => unknownSince === undefined || end <= unknownSince)
  const holes = without(union(told, pausesIn(view, lines, unknownSince)), notTold)
  return {
    from,
    to,
    now,
    unit: spec.unit,
    isMirrored: spec.isMirrored ?? false,
    isText,
    lines,
    holes,
    someHoles: known
      .flatMap(({ own }) => own.holes)
      .filter((hole) => !holes.some((one) => covers(one, hole))),
    notTold,
    unknownSince,
    thresholds: isText ? [] : distinct(spec.thresholds),
    // Marks beside nothing would say that there is something.
    hasValues: !isText && (lines.some(({ end }) => end !== undefined) || spec.thresholds.length > 0),
    range: isText ? [0, 1] : rangeOf(spec, lines, from, to),
    bars: barsOf(spec, view, seenUntil),
    hasBand: known.some(({ own }) => own.least.some((value) => value !== null)),
  }
}

/** What no sample has come of since then is not known since then, also where no sample of before is known any more. Pure. */
export function withAbsence(view, { judgement, endedAt }) {
  if (judgement.is !== 'absent') return view
  const absence = { from: judgement.sampleTime, to: endedAt ?? view.now }
  return { ...view, pauses: [...(view.pauses ?? []), absence] }
}

/** When the observatory did not run, where no line is: also before the first sample that is known. */
function pausesIn({ pauses = [], from, to, now }, lines, unknownSince) {
  const end = Math.min(to, now, unknownSince ?? Infinity)
  const seen = pauses
    .map((pause) => ({ from: Math.max(from, pause.from), to: Math.min(end, pause.to) }))
    .filter((pause) => pause.from < pause.to)
  if (seen.length === 0) return seen
  return without(
    seen,
    union(
      [],
      lines.flatMap(({ own }) => own.runs),
    ),
  )
}

const hasWindows = (series, from) =>
  series?.windows !== undefined &&
  series.windows.start + series.windows.average.length * series.windows.periodMs > from
const covers = (one, other) => one.from <= other.from && one.to >= other.to

/** From when on nothing is known up to now; `undefined` while samples come as they usually do. */
function sinceWhen(lines, holes, { now, to, from, knownUntil }) {
  if (knownUntil !== undefined) return knownUntil < Math.min(to, now) ? Math.max(from, knownUntil) : undefined
  const last = holes.at(-1)
  if (last === undefined || last.to < Math.min(to, now)) return undefined
  return lines.some(({ own }) => own.endsAt === last.from) ? last.from : undefined
}

/** While the observatory is lost: what no line was told of, as its past had not been answered by then. */
function notToldIn(lines, { from, to, samples, knownUntil }) {
  if (knownUntil === undefined) return []
  const end = Math.min(to, knownUntil)
  return common(
    lines.map(({ key, drawnBy, own, blocks: texts }) => {
      const isTold = samples.get(drawnBy ?? key)?.known.from < Infinity
      const until = Math.min(end, own.times[0] ?? end)
      return isTold || from >= until ? [] : [{ from, to: until }]
    }),
  )
}

/** The latest point in view, as it is drawn. */
function lastOf({ columns: { times, values }, sign = 1 }, from, to) {
  const at = times.findLastIndex((time, index) => time >= from && time <= to && values[index] !== null)
  return at === -1 ? undefined : { time: times[at], value: sign * values[at] }
}

/** The upper line on the lower one, at the times of the upper one, which may be the sum already. */
function stack(lower, upper, isSum) {
  const base = upper.times.map((time) => between(lower, time))
  if (isSum) return { ...upper, base }
  const add = (values) =>
    values.map((value, at) => (value === null || base[at] === undefined ? null : value + base[at]))
  return { ...upper, values: add(upper.values), least: add(upper.least), most: add(upper.most), base }
}

/** The height of a line between its neighbours; `undefined` where it has none. */
function between({ times, values }, time) {
  const low = firstFrom(times, time)
  if (times[low] === time) return values[low] ?? undefined
  const before = values[low - 1] ?? undefined
  const after = values[low] ?? undefined
  // The newest of two that come together may be the first to be told.
  if (low === times.length) return time - times[low - 1] < 2000 ? before : undefined
  if (before === undefined || after === undefined) return undefined
  return before + ((after - before) * (time - times[low - 1])) / (times[low] - times[low - 1])
}

function rangeOf(spec, lines, from, to) {
  let least
  let most
  for (const { columns: drawn, sign = 1 } of lines) {
    const one = extent(drawn, from, to)
    if (one.least === undefined || one.most === undefined) continue
    const ends = [sign * one.least, sign * one.most]
    least = Math.min(least ?? Infinity, ...ends)
    most = Math.max(most ?? -Infinity, ...ends)
  }
  const thresholds = spec.thresholds.map(({ threshold }) => threshold)
  // The other side of a mirrored chart is never only a stripe.
  if (spec.isMirrored && most !== undefined) {
    least = Math.min(least, -most / 3)
    most = Math.max(most, -least / 3)
  }
  const range = valueRange({
    kind: spec.unit.kind,
    least,
    most,
    thresholds,
    whole: spec.whole,
    isCut: spec.isCut,
  })
  // No more than all of it is ever used.
  return spec.isPart && (most ?? 0) <= spec.whole ? [range[0], Math.min(range[1], spec.whole)] : range
}

/** What stands for several series is drawn once. */
function distinct(thresholds) {
  const seen = new Map()
  for (const one of thresholds) seen.set(`${one.is} ${one.threshold} ${one.severity}`, one)
  return [...seen.values()]
}

/** The severities that faults of these series had, as `{ severity, from, to, isOpen }`. */
function barsOf({ keys }, { faults, from, to, now, knownUntil }, seenUntil) {
  const own = new Set(keys)
  const bars = []
  for (const { series, severities, openedAt, endedAt } of faults) {
    if (!own.has(series.key)) continue
    const end = endedAt ?? Math.min(seenUntil, now)
    if (end < from || openedAt > to) continue
    severities.forEach(({ severity, since }, at) => {
      const until = severities[at + 1]?.since ?? end
      const isLast = at === severities.length - 1
      bars.push({
        severity,
        from: since,
        to: Math.min(until, to),
        isOpen: isLast && endedAt === undefined && knownUntil !== undefined,
      })
    })
  }
  return bars
}
