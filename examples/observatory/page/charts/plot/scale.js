// From which value to which a chart goes. Pure.

/** A guide so far above the data would press them flat, so that it is left out. */
const mostAbove = 10

/**
 * `least` and `most` of what is drawn (`undefined` where nothing is), `thresholds`, `whole` (what the values are a part of), `kind` of
 * the unit. `isCut`: to values and thresholds, not from zero.
 */
export function valueRange({ kind, least, most, thresholds = [], whole, isCut = false }) {
  const guides = whole === undefined ? thresholds : [...thresholds, whole]
  if (least === undefined || most === undefined || !Number.isFinite(least) || !Number.isFinite(most)) {
    least = Math.min(0, ...guides)
    most = Math.max(0, ...guides)
  }
  if (isCut) return cut(kind, least, most, guides)
  if (kind === 'percent' && least >= 0) return [0, most > 100 ? most * 1.08 : 100]
  const reach = Math.max(Math.abs(least), Math.abs(most))
  const isNear = (guide) => reach === 0 || Math.abs(guide) <= reach * mostAbove
  // The zone beyond a threshold needs room; what is beyond the whole cannot be.
  const near = thresholds.filter(isNear).map((threshold) => threshold * 1.13)
  if (whole !== undefined && isNear(whole)) near.push(whole)
  const bottom = Math.min(0, least * 1.08, ...near)
  const top = Math.max(0, most * 1.08, ...near)
  return bottom === top ? [0, 1] : [bottom, top]
}

function cut(kind, least, most, guides) {
  const bottom = Math.min(least, ...guides)
  const top = Math.max(most, ...guides)
  const span = top - bottom || Math.abs(top) || 1
  const low = bottom - span * 0.5
  const high = top + span * 0.25
  return [least >= 0 ? Math.max(0, low) : low, kind === 'percent' && top <= 100 ? Math.min(100, high) : high]
}

/** Least and most of columns, from `from` to `to`; `undefined` where nothing is. */
export function extent(columns, from, to) {
  /** @type {number | undefined} */
  let least
  /** @type {number | undefined} */
  let most
  const take = (value) => {
    if (value === null) return
    if (least === undefined || value < least) least = value
    if (most === undefined || value > most) most = value
  }
  columns.times.forEach((time, at) => {
    if (time < from || time > to) return
    take(columns.values[at])
    take(columns.least[at])
    take(columns.most[at])
  })
  return { least, most }
}
