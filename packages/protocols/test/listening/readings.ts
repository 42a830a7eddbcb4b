import { buildSeries, resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../../src/errors.ts'
import {
  lineChecks,
  lineDefaults,
  lineSource,
  type LineSourceOptions,
  type ResolvedLines,
} from '../../src/listening/line-source.ts'
import type { Source } from '../../src/source/source.ts'
import { readDecimal } from '../../src/wire/decimal.ts'
import { createHeader, readName } from '../../src/wire/header.ts'
import { createHeaderSeries } from '../../src/wire/header-series.ts'
import {
  resolveLineParserOptions,
  type LineParser,
  type LineParserOptions,
} from '../../src/wire/line-parser.ts'
import { scanLines } from '../../src/wire/lines.ts'

const equals = 0x3d

/** The parser: lines `name=value`. */
function createReadingParser(options: LineParserOptions): LineParser {
  const { maxLineBytes, maxNameBytes } = resolveLineParserOptions(options)
  const findSeries = createHeaderSeries(maxNameBytes, (name) => buildSeries(name))
  const header = createHeader()
  return {
    parse(bytes, receivedAt, sink) {
      scanLines(bytes, maxLineBytes, sink, (start, end) => {
        const nameEnd = readName(header, bytes, start, end, equals, equals)
        const value = readDecimal(bytes, nameEnd + 1, end)
        const series = findSeries(bytes, header)
        if (Number.isNaN(value))
          sink.problem({ reason: 'bad-value', message: 'a line is name=number', start, end })
        else if ('key' in series) sink.sample({ series, time: receivedAt, value, kind: 'gauge' })
        else sink.problem({ ...series, start, end })
      })
    },
  }
}

/** The definition: all options of a listener, and the port and transport that it has of its own. */
export const readings = (options: LineSourceOptions = {}): Source<Sample> =>
  lineSource(
    'readings',
    resolveOptions<ResolvedLines>(lineDefaults(7007, 'udp'), options, lineChecks, badOption),
    createReadingParser,
  )
