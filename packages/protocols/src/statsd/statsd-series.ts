import type { Parsed, Series } from '@tocsin/core'

import { addOriginField, addTagField, seriesOfTags, type StatsdTags } from './statsd-tags.ts'

/** What starts or divides tags in a name, by the style that it is of; SignalFX closes them too. */
const marks = /[;,#[\]]/
const styles: ReadonlyMap<string, string> = new Map([
  [';', 'graphite'],
  [',', 'InfluxDB'],
  ['#', 'Librato'],
  ['[', 'SignalFX'],
])

const badTag = (message: string): Parsed<Series> => ({ ok: false, reason: 'bad-tag', offset: 0, message })
const mixed = badTag('the tags in a name are all of one style: name;k=v, name,k=v, name#k=v or name[k=v]')
const openBracket = badTag('a SignalFX name has its tags between one [ and one ]')

/**
 * The series of a statsd header: the part before the first colon, and the tags after `|#`, behind which `|c:` and `|e:` may
 * follow. Tags in the name are those of graphite (`name;k=v`), InfluxDB (`name,k=v`), Librato (`name#k=v`) or SignalFX
 * (`name[k=v]`, `[k=v]name`). A category that comes twice with different values has all of them, sorted, joined by commas.
 */
export function readStatsdSeries(header: string, fields: string): Parsed<Series> {
  const tags: StatsdTags = []
  const at = header.search(marks)
  let name = header
  if (at >= 0) {
    const read =
      header[at] === '[' || header[at] === ']' ? readBrackets(header, at, tags) : readTail(header, at, tags)
    if (typeof read !== 'string') return read
    name = read
  }
  const bar = fields.indexOf('|')
  addTagField(tags, bar < 0 ? fields : fields.slice(0, bar))
  if (bar >= 0) for (const field of fields.slice(bar + 1).split('|')) addOriginField(tags, field)
  return seriesOfTags(name, tags)
}

function readBrackets(header: string, open: number, tags: StatsdTags): string | Parsed<Series> {
  const close = header.indexOf(']', open)
  const name = header.slice(0, open) + header.slice(close + 1)
  if (header[open] !== '[' || close < 0 || /[[\]]/.test(name)) return openBracket
  // What follows the brackets is of the name.
  if (marks.test(name)) return mixed
  return addPairs(tags, header.slice(open + 1, close), '[') ?? name
}

function readTail(header: string, at: number, tags: StatsdTags): string | Parsed<Series> {
  return addPairs(tags, header.slice(at + 1), header[at] ?? '') ?? header.slice(0, at)
}

/** Adds `k=v` pairs, and says what is wrong with the first that is none. */
function addPairs(tags: StatsdTags, text: string, mark: string): Parsed<Series> | undefined {
  for (const pair of text.split(mark === ';' ? ';' : ',')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    if (equals < 1) return badTag(`each tag in a ${styles.get(mark) ?? ''} name is key=value`)
    const value = pair.slice(equals + 1)
    const other = value.search(marks)
    // Another mark with a pair behind it would be a tag of another style.
    if (marks.test(pair.slice(0, equals)) || (other >= 0 && value.lastIndexOf('=') > other)) return mixed
    tags.push([pair.slice(0, equals), value])
  }
  return undefined
}
