import type { ParseSink } from '../wire/parse-sink.ts'
import { decodeUtf8 } from '../wire/utf8.ts'
import { readDogStatsdFields, unescapeLines } from './dogstatsd-fields.ts'
import { badTimestamp } from './statsd-line.ts'
import { seriesOfTags } from './statsd-tags.ts'
import type { StatsdFault } from './statsd-values.ts'

const pipe = 0x7c
const categories: ReadonlyMap<string, string> = new Map([
  ['h', 'host'],
  ['k', 'aggregation_key'],
  ['p', 'priority'],
  ['s', 'source_type'],
  ['t', 'alert_type'],
])

const malformed: StatsdFault = {
  reason: 'malformed',
  message: 'an event is _e{bytes of the title,bytes of the text}:title|text, and its title is not empty',
}
const notUtf8: StatsdFault = { reason: 'not-utf8', message: 'an event is UTF-8 text' }

/** Whether a line is an event. */
export const isEvent = (bytes: Uint8Array, start: number): boolean =>
  bytes[start + 1] === 0x65 && bytes[start + 2] === 0x7b

/** Reads `_e{5,4}:title|text|#tags`: a `text` sample of series `event`, whose tags say where it comes from. */
export function readEvent(
  bytes: Uint8Array,
  start: number,
  end: number,
  receivedAt: number,
  sink: ParseSink,
): StatsdFault | undefined {
  const comma = endOfDigits(bytes, start + 3, end)
  const brace = endOfDigits(bytes, comma + 1, end)
  if (bytes[comma] !== 0x2c || bytes[brace] !== 0x7d || bytes[brace + 1] !== 0x3a) return malformed
  const bodyStart = brace + 2
  const titleLength = readLength(bytes, start + 3, comma)
  const textLength = readLength(bytes, comma + 1, brace)
  // NaN, where there is no length, is in no order to anything.
  if (bodyStart > end || !(titleLength > 0 && textLength >= 0)) return malformed
  const body = decodeUtf8(bytes, bodyStart, end)
  if (body === undefined) return notUtf8
  const titleEnd = lengthOfBytes(bytes, bodyStart, bodyStart + titleLength, end)
  const textEnd = lengthOfBytes(bytes, bodyStart, bodyStart + titleLength + 1 + textLength, end)
  const parts =
    cutBody(body, titleEnd, textEnd) ??
    // hot-shots counts UTF-16 units.
    cutBody(body, titleLength, titleLength + 1 + textLength)
  if (parts === undefined) return malformed
  const { tags, seconds } = readDogStatsdFields(parts.fields, categories)
  if (Number.isNaN(seconds)) return badTimestamp
  const series = seriesOfTags('event', tags)
  if (!series.ok) return { reason: 'bad-name', message: series.message }
  const value = unescapeLines(parts.text === '' ? parts.title : `${parts.title}\n${parts.text}`)
  const own = seconds === undefined ? {} : { receivedAt }
  const time = seconds === undefined ? receivedAt : seconds * 1000
  sink.sample({ series: series.value, time, value, kind: 'text', ...own })
  return undefined
}

function endOfDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39) at += 1
  return at
}

/** A length of at most nine digits, or NaN. */
function readLength(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 9) return Number.NaN
  let length = 0
  for (let at = start; at < end; at += 1) length = length * 10 + (bytes[at] ?? 0) - 0x30
  return length
}

/** How many UTF-16 units these bytes are; NaN where a pipe or the end of the line does not follow, so that nothing is cut inside. */
function lengthOfBytes(bytes: Uint8Array, start: number, to: number, end: number): number {
  if (to > end || (to < end && bytes[to] !== pipe)) return Number.NaN
  return decodeUtf8(bytes, start, to)?.length ?? Number.NaN
}

/** Title, text and what follows, if they end where a pipe stands. */
function cutBody(
  body: string,
  titleEnd: number,
  textEnd: number,
): { readonly title: string; readonly text: string; readonly fields: string } | undefined {
  if (body[titleEnd] !== '|' || !(textEnd <= body.length)) return undefined
  if (textEnd < body.length && body[textEnd] !== '|') return undefined
  return {
    title: body.slice(0, titleEnd),
    text: body.slice(titleEnd + 1, textEnd),
    fields: body.slice(textEnd + 1),
  }
}
