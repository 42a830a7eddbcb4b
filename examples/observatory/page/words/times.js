// Times in words: 24 hours, days with their names, and how long something lasts.
import { noBreak } from './format.js'

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const dayMs = 86_400_000

/** A date whose UTC parts are those of the zone, `utc` or `local`. */
function inZone(ms, zone) {
  return new Date(zone === 'utc' ? ms : ms - new Date(ms).getTimezoneOffset() * 60_000)
}

const two = (number) => String(number).padStart(2, '0')

/** `05:12:40` */
export function clockTime(ms, zone) {
  const date = inZone(ms, zone)
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
}

/** `05:12` */
export function minuteTime(ms, zone) {
  return clockTime(ms, zone).slice(0, 5)
}

/** Of another day than now with that day, since `22:10` alone would be taken for today's: `Wed 25 Nov, 22:10`. */
export function nearTime(ms, now, zone, time = clockTime) {
  if (dayOf(ms, zone) === dayOf(now, zone)) return time(ms, zone)
  const date = inZone(ms, zone)
  return `${dayAndMonth(date)}, ${time(ms, zone)}`
}

const dayAndMonth = (date) =>
  `${days[date.getUTCDay()].slice(0, 3)} ${date.getUTCDate()} ${months[date.getUTCMonth()].slice(0, 3)}`

/** `Thu 26 Nov 2026` */
export function dateText(ms, zone) {
  const date = inZone(ms, zone)
  return `${dayAndMonth(date)} ${date.getUTCFullYear()}`
}

/** `Wednesday 25 November` */
export function dayHeading(ms, zone) {
  const date = inZone(ms, zone)
  return `${days[date.getUTCDay()]} ${date.getUTCDate()} ${months[date.getUTCMonth()]}`
}

/** Equal for times of the same day. */
export function dayOf(ms, zone) {
  return Math.floor(inZone(ms, zone).getTime() / dayMs)
}

/** `UTC`, or how far the local zone is from it: `UTC+01:00`. */
export function zoneName(ms, zone) {
  const minutes = zone === 'utc' ? 0 : -new Date(ms).getTimezoneOffset()
  if (minutes === 0) return 'UTC'
  const size = Math.abs(minutes)
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** For the attribute `datetime`. A time that no date has (a clock gone wild) has none. */
export function machineTime(ms) {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString()
}

/** @type {[string, number][]} */
const units = [
  ['d', dayMs],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** How long, in its two largest units, rounded: `42 s`, `12 min 28 s`, `3 min`, `2 h 25 min`, `3 d 4 h`. */
export function age(ms) {
  const span = Math.max(0, ms)
  const largest = units.findIndex(([, size], index) => roundTo(span, units[index + 1]?.[1] ?? size) >= size)
  if (largest === -1) return `0${noBreak}s`
  const [unit, size] = units[largest]
  const next = units[largest + 1]
  if (next === undefined) return `${Math.round(span / size)}${noBreak}${unit}`
  const rounded = roundTo(span, next[1])
  const rest = Math.round((rounded % size) / next[1])
  const whole = `${Math.floor(rounded / size)}${noBreak}${unit}`
  return rest === 0 ? whole : `${whole} ${rest}${noBreak}${next[0]}`
}

const roundTo = (ms, size) => Math.round(ms / size) * size

/** How long a delivery took: `0.8 s`, `12 s`, `2 min 5 s`. */
export function took(ms) {
  if (ms >= 9950) return age(ms)
  if (ms < 50) return `${Math.max(0, Math.round(ms))}${noBreak}ms`
  return `${(ms / 1000).toFixed(1)}${noBreak}s`
}
