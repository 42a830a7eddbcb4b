import type { ParseSink } from '../wire/parse-sink.ts'
import { decodeUtf8 } from '../wire/utf8.ts'
import { readDogStatsdFields, unescapeLines } from './dogstatsd-fields.ts'
import { badTimestamp } from './statsd-line.ts'
import { seriesOfTags } from './statsd-tags.ts'
import type { StatsdFault } from './statsd-values.ts'

const categories: ReadonlyMap<string, string> = new Map([['h', 'host']])

const malformed: StatsdFault = {
  reason: 'malformed',
  message: 'a service check is _sc|name|state, and its state is 0, 1, 2 or 3',
}
const notUtf8: StatsdFault = { reason: 'not-utf8', message: 'a service check is UTF-8 text' }

/** Whether a line is a service check. */
export const isServiceCheck = (bytes: Uint8Array, start: number): boolean =>
  bytes[start + 1] === 0x73 && bytes[start + 2] === 0x63 && bytes[start + 3] === 0x7c

/** Reads `_sc|name|2|#tags|m:message`: a `state` sample of series `name`, and a `text` sample of `name.message`. */
export function readServiceCheck(
  bytes: Uint8Array,
  start: number,
  end: number,
  receivedAt: number,
  sink: ParseSink,
): StatsdFault | undefined {
  const line = decodeUtf8(bytes, start + 4, end)
  if (line === undefined) return notUtf8
  const nameEnd = line.indexOf('|')
  const stateEnd = nameEnd < 0 ? -1 : line.indexOf('|', nameEnd + 1)
  const state = nameEnd < 0 ? '' : line.slice(nameEnd + 1, stateEnd < 0 ? undefined : stateEnd).trim()
  if (nameEnd <= 0 || state.length !== 1 || state < '0' || state > '3') return malformed
  const fields = readDogStatsdFields(stateEnd < 0 ? '' : line.slice(stateEnd + 1), categories)
  const { tags, seconds, message = '' } = fields
  if (Number.isNaN(seconds)) return badTimestamp
  const name = line.slice(0, nameEnd)
  const series = seriesOfTags(name, tags)
  if (!series.ok) return { reason: 'bad-name', message: series.message }
  const own = seconds === undefined ? {} : { receivedAt }
  const time = seconds === undefined ? receivedAt : seconds * 1000
  // A colon in the message that could start another one is escaped.
  const text = unescapeLines(message.replaceAll('m\\:', 'm:'))
  const told = text === '' ? undefined : seriesOfTags(`${name}.message`, tags)
  if (told?.ok === false) return { reason: 'bad-name', message: told.message }
  sink.sample({ series: series.value, time, value: Number(state), kind: 'state', ...own })
  if (told !== undefined) sink.sample({ series: told.value, time, value: text, kind: 'text', ...own })
  return undefined
}
