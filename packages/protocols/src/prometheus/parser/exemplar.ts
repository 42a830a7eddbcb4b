import type { Series, Tags } from '@tocsin/core'

import { readDecimal } from '../../wire/decimal.ts'
import { decodeUtf8 } from '../../wire/utf8.ts'
import { readHeaderText } from './header-text.ts'
import { readWord } from './metric-value.ts'
import { headerEnd, tokenEnd } from './scan-header.ts'

/** One of the measurements that a counter or a bucket counts, such as the trace of a request. */
export interface Exemplar {
  /** The series of the sample that it stands behind. */
  readonly series: Series
  /** The time of that sample, ms since the Unix epoch. */
  readonly sampleTime: number
  /** What it is known by, such as `trace_id`. */
  readonly labels: Tags
  /** What was measured; NaN and infinity are possible. */
  readonly value: number
  /** When, ms since the Unix epoch, where that is said. */
  readonly time?: number
}

/** Most characters of all names and values of its labels. */
const maxExemplarCharacters = 128

const space = 0x20
const hash = 0x23
const openBrace = 0x7b

/** Reads ` # {labels} value[ time]` to the end of a line, or gives a sentence about what is wrong. */
export function readExemplar(
  bytes: Uint8Array,
  start: number,
  end: number,
): Omit<Exemplar, 'series' | 'sampleTime'> | string {
  const isBegun =
    bytes[start] === space &&
    bytes[start + 1] === hash &&
    bytes[start + 2] === space &&
    bytes[start + 3] === openBrace &&
    start + 3 < end
  if (!isBegun) return 'behind the value stands a time, or an exemplar: " # {labels} value"'
  const labelsEnd = headerEnd(bytes, start + 3, end, true)
  if (labelsEnd < 0) return 'the labels of the exemplar do not end'
  const labels = readLabels(bytes, start + 3, labelsEnd)
  if (typeof labels === 'string') return labels
  const valueEnd = tokenEnd(bytes, labelsEnd + 1)
  if (bytes[labelsEnd] !== space || labelsEnd >= end)
    return 'behind the labels of the exemplar stands its value'
  const decimal = readDecimal(bytes, labelsEnd + 1, valueEnd)
  const value = Number.isNaN(decimal) ? readWord(bytes, labelsEnd + 1, valueEnd) : decimal
  if (value === undefined) return 'the value of an exemplar is a number'
  if (valueEnd === end) return { labels, value }
  const time = bytes[valueEnd] === space ? readDecimal(bytes, valueEnd + 1, end) : Number.NaN
  return Number.isNaN(time)
    ? 'the time of an exemplar is seconds'
    : { labels, value, time: Math.round(time * 1e6) / 1000 }
}

function readLabels(bytes: Uint8Array, start: number, end: number): Tags | string {
  const text = decodeUtf8(bytes, start, end)
  if (text === undefined) return 'the labels of an exemplar are UTF-8'
  const read = readHeaderText(text, true)
  if (typeof read === 'string') return read
  if (read.name !== undefined) return 'an exemplar has no name'
  let characters = 0
  const labels: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of read.labels) {
    characters += charactersOf(name) + charactersOf(value)
    labels[name] = value
  }
  return characters > maxExemplarCharacters
    ? `the labels of an exemplar have at most ${maxExemplarCharacters} characters`
    : labels
}

/** Characters of a text, not UTF-16 units. */
function charactersOf(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at += 1) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) count -= 1
  return count
}
