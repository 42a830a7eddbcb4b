// Who was told, in words: an entry of the log becomes a name, a sentence and a line for the channels.
import { noBreak } from './format.js'
import { listed, ordinal, textOf } from './parts.js'
import { isViolated, judgementParts } from './sentences.js'
import { age, clockTime, minuteTime, nearTime, took } from './times.js'

/**
 * `{ glyph, name, text, channels }`; `channels` are `{ tone, text }` with a tone of `good`, `bad`, `held` or `open`. `fault` is that of the
 * entry, as far as it is known; `nameOf` names a series by its metric and tags.
 */
export function logRow(entry, { fault, nameOf, now, zone }) {
  const name = entry.series === undefined ? { metric: 'Maintenance', tags: '' } : nameOf(entry.series)
  return {
    glyph: glyphOf(entry),
    name,
    text: sentence(entry, fault, now, zone),
    channels: channelsOf(entry, fault, zone),
  }
}

function glyphOf({ type, severity }) {
  if ((type === 'opened' || type === 'severity') && severity !== undefined) return `severity-${severity}`
  if (type === 'cleared') return 'check-good'
  return type === 'acknowledged' ? 'check' : type === 'unacknowledged' ? 'ring' : 'wrench'
}

function sentence(entry, fault, now, zone) {
  switch (entry.type) {
    case 'opened':
      return opened(entry, fault)
    case 'severity':
      return `${judged(entry, false)}. Was severity ${entry.previousSeverity}.`
    case 'cleared':
      return cleared(entry)
    case 'acknowledged':
      return `acknowledged by ${entry.by ?? 'somebody'}${until(entry, now, zone, ' until it ends')}${noted(entry)}`
    case 'unacknowledged':
      return unacknowledged(entry)
    case 'maintenance-began':
      return `${entry.select ?? 'all series'}: begun${by(entry)}${until(entry, now, zone, '')}${noted(entry)}`
    case 'maintenance-ended':
      return `${entry.select ?? 'all series'}: ended${entry.reason === 'time' ? ' at its time' : by(entry)}`
    default:
      return String(entry.type)
  }
}

const by = (entry) => (entry.by === undefined ? '' : ` by ${entry.by}`)
const noted = ({ notes }) => (notes === undefined || notes === '' ? '' : `: “${notes}”`)

function until(entry, now, zone, otherwise) {
  if (entry.until === undefined) return otherwise
  // Beside a row of another day, a time without its day would be taken for that day's.
  return ` until ${nearTime(entry.until, entry.time, zone, minuteTime)}`
}

function judged(entry, isPast) {
  const { series, judgement, time } = entry
  if (judgement === undefined || series === undefined) return `severity ${entry.severity}`
  return textOf(judgementParts(series.metric, judgement, { until: time, isPast }))
}

/** Of a fault that is over, and how long it was: where nobody was told of it, no other row says so. */
function opened(entry, fault) {
  const lasted = fault?.endedAt === undefined ? entry.durationMs : fault.endedAt - fault.openedAt
  return lasted === undefined ? judged(entry, false) : `${judged(entry, true)}, for ${age(lasted)}`
}

function cleared(entry) {
  const { series, judgement, durationMs, time } = entry
  const cause = entry.by === undefined ? 'cleared' : `ended${by(entry)}`
  const after = `${cause}${durationMs === undefined ? '' : ` after ${age(durationMs)}`}${noted(entry)}`
  if (judgement === undefined || series === undefined) return after
  const { is, value, threshold, sampleTime, ended } = judgement
  if (ended === 'removed') return `${after}: no rule watches it any more`
  if (is === 'said') return entry.by === undefined ? judged(entry, false) : after
  // Older records do not tell that; nothing recovered then either.
  if (
    is === 'absent' ? time - sampleTime >= threshold : value === undefined || isViolated(judgement, value)
  ) {
    return after
  }
  return `${after}: ${textOf(judgementParts(series.metric, judgement, { until: time, isFault: false }))}`
}

function unacknowledged(entry) {
  if (entry.reason === 'expired') return 'the acknowledgement ended at its time'
  if (entry.reason === 'worse-severity') return 'the acknowledgement ended, since it got worse'
  return `acknowledgement taken back${by(entry)}`
}

function channelsOf(entry, fault, zone) {
  const { type, channels, time } = entry
  const isTold = type === 'opened' || type === 'severity' || type === 'cleared'
  if (channels.length === 0)
    return isTold ? [{ tone: 'held', text: `– nobody${beforeWhat(entry, fault)}` }] : []
  const at = (ms) => nearTime(ms, time, zone, clockTime)
  const minute = (ms) => nearTime(ms, time, zone, minuteTime)
  if (channels.every(({ state }) => state === 'held')) {
    const held = [...new Set(channels.map((channel) => heldText(channel, minute)))]
    return [{ tone: 'held', text: `– nobody: ${listed(held)}` }]
  }
  return channels.map((channel) => channelText(channel, at, minute))
}

/** Who still waited when it got another severity was told of that one instead. */
function beforeWhat({ type, severity, time }, fault) {
  const next = type === 'cleared' ? undefined : fault?.severities?.find(({ since }) => since > time)
  return next === undefined ? '' : ` before it got ${next.severity < severity ? 'worse' : 'milder'}`
}

/** Words of the wire that are no sentence for people; every other message is told as it is. */
const reasons = new Map([
  ['cleared-before-wait', 'it ended while it waited'],
  ['never-told', 'its opening was not told either'],
  ['flapping', 'it opens and ends so often that its end waits'],
  ['opening-told', 'the opening before was told, and its end was not'],
  ['before-severity', 'it got another severity first'],
  ['before-cleared', 'it ended first'],
  ['before-reopened', 'it opened again first'],
  ['before-policy', 'somebody else is told now'],
  ['refused', 'refused'],
  ['deadline', 'its time was over'],
  ['no-notifier', 'no such channel is set up'],
])
const reasonText = (message) => reasons.get(message) ?? message

function heldText({ message, until: end }, minute) {
  return `${message === undefined ? 'held back' : reasonText(message)}${end === undefined ? '' : ` until ${minute(end)}`}`
}

function channelText(channel, at, minute) {
  const { name, state, tookMs, attempts, message, until: end } = channel
  const failure = message === undefined ? '' : `: ${reasonText(message)}`
  switch (state) {
    case 'delivered':
      if (attempts !== undefined && attempts > 1) {
        return { tone: 'bad', text: `✕${noBreak}${name}${failure}, told at the ${ordinal(attempts)} try` }
      }
      return { tone: 'good', text: `✓${noBreak}${name}${tookMs === undefined ? '' : ` ${took(tookMs)}`}` }
    case 'retrying': {
      const next = end === undefined ? '' : `, next try at ${at(end)}`
      const tried =
        attempts === undefined ? '' : `, not told in ${attempts} ${attempts === 1 ? 'try' : 'tries'}`
      return { tone: 'bad', text: `✕${noBreak}${name}${failure}${tried}${next}` }
    }
    case 'dead': {
      const tried = attempts === undefined ? '' : ` after ${attempts} ${attempts === 1 ? 'try' : 'tries'}`
      return { tone: 'bad', text: `✕${noBreak}${name}${failure}, given up${tried}` }
    }
    case 'held':
      return { tone: 'held', text: `–${noBreak}${name}: ${heldText(channel, minute)}` }
    case 'waiting':
      return { tone: 'open', text: `…${noBreak}${name} waits${end === undefined ? '' : ` until ${at(end)}`}` }
    case 'sending':
      return { tone: 'open', text: `…${noBreak}${name} is being told` }
    default:
      return { tone: 'open', text: `${name}: ${state}` }
  }
}
