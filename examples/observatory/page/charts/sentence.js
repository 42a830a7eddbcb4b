// What a chart says to who does not see it. Pure.
import { formatValue } from '../words/format.js'
import { levelText } from '../words/sentences.js'
import { age, clockTime, nearTime } from '../words/times.js'

const mostSeries = 3

/** `memory.used_percent, last hour: 97.8 %, above 97 % since 05:00:12, severity 1` */
export function chartSentence(spec, picture, { latest, zone, isZoomed, faults, isKnown }) {
  const { from, to, now } = picture
  const range = isZoomed
    ? `${nearTime(from, now, zone)} to ${nearTime(to, now, zone)}`
    : `last ${rangeWords(to - from)}`
  const values = spec.lines.slice(0, mostSeries).map(({ key, label, metric, drawn }) => {
    const value = latest(key)
    const nothing = isKnown ? 'no data' : 'not known'
    const text = value === undefined ? nothing : formatValue(metric, drawn, value)
    return label === '' ? text : `${label} ${text}`
  })
  const more = spec.lines.length - values.length
  if (more > 0) values.push(`and ${more} more`)
  const own = new Set(spec.keys)
  const open = faults
    .filter(({ series, endedAt }) => endedAt === undefined && own.has(series.key))
    .map(({ series: { metric }, severity, severities, judgement, openedAt }) => {
      const name = metric === spec.title ? '' : `${metric} `
      const since = nearTime(severities.at(-1)?.since ?? openedAt, now, zone, clockTime)
      const what = `${name}${levelText(metric, judgement, judgement.averageMs)}`
      return `${isKnown ? what : `last known as ${what}`} since ${since}, severity ${severity}`
    })
  const known = isKnown ? [] : [`known until ${clockTime(picture.unknownSince ?? now, zone)}`]
  return `${spec.title}, ${range}: ${[...values, ...open, ...known].join(', ')}`
}

/** `hour`, `24 h`, `7 days` */
function rangeWords(ms) {
  const minutes = Math.round(ms / 60_000)
  if (minutes === 60) return 'hour'
  if (minutes >= 2 * 1440) return `${Math.round(minutes / 1440)} days`
  return age(minutes * 60_000)
}
