// What was judged, in words: the value, what it is compared with, and how it came out.
import { formatLabel, formatValue, noBreak } from './format.js'
import { strong } from './parts.js'
import { age } from './times.js'

const maxText = 80

/** A text of a value or a pattern: short, in quotes. */
function quoted(text) {
  const short = text.length > maxText ? `${text.slice(0, maxText).toWellFormed()}…` : text
  return `“${short}”`
}

const notNumbers = ['NaN', 'Infinity', '-Infinity']

/** A value where it is compared: numbers with their unit, texts in quotes. */
export function valueText(metric, value) {
  if (typeof value === 'string' && !notNumbers.includes(value)) return quoted(value)
  return formatValue(metric, 'number', value)
}

/** What is compared for equality is told exactly: 8125 is no 8.13 k. */
function comparedText(metric, is, value) {
  if (value === undefined) return ''
  if (is === 'matches' || is === 'notMatches') return `/${value}/`
  const isExact = (is === 'equals' || is === 'notEquals') && typeof value === 'number'
  return isExact && Math.abs(value) >= 1000 ? String(value) : valueText(metric, value)
}

/**
 * Whether a value is what the criterion calls a fault; `undefined` where this page cannot say.
 * @param {Pick<import('../../server/wire.ts').Judgement, 'is' | 'threshold'>} criterion
 */
export function isViolated({ is, threshold }, value) {
  if (is === 'equals') return value === threshold
  if (is === 'notEquals') return value !== threshold
  if (is === 'contains') return typeof value === 'string' ? value.includes(String(threshold)) : undefined
  if (is === 'notContains') return typeof value === 'string' ? !value.includes(String(threshold)) : undefined
  if (typeof value !== 'number' || typeof threshold !== 'number') return undefined
  if (is === 'above') return value > threshold
  if (is === 'below') return value < threshold
  return undefined
}

/** What one sample is all of is judged as an average, yet is none over any time. */
export const isAverage = (averageMs) => averageMs !== undefined && averageMs > 0

/** The verb with what it needs, present or past, violated or not. */
function verb(is, isPast, isFault) {
  const be = (isPast ? 'was' : 'is') + (isFault ? '' : ' not')
  const does = (present, past, plain) =>
    isFault ? (isPast ? past : present) : `${isPast ? 'did' : 'does'} not ${plain}`
  switch (is) {
    case 'above':
    case 'below':
      return `${be} ${is}`
    case 'equals':
      return be
    case 'notEquals':
      return verb('equals', isPast, !isFault)
    case 'matches':
      return does('matches', 'matched', 'match')
    case 'notMatches':
      return verb('matches', isPast, !isFault)
    case 'contains':
      return does('contains', 'contained', 'contain')
    case 'notContains':
      return verb('contains', isPast, !isFault)
    case 'changed':
      return isFault ? `${be} new` : `${isPast ? 'was' : 'is'} still the same`
    default:
      return be
  }
}

/**
 * `97.8 % is above 97 %` as parts. `latest` is a newer value than the judged one; `until` the time up to which no sample came;
 * `isPast` says "was"; `isFault` is false of what cleared it.
 * @param {string} metric
 * @param {import('../../server/wire.ts').Judgement} judgement
 * @param {{ latest?: number | string, until?: number, isPast?: boolean, isFault?: boolean }} about
 */
export function judgementParts(metric, judgement, { latest, until, isPast = false, isFault = true } = {}) {
  const { is, value, averageMs } = judgement
  if (is === 'said') return [judgement.said ?? 'a value that is not known']
  if (is === 'absent') {
    if (!isFault) return ['samples come again']
    const span = age(Math.max(until - judgement.sampleTime, 0))
    return isPast ? ['no sample had come for ', strong(span)] : ['no sample for ', strong(span)]
  }
  const threshold = comparedText(metric, is, judgement.threshold)
  const compared = threshold === '' ? [] : [' ', strong(threshold)]
  // The newest sample is not what an average was made of.
  if (latest !== undefined && averageMs === undefined && isFault && isViolated(judgement, latest) === false) {
    return [
      strong(valueText(metric, latest)),
      `${isPast ? '' : ' now'}, ${verb(is, true, true)}`,
      ...compared,
    ]
  }
  const judged = averageMs === undefined && latest !== undefined ? latest : value
  if (judged === undefined) return ['a value that is not known ', verb(is, isPast, isFault), ...compared]
  let said = is.endsWith('atches') ? valueText(metric, judged) : comparedText(metric, is, judged)
  let does = verb(is, isPast, isFault)
  // 97.04 is above 97, and both are written alike.
  if (said === threshold && (is === 'above' || is === 'below') && isFault && judged !== judgement.threshold) {
    said = formatLabel(metric, 'number', judged)
    does = does.replace(/ (above|below)$/, ' just $1')
  }
  if (!isAverage(averageMs)) return [strong(said), ` ${does}`, ...compared]
  return ['average ', strong(said), ` over ${age(averageMs)} ${does}`, ...compared]
}

/** Of the rules table, up to its arrow: `1 min average above 80 %`, `no sample for 15 s`; of a judgement that has a sentence, that. */
export function levelText(metric, { is, said, threshold, until, forMs }, averageMs) {
  const lasting = forMs > 0 ? ` for ${age(forMs)}` : ''
  const back = until === undefined ? '' : `, until ${comparedText(metric, is, until)}`
  const average = isAverage(averageMs) ? `${age(averageMs)} average ` : ''
  if (is === 'absent') return `no sample for ${age(threshold)}${lasting}`
  if (is === 'changed') return `a new value${lasting}`
  if (is === 'said') return said ?? 'open'
  const words = {
    above: 'above',
    below: 'below',
    equals: 'equal to',
    notEquals: 'not equal to',
    matches: 'matching',
    notMatches: 'not matching',
    contains: 'with',
    notContains: 'without',
  }
  return `${average}${Object.hasOwn(words, is) ? words[is] : is} ${comparedText(metric, is, threshold)}${lasting}${back}`
}

/** `grows 0.66 % an hour`, where samples `[time, value]` of half an hour and more lie near a line. */
export function growthText(metric, points) {
  if (points.length < 10 || points.at(-1)[0] - points[0][0] < 1_800_000) return undefined
  const { slope, fit } = lineThrough(points)
  const perHour = slope * 3_600_000
  const size = Math.abs(points.at(-1)[1]) || 1
  // What goes up and down, and what hardly moves, does not grow.
  if (!(fit >= 0.8) || Math.abs(perHour) < size / 1000) return undefined
  return `${perHour > 0 ? 'grows' : 'falls'} ${formatValue(metric, 'number', Math.abs(perHour))} an${noBreak}hour`
}

/** `fit` is the part of the variance that the line explains. */
function lineThrough(points) {
  const time = points.reduce((sum, [at]) => sum + at, 0) / points.length
  const value = points.reduce((sum, [, of]) => sum + of, 0) / points.length
  let both = 0
  let times = 0
  let values = 0
  for (const [at, of] of points) {
    both += (at - time) * (of - value)
    times += (at - time) ** 2
    values += (of - value) ** 2
  }
  return { slope: both / times, fit: both ** 2 / (times * values) }
}
