import {
  type Checks,
  type Defined,
  oneOf,
  resolveOptions,
  type Sample,
  type Series,
  wholeNumber,
} from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultNameBytes, nameBytesLimit } from '../option-checks.ts'
import { createHeader, readTags } from '../wire/header.ts'
import { createHeaderSeries, type HeaderFault } from '../wire/header-series.ts'
import type { LineParser, LineParserOptions } from '../wire/line-parser.ts'
import { lineTooLong } from '../wire/lines.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { createLine, isEndOfLine, noByte, readLine, skipLine, skipSpaces } from './influx-line.ts'
import { readInfluxSeries } from './influx-series.ts'
import { arrivalTime, type InfluxPrecision, readTime } from './influx-time.ts'
import { readValue } from './influx-value.ts'

/** Limits of a parser of line protocol, and how it reads timestamps. */
export interface InfluxParserOptions extends Omit<LineParserOptions, 'maxLineBytes'> {
  /**
   * Longest line, bytes, at most 262144.
   * @defaultValue 65536
   */
  readonly maxLineBytes?: number | undefined
  /**
   * What timestamps count where nothing else is said with a message.
   * @defaultValue `'ns'`
   */
  readonly precision?: InfluxPrecision | undefined
}

/** The defaults of {@link InfluxParserOptions}. */
export const defaultInfluxParser: Defined<InfluxParserOptions> = Object.freeze({
  maxLineBytes: 65_536,
  maxNameBytes: defaultNameBytes,
  precision: 'ns',
})

/** What {@link InfluxParserOptions} allow. */
export const influxParserChecks: Checks<InfluxParserOptions> = {
  maxLineBytes: wholeNumber(1, 262_144),
  maxNameBytes: nameBytesLimit,
  precision: oneOf('ns', 'us', 'ms', 's', 'm', 'h'),
}

/** A parser of line protocol: pure, no sockets, no clock. */
export interface InfluxParser extends LineParser {
  /**
   * Takes the lines of a message as `parse` does, in slices, for who has other things to do meanwhile: those that begin at `start` and in
   * the bytes behind it up to `until`.
   *
   * @param precision - what their timestamps count
   * @returns where the next line begins: the length of the bytes where there is none
   */
  parseSlice(
    bytes: Uint8Array,
    start: number,
    until: number,
    receivedAt: number,
    sink: ParseSink,
    precision?: InfluxPrecision,
  ): number
}

const badTime: HeaderFault = {
  reason: 'bad-timestamp',
  message: 'a timestamp is a whole number, as nanoseconds within 64 bits',
}
const badComment: HeaderFault = { reason: 'malformed', message: 'a comment has no control characters' }

/**
 * A parser of InfluxDB's line protocol, by the grammar of `influxdata/line-protocol` (version 2): each field is a sample,
 * `measurement.field`, and the field `value` has the name of its measurement; tags are tags. Numbers are kind `gauge`, those with `i` and `u`
 * with all their digits in `exact`; true and false are 1 and 0; texts are kind `text`, and may hold line feeds. A line of which any part
 * is wrong is refused whole, as one problem; one that names a tag twice is. A field that comes twice gives two samples, the later one
 * last. Comments and empty lines give nothing.
 *
 * What cannot be read ends at the first line feed outside of a text, as for InfluxDB: what stands in a text is never read as a line. A text
 * that does not end goes to the end of the message.
 *
 * Times are ms, to the microsecond. Names are those of series: trimmed, of at most 4095 characters with tags of at most 256.
 *
 * Memory: `maxNameBytes` of names, and the parts of one line.
 *
 * @example
 * ```ts
 * import { createInfluxParser } from '@tocsin/protocols/engine'
 *
 * const line = 'disk,host=web1 used=42.5,files=18446744073709551615u 1700000000000000000'
 * createInfluxParser().parse(Buffer.from(line), 0, {
 *   sample: ({ series, value, exact, time }) => {
 *     console.log(series.key, exact ?? value, time) // => disk.used|ST[host:web1] 42.5 1700000000000
 *     // => disk.files|ST[host:web1] 18446744073709551615n 1700000000000
 *   },
 *   problem: ({ message }) => console.error(message),
 * })
 * ```
 */
export function createInfluxParser(options: InfluxParserOptions = {}): InfluxParser {
  const resolved = resolveOptions<Defined<InfluxParserOptions>>(
    defaultInfluxParser,
    options,
    influxParserChecks,
    badOption,
  )
  const { maxLineBytes, maxNameBytes } = resolved
  const findSeries = createHeaderSeries<Series>(maxNameBytes, readInfluxSeries)
  const tooLong: HeaderFault = { reason: 'line-too-long', message: lineTooLong(maxLineBytes) }
  const header = createHeader()
  const line = createLine()
  const found: Series[] = []

  /** Finds what is wrong with any part of a line that is cut, before any part of it is handed on. */
  function readParts(bytes: Uint8Array): HeaderFault | undefined {
    const { items, count } = line.fields
    for (let index = 0; index < count; index += 1) {
      const field = items[index]
      if (field === undefined) continue
      const fault = readValue(bytes, field)
      if (fault !== undefined) return fault
      readTags(header, bytes, field.keyStart, field.keyEnd, noByte)
      const series = findSeries(bytes, header)
      if (!('key' in series)) return series
      found[index] = series
    }
    return undefined
  }

  function takeLine(
    bytes: Uint8Array,
    start: number,
    receivedAt: number,
    sink: ParseSink,
    precision: InfluxPrecision,
  ): HeaderFault | undefined {
    const { length } = bytes
    const fault = readLine(bytes, start, Math.min(length, start + maxLineBytes), line, header)
    if (fault !== undefined) return fault
    if (!isEndOfLine(bytes, line.at, length)) return tooLong
    const { timeStart, timeEnd } = line
    const time =
      timeStart === timeEnd
        ? arrivalTime(receivedAt, precision)
        : readTime(bytes, timeStart, timeEnd, precision)
    if (Number.isNaN(time)) return badTime
    const wrong = readParts(bytes)
    if (wrong !== undefined) return wrong
    const { items, count } = line.fields
    for (let index = 0; index < count; index += 1) {
      const series = found[index]
      const field = items[index]
      if (series !== undefined && field !== undefined)
        sink.sample(sampleOf(series, field.value, field.exact, time, receivedAt))
    }
    return undefined
  }

  function parseSlice(
    bytes: Uint8Array,
    start: number,
    until: number,
    receivedAt: number,
    sink: ParseSink,
    precision: InfluxPrecision = resolved.precision,
  ): number {
    const { length } = bytes
    let at = start
    while (at < until && at < length) {
      const from = skipSpaces(bytes, at, length)
      const isComment = bytes[from] === 0x23
      let fault: HeaderFault | undefined
      let end = from
      if (isComment) {
        const feed = bytes.indexOf(0x0a, from)
        end = feed < 0 ? length : feed
        fault = hasControl(bytes, from, end) ? badComment : undefined
      } else if (!isEndOfLine(bytes, from, length)) {
        fault = takeLine(bytes, from, receivedAt, sink, precision)
        end = fault === undefined ? line.at : skipLine(bytes, from, length)
      }
      if (fault !== undefined) {
        const { reason, message } = end - from > maxLineBytes ? tooLong : fault
        sink.problem({ reason, message, start: from, end })
      }
      at = bytes[end] === 0x0d ? end + 2 : end + 1
    }
    return Math.min(at, length)
  }

  return {
    parseSlice,
    parse(bytes, receivedAt, sink) {
      parseSlice(bytes, 0, bytes.length, receivedAt, sink)
    },
  }
}

/** But for the CR before a line feed. */
function hasControl(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1] === 0x0d ? end - 1 : end
  for (let at = start; at < last; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte < 0x20 || byte === 0x7f) return true
  }
  return false
}

function sampleOf(
  series: Series,
  value: number | string,
  exact: bigint | undefined,
  time: number,
  receivedAt: number,
): Sample {
  if (typeof value === 'string') {
    return time === receivedAt
      ? { series, time, value, kind: 'text' }
      : { series, time, value, kind: 'text', receivedAt }
  }
  const sample: Sample =
    time === receivedAt
      ? { series, time, value, kind: 'gauge' }
      : { series, time, value, kind: 'gauge', receivedAt }
  return exact === undefined ? sample : { ...sample, exact }
}
