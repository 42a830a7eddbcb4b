import { type Checks, type Defined, resolveOptions } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { limit } from '../option-checks.ts'
import { skipBlanks, skipPart } from '../wire/blanks.ts'
import { exactInteger, readDecimal } from '../wire/decimal.ts'
import { createHeader, readName } from '../wire/header.ts'
import type { LineParser, LineParserOptions } from '../wire/line-parser.ts'
import { scanLines } from '../wire/lines.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import {
  createPoints,
  defaultPointOptions,
  noByte,
  pointChecks,
  type PointFault,
  type PointOptions,
} from './graphite-point.ts'

/** Limits of {@link createGraphiteParser}, and how it reads timestamps. */
export interface GraphiteParserOptions extends LineParserOptions, PointOptions {}

const defaults: Defined<GraphiteParserOptions> = { ...defaultPointOptions, maxLineBytes: 8192 }
const checks: Checks<GraphiteParserOptions> = { ...pointChecks, maxLineBytes: limit }
const badShape: PointFault = {
  reason: 'malformed',
  message: 'a line is name value timestamp, three parts separated by blanks',
}

/**
 * A parser of graphite's plaintext lines, `name[;tag=value…] value timestamp` or `name{tag="value",…} value timestamp`, as carbon takes
 * them: parts separated by any run of blanks, seconds possibly with a fraction, `-1` for the time of arrival. Not a number and infinity
 * are bad values. Memory: `maxNameBytes` of names.
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
export function createGraphiteParser(options: GraphiteParserOptions = {}): LineParser {
  const { maxLineBytes, ...points } = resolveOptions<Defined<GraphiteParserOptions>>(
    defaults,
    options,
    checks,
    badOption,
  )
  const takePoint = createPoints(points)
  const header = createHeader()

  function takeLine(
    bytes: Uint8Array,
    start: number,
    end: number,
    receivedAt: number,
    sink: ParseSink,
  ): PointFault | undefined {
    const nameStart = skipBlanks(bytes, start, end)
    const nameEnd = skipPart(bytes, nameStart, end)
    const valueStart = skipBlanks(bytes, nameEnd, end)
    const valueEnd = skipPart(bytes, valueStart, end)
    const timeStart = skipBlanks(bytes, valueEnd, end)
    const timeEnd = skipPart(bytes, timeStart, end)
    if (timeStart === timeEnd || skipBlanks(bytes, timeEnd, end) !== end) return badShape
    const value = readDecimal(bytes, valueStart, valueEnd)
    const timestamp = readDecimal(bytes, timeStart, timeEnd)
    const exact = exactInteger(bytes, valueStart, valueEnd, value)
    readName(header, bytes, nameStart, nameEnd, noByte, noByte)
    return takePoint(bytes, header, timestamp, value, exact, receivedAt, sink)
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
