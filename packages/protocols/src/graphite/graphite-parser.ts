import { buildSeries, type Parsed, type Sample, type Series } from '@tocsin/core'

import { exactInteger, readDecimal } from '../wire/decimal.ts'
import { createHeader, readName } from '../wire/header.ts'
import { createHeaderSeries, type HeaderFault } from '../wire/header-series.ts'
import { resolveLineParserOptions, type LineParser, type LineParserOptions } from '../wire/line-parser.ts'
import { scanLines } from '../wire/lines.ts'
import type { ParseSink } from '../wire/parse-sink.ts'

const space = 0x20
const tab = 0x09
const maxTime = 8.64e15
const badShape: HeaderFault = {
  reason: 'malformed',
  message: 'a line is name value timestamp, three parts separated by spaces',
}
const badValue: HeaderFault = { reason: 'bad-value', message: 'a value is a finite decimal number' }
const badTimestamp: HeaderFault = {
  reason: 'bad-timestamp',
  message: 'a timestamp is seconds since the Unix epoch, or -1 for the time of arrival',
}

/**
 * A parser of graphite's plaintext lines, `name[;tag=value…] value timestamp`, as carbon takes them: parts separated by any
 * run of spaces and tabs, seconds possibly with a fraction, `-1` for the time of arrival. Not a number and infinity are bad
 * values. Memory: `maxNameBytes` of names.
 *
 * @example
 * ```ts
 * import { createGraphiteParser } from '@tocsin/protocols/engine'
 *
 * createGraphiteParser().parse(Buffer.from('disk.used;host=web1 42.5 1700000000'), 0, {
 *   sample: ({ series, value, time }) => {
 *     console.log(series.key, value, time) // => disk.used|ST[host:web1] 42.5 1700000000000
 *   },
 *   problem: ({ message }) => console.error(message),
 * })
 * ```
 */
export function createGraphiteParser(options: LineParserOptions = {}): LineParser {
  const { maxLineBytes, maxNameBytes } = resolveLineParserOptions(options)
  const findSeries = createHeaderSeries(maxNameBytes, readGraphiteSeries)
  const header = createHeader()

  function takeLine(
    bytes: Uint8Array,
    start: number,
    end: number,
    receivedAt: number,
    sink: ParseSink,
  ): HeaderFault | undefined {
    const nameStart = skipBlanks(bytes, start, end)
    const nameEnd = readName(header, bytes, nameStart, end, space, tab)
    const valueStart = skipBlanks(bytes, nameEnd, end)
    const valueEnd = skipPart(bytes, valueStart, end)
    const timeStart = skipBlanks(bytes, valueEnd, end)
    const timeEnd = skipPart(bytes, timeStart, end)
    if (timeStart === timeEnd || skipBlanks(bytes, timeEnd, end) !== end) return badShape
    const value = readDecimal(bytes, valueStart, valueEnd)
    if (Number.isNaN(value)) return badValue
    const seconds = readDecimal(bytes, timeStart, timeEnd)
    const time = seconds === -1 ? receivedAt : Math.round(seconds * 1_000_000) / 1000
    if (!(time >= 0 && time <= maxTime)) return badTimestamp
    const series = findSeries(bytes, header)
    if (!('key' in series)) return series
    const exact = exactInteger(bytes, valueStart, valueEnd, value)
    const sample: Sample =
      time === receivedAt
        ? { series, time, value, kind: 'gauge' }
        : { series, time, value, kind: 'gauge', receivedAt }
    sink.sample(exact === undefined ? sample : { ...sample, exact })
    return undefined
  }

  return {
    parse(bytes, receivedAt, sink) {
      scanLines(bytes, maxLineBytes, sink, (start, end) => {
        const fault = takeLine(bytes, start, end, receivedAt, sink)
        if (fault !== undefined) sink.problem({ reason: fault.reason, message: fault.message, start, end })
      })
    },
  }
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && isBlank(bytes[at])) at += 1
  return at
}

function skipPart(bytes: Uint8Array, from: number, end: number): number {
  let at = from
  while (at < end && !isBlank(bytes[at])) at += 1
  return at
}

const isBlank = (byte: number | undefined): boolean => byte === space || byte === tab

/** The tag rules are carbon's: a tag is not empty and has none of `;!^=`, a value does not start with `~`. */
function readGraphiteSeries(header: string): Parsed<Series> {
  const [name = '', ...pairs] = header.split(';')
  const tags = new Map<string, string>()
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const category = pair.slice(0, equals)
    const value = pair.slice(equals + 1)
    if (equals < 1 || /[!^]/.test(category) || value.startsWith('~') || value === '') {
      return { ok: false, reason: 'bad-tag', offset: 0, message: 'each tag in a graphite name is key=value' }
    }
    // The last one of a repeated tag wins, as in carbon.
    tags.set(category, value)
  }
  return buildSeries(name, Object.fromEntries(tags))
}
