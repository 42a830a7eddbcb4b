// Faults in words: their order, and the lines of a card.
import { listed, strong, ticks } from './parts.js'
import { age, clockTime, minuteTime, nearTime } from './times.js'

/** Worst first, acknowledged ones last, then the longest open; the identifier decides at last, so that cards never jump. */
export function byUrgency(a, b) {
  return (
    Number(a.acknowledgement !== undefined) - Number(b.acknowledgement !== undefined) ||
    a.severity - b.severity ||
    a.openedAt - b.openedAt ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  )
}

/** The open ones of those that are known, most urgent first. */
export function openFaults(faults) {
  return [...faults].filter(({ endedAt }) => endedAt === undefined).sort(byUrgency)
}

/** Since when it has the severity that it has. */
export function severitySince({ severities, openedAt }) {
  return severities.at(-1)?.since ?? openedAt
}

/**
 * `12 min 28 s at severity 1, since 05:00:12 · severity 3 since 04:31:40`. Where `asOf` is given, that was the last that is known:
 * `severity 1 since 05:00:12, still open at 05:09:28`.
 */
export function whenParts(fault, { now, zone, asOf }, growth) {
  const since = severitySince(fault)
  const at = (ms) => nearTime(ms, now, zone)
  const hadOthers = fault.severities.length > 1
  if (asOf !== undefined) {
    return [`${hadOthers ? `severity ${fault.severity} ` : ''}since ${at(since)}, still open at ${at(asOf)}`]
  }
  const before = hadOthers
    ? ` · ${fault.severities
        .slice(0, -1)
        .slice(-3)
        .reverse()
        .map((past) => `severity ${past.severity} since ${at(past.since)}`)
        .join(' · ')}`
    : ''
  const level = hadOthers ? ` at severity ${fault.severity}` : ''
  const grows = growth === undefined ? '' : ` · ${growth}`
  const open = ticks(age(now - since), since)
  return [{ ...open, isStrong: true }, `${level}, since ${at(since)}${before}${grows}`]
}

/**
 * `Rule memory-full · operators were told at 05:00:13 · in maintenance until 06:00`. `windows` are all of maintenance; where `asOf` is
 * given, that was the last that is known.
 */
export function ruleText(fault, { now, zone, windows, asOf }) {
  const { ruleSet, told } = fault
  const maintenance = maintenanceText(fault, { now: asOf ?? now, zone, windows })
  if (told === undefined) {
    return `Rule ${ruleSet} · nobody has been told${maintenance === undefined ? '' : `: ${maintenance}`}`
  }
  const held = maintenance === undefined ? '' : ` · ${asOf === undefined ? '' : 'was '}in ${maintenance}`
  return `Rule ${ruleSet} · ${whoWasTold(told)} told at ${nearTime(told.at, now, zone)}${held}`
}

/** Where no group is known, the channel is what is known. */
function whoWasTold({ groups, channel }) {
  if (groups.length > 0) return `${listed(groups)} were`
  return `${channel ?? 'somebody'} was`
}

/**
 * `maintenance until 06:00`, `undefined` of a fault that is in none. Which window it is in is known where all that run end together;
 * otherwise nothing is said of the end.
 */
export function maintenanceText({ maintained }, { now, zone, windows = [] }) {
  const stretch = maintained.findLast(({ from, to }) => from <= now && (to === undefined || to > now))
  if (stretch === undefined) return undefined
  const ends = new Set(windows.filter(({ from, to }) => from <= now && to > now).map(({ to }) => to))
  const end = stretch.to ?? (ends.size === 1 ? [...ends][0] : undefined)
  return end === undefined ? 'maintenance' : `maintenance until ${nearTime(end, now, zone, minuteTime)}`
}

/** `Acknowledged by night shift at 03:02, until 08:00: “archive job ends at 07:30”` */
export function acknowledgementParts({ by, at, until, notes }, { now, zone }) {
  const start = nearTime(at, now, zone, minuteTime)
  const end = until === undefined ? 'until it ends' : `until ${nearTime(until, now, zone, minuteTime)}`
  const said = notes === undefined || notes === '' ? '' : `: “${notes}”`
  return [strong('Acknowledged'), ` by ${by} at ${start}, ${end}${said}`]
}

/** `Night shift knows of it until 08:00.` */
export function knownText({ by, until }, { now, zone }) {
  const who = by === '' ? 'Somebody' : by[0].toUpperCase() + by.slice(1)
  return `${who} knows of it until ${until === undefined ? 'it ends' : nearTime(until, now, zone, minuteTime)}.`
}

/** `as of 05:09:28`, of what is not live. */
export function asOfText(asOf, now, zone) {
  return asOf === undefined ? '' : `as of ${nearTime(asOf, now, zone, clockTime)}`
}
