// What is drawn in the lanes: one a fault, which is a rule set and a series. Pure: faults and a width in, places in px out.
import { byUrgency } from '../../words/faults.js'

export const barHeights = [18, 14, 11, 8, 5]
const leastWidth = 3
/** A bar is hit within so many px. */
const target = 24
/** Part of a fault's time that is shown on each side of it. */
const around = 0.2
const leastZoomMs = 10_000

/**
 * Lanes of the faults that were open between `from` and `to`, worst and newest first; open ones stand before those that ended. What
 * is open reaches up to `until`, the last that is known.
 */
export function lanesOf(faults, { from, until }) {
  const lanes = new Map()
  for (const fault of faults) {
    if ((fault.endedAt ?? until) < from || fault.openedAt > until) continue
    const id = JSON.stringify([fault.ruleSet, fault.series.key])
    const lane = lanes.get(id) ?? { id, series: fault.series, ruleSet: fault.ruleSet, faults: [] }
    lane.faults.push(fault)
    lanes.set(id, lane)
  }
  for (const lane of lanes.values()) {
    lane.faults.sort((one, other) => one.openedAt - other.openedAt)
    lane.open = lane.faults.filter(({ endedAt }) => endedAt === undefined).sort(byUrgency)[0]
    lane.worst = Math.min(...lane.faults.map(worstOf))
  }
  return [...lanes.values()].sort(byWorst)
}

const worstOf = ({ severity, severities }) => Math.min(severity, ...severities.map((one) => one.severity))
const newest = ({ faults }) => Math.max(...faults.map(({ endedAt, openedAt }) => endedAt ?? openedAt))

function byWorst(one, other) {
  if (one.open !== undefined && other.open !== undefined) return byUrgency(one.open, other.open)
  if ((one.open === undefined) !== (other.open === undefined)) return one.open === undefined ? 1 : -1
  return one.worst - other.worst || newest(other) - newest(one) || (one.id < other.id ? -1 : 1)
}

/**
 * The stretches of a fault: `{ from, to, severity, isAcknowledged }`, oldest first and without holes, each with one severity, and
 * acknowledged throughout or not at all.
 */
export function stretchesOf(fault, until) {
  const end = fault.endedAt ?? Math.max(until, fault.openedAt)
  const severities =
    fault.severities.length > 0 ? fault.severities : [{ severity: fault.severity, since: fault.openedAt }]
  const acknowledged = fault.acknowledged.map(({ from, to = end }) => [from, to])
  const edges = [fault.openedAt, end, ...severities.map(({ since }) => since), ...acknowledged.flat()]
  const times = [...new Set(edges)]
    .filter((time) => time >= fault.openedAt && time <= end)
    .sort((a, b) => a - b)
  if (times.length === 1) times.push(times[0])
  return times.slice(1).map((to, index) => {
    const from = times[index]
    return {
      from,
      to,
      severity: severities.findLast(({ since }) => since <= from)?.severity ?? severities[0].severity,
      isAcknowledged: acknowledged.some(([start, stop]) => start <= from && from < stop),
    }
  })
}

/** Places time on so many px. */
export function scaleOf(from, to, width) {
  const x = (time) => Math.round((Math.min(Math.max(time, from), to) - from) * (width / (to - from)) * 2) / 2
  /** `{ x, width }` of a stretch, at least `least` px wide and inside; `undefined` where nothing of it is. */
  const span = (start, end, least = 0) => {
    if (end < from || start > to) return undefined
    const left = x(start)
    const wide = Math.max(x(end) - left, least)
    return { x: Math.max(0, Math.min(left, width - wide)), width: wide }
  }
  return { x, span, time: (place) => from + (place * (to - from)) / width }
}

/** Of a lane: `{ fault, bars, maintained, x, width }` of each fault, with everything in px from the left. */
export function barsOf(lane, scale, until) {
  return lane.faults.flatMap((fault) => {
    const stretches = stretchesOf(fault, until)
    const bars = stretches.flatMap((stretch) => {
      const span = scale.span(stretch.from, stretch.to, stretches.length === 1 ? leastWidth : 1)
      return span === undefined ? [] : [{ ...stretch, ...span }]
    })
    const all = scale.span(fault.openedAt, fault.endedAt ?? until, leastWidth)
    if (all === undefined) return []
    const maintained = fault.maintained.flatMap(
      ({ from, to = until }) => scale.span(from, to, leastWidth) ?? [],
    )
    return [{ fault, bars, maintained, ...all }]
  })
}

/** The fault whose bar is nearest to a place of its lane, and not farther than the target allows. */
export function faultAt(bars, x) {
  const distance = (bar) => Math.max(bar.x - x, x - bar.x - bar.width, 0)
  const reach = (bar) => Math.max(0, (target - bar.width) / 2)
  const hit = bars
    .filter((bar) => distance(bar) <= reach(bar))
    .sort((one, other) => distance(one) - distance(other))
  return hit[0]?.fault
}

/** What the charts show of a fault: its time, with a fifth of it on each side. */
export function zoomOf({ openedAt, endedAt }, until) {
  const end = Math.max(endedAt ?? until, openedAt)
  const room = Math.max((end - openedAt) * around, leastZoomMs)
  return { from: openedAt - room, to: end + (endedAt === undefined ? 0 : room) }
}

/** `last 24 hours`, `last 7 days` */
export function spanText(ms) {
  const hours = Math.round(ms / 3_600_000)
  return hours <= 24 ? `last ${hours} hours` : `last ${Math.round(hours / 24)} days`
}
