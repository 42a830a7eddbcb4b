import type { Sample, Series } from '@tocsin/core'

import type { ParseProblem } from '../../source/problem.ts'
import { exactInteger, readDecimal } from '../../wire/decimal.ts'
import { type Header, readName } from '../../wire/header.ts'
import { lineTooLong } from '../../wire/lines.ts'
import type { SeriesCache } from '../../wire/series-cache.ts'
import type { MetricMetadata } from '../metric-metadata.ts'
import { createClassicHistograms } from './classic-histogram.ts'
import { readExemplar, type Exemplar } from './exemplar.ts'
import { createFamilies } from './families.ts'
import { afterEnd, badShape, badTime, badValue, blankLine, type Fault, malformed, noEnd } from './faults.ts'
import { type MetadataLine, readMetadataLine } from './metadata-line.ts'
import { readWord } from './metric-value.ts'
import type { ResolvedPrometheusParser } from './prometheus-options.ts'
import { headerEnd, lineEnd, skipTokenBlanks, tokenEnd } from './scan-header.ts'
import { findSeriesEntry, type SeriesEntry } from './series-entry.ts'

/** What a parser keeps from one exposition to the next. */
export interface ParserState {
  readonly limits: ResolvedPrometheusParser
  readonly header: Header
  /** By names and labels, and by whole lines of metadata, which alone start with `#`. */
  readonly known: SeriesCache<SeriesEntry | MetadataLine>
  /** How many there were. */
  expositions: number
}

/** One exposition: what is found in it, and the fault by which all of it is refused. */
export interface Exposition {
  read(): ParseProblem | undefined
  readonly samples: readonly Sample[]
  /** Each with the number of samples that stand before it. */
  readonly problems: readonly { readonly before: number; readonly problem: ParseProblem }[]
  readonly exemplars: readonly Exemplar[]
  readonly metadata: readonly MetricMetadata[]
  readonly filtered: number
}

const lineFeed = 0x0a
const space = 0x20
const hash = 0x23
const openBrace = 0x7b
const noByte = -1
/** The last ms of a `Date`. */
const lastTime = 8.64e15

/** The time of a sample that has none. */
const noTime = Number.NaN

/** Reads an exposition in one scan. */
export function createExposition(state: ParserState, bytes: Uint8Array, receivedAt: number): Exposition {
  const { limits, header, known, expositions } = state
  const { format, maxLineBytes, maxBodyBytes, maxSamples, maxLabels } = limits
  const isStrict = format === 'openmetrics'
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const families = createFamilies(format)
  const folded = limits.histograms === 'bins' ? createClassicHistograms() : undefined
  const samples: Sample[] = []
  const problems: { before: number; problem: ParseProblem }[] = []
  const exemplars: Exemplar[] = []
  let filtered = 0
  let lines = 0
  let isOver = false
  /** Where the line ends. */
  let end = 0

  const tooLong: Fault = { reason: 'line-too-long', message: lineTooLong(maxLineBytes) }

  const tell = (problem: ParseProblem): void => {
    problems.push({ before: samples.length, problem })
  }

  function takeMetadata(start: number): Fault | undefined {
    readName(header, bytes, start, end, noByte, noByte)
    let line = known.find(header)
    if (line === undefined || line.says === 'sample') {
      line = readMetadataLine(bytes, start, end, format)
      // Comments may be different ones each time.
      if (line.says !== 'comment') known.store(header, line)
    }
    return applyMetadata(line)
  }

  function applyMetadata(line: MetadataLine): Fault | undefined {
    switch (line.says) {
      case 'nothing':
        return malformed(line.message)
      case 'end':
        isOver = true
        return undefined
      case 'comment':
        return undefined
      case 'type':
      case 'help':
      case 'unit': {
        const fault = families.metadata(line)
        return fault === undefined ? undefined : malformed(fault)
      }
    }
  }

  function takeSample(start: number): Fault | undefined {
    const headerStop = headerEnd(bytes, start, end, isStrict)
    if (headerStop < 0 || headerStop === end) return badShape
    const entry = findSeriesEntry(known, header, bytes, start, headerStop, isStrict, maxLabels)
    if (entry.fault?.isWhole === true) return entry.fault
    if (isStrict && bytes[headerStop] !== space) return badShape
    const valueStart = isStrict ? headerStop + 1 : skipTokenBlanks(bytes, headerStop, end)
    return takeBehind(entry, start, valueStart, tokenEnd(bytes, valueStart))
  }

  /** A line whose head, up to a blank, or all of which came before behind the same line as now. */
  function takeKnown(line: SeriesEntry | MetadataLine, start: number, headEnd: number): Fault | undefined {
    if (line.says !== 'sample') {
      end = headEnd
      if (end - start > maxLineBytes) return tooLong
      return isOver ? afterEnd : applyMetadata(line)
    }
    const valueStart = headEnd + 1
    const first = bytes[valueStart] ?? 0
    // More blanks, behind which labels may stand.
    if (isOver || first <= space || first === openBrace) return takeLine(start)
    const valueEnd = tokenEnd(bytes, valueStart)
    end = bytes[valueEnd] === lineFeed ? valueEnd : lineEnd(bytes, valueEnd)
    if (end - start > maxLineBytes) return tooLong
    return line.fault?.isWhole === true ? line.fault : takeBehind(line, start, valueStart, valueEnd)
  }

  /** What stands behind the header. */
  function takeBehind(
    entry: SeriesEntry,
    start: number,
    valueStart: number,
    valueEnd: number,
  ): Fault | undefined {
    const decimal = readDecimal(bytes, valueStart, valueEnd)
    const value = Number.isNaN(decimal) ? readWord(bytes, valueStart, valueEnd) : decimal
    if (value === undefined) return badValue
    if (valueEnd === end) return takeValue(entry, value, noTime, start, valueStart, valueEnd)
    if (isStrict && bytes[valueEnd] !== space) return badShape
    return takeRest(entry, value, start, valueStart, valueEnd)
  }

  /** What stands behind the value: a time, an exemplar. */
  function takeRest(
    entry: SeriesEntry,
    value: number,
    start: number,
    valueStart: number,
    valueEnd: number,
  ): Fault | undefined {
    const timeStart = isStrict ? valueEnd + 1 : skipTokenBlanks(bytes, valueEnd, end)
    if (timeStart === end && !isStrict) return takeValue(entry, value, noTime, start, valueStart, valueEnd)
    const hasTime = bytes[timeStart] !== hash || !isStrict
    const timeEnd = hasTime ? tokenEnd(bytes, timeStart) : valueEnd
    const time = hasTime ? readTime(bytes, timeStart, timeEnd, isStrict) : noTime
    if (hasTime && Number.isNaN(time)) return badTime
    const rest = isStrict ? timeEnd : skipTokenBlanks(bytes, timeEnd, end)
    if (rest === end) return takeValue(entry, value, time, start, valueStart, valueEnd)
    if (!isStrict) return badShape
    const exemplar = readExemplar(bytes, rest, end)
    if (typeof exemplar === 'string') return malformed(exemplar)
    const fault = takeValue(entry, value, time, start, valueStart, valueEnd)
    if (fault !== undefined || entry.fault !== undefined) return fault
    if (entry.role.part !== 'bucket' && entry.role.suffix !== '_total')
      return malformed('an exemplar stands behind a counter or a bucket')
    exemplars.push({ series: entry.series, sampleTime: timeOf(time), ...exemplar })
    return undefined
  }

  const timeOf = (time: number): number => (Number.isNaN(time) ? receivedAt : time)

  function takeValue(
    entry: SeriesEntry,
    value: number,
    time: number,
    start: number,
    valueStart: number,
    valueEnd: number,
  ): Fault | undefined {
    lines += 1
    if (lines > maxSamples)
      return { reason: 'too-many-values', message: `an exposition has at most ${maxSamples} samples` }
    if (entry.fault !== undefined) {
      tell({ reason: entry.fault.reason, message: entry.fault.message, start, end })
      return undefined
    }
    const fault = families.sample(entry, value, time)
    if (fault !== undefined) return malformed(fault)
    if (Number.isNaN(time)) {
      if (entry.plain.seenIn === expositions) {
        tell({ reason: 'repeated', message: 'this series came before in the same exposition', start, end })
        return undefined
      }
      entry.plain.seenIn = expositions
    } else if (!(Math.abs(time) <= lastTime)) {
      tell({ reason: 'bad-timestamp', message: 'no clock shows this time', start, end })
      return undefined
    }
    const { role, type } = entry
    // Without one bucket that is no number the others would be another histogram: it is judged with them.
    if (folded !== undefined && type !== 'summary' && (role.part === 'bucket' || role.part === 'count'))
      folded.take(entry, value, timeOf(time), start, end)
    else if (!Number.isFinite(value)) filtered += 1
    else samples.push(sampleOf(entry, value, time, exactInteger(bytes, valueStart, valueEnd, value)))
    return undefined
  }

  /** A literal for each shape: to copy an object with a number that is no integer takes microseconds. */
  function sampleOf(
    { series: of, role: { kind } }: SeriesEntry,
    value: number,
    time: number,
    exact: bigint | undefined,
  ): Sample {
    const isNow = Number.isNaN(time) || time === receivedAt
    if (exact === undefined)
      return isNow
        ? { series: of, time: receivedAt, value, kind }
        : { series: of, time, value, kind, receivedAt }
    return isNow
      ? { series: of, time: receivedAt, value, kind, exact }
      : { series: of, time, value, kind, receivedAt, exact }
  }

  function takeLine(start: number): Fault | undefined {
    end = lineEnd(bytes, start)
    if (end - start > maxLineBytes) return tooLong
    if (isOver) return afterEnd
    const from = isStrict ? start : skipTokenBlanks(bytes, start, end)
    if (from === end) return isStrict ? blankLine : undefined
    return bytes[from] === hash ? takeMetadata(from) : takeSample(from)
  }

  function finish(): Fault | undefined {
    if (isStrict && !isOver) return noEnd
    const fault = families.end()
    if (fault !== undefined) return malformed(fault)
    folded?.finish(
      (of: Series, value, time) => {
        const kind = 'histogram'
        samples.push(
          time === receivedAt
            ? { series: of, time, value, kind }
            : { series: of, time, value, kind, receivedAt },
        )
      },
      (entry, value, time) => samples.push(sampleOf(entry, value, time, undefined)),
      tell,
    )
    return undefined
  }

  function takeAll(): ParseProblem | undefined {
    const { length } = bytes
    if (length > maxBodyBytes)
      return {
        reason: 'body-too-large',
        message: `an exposition has at most ${maxBodyBytes} bytes`,
        start: 0,
        end: length,
      }
    for (let start = 0; start < length;) {
      const line = known.follow(view, start, bytes[start] === hash ? lineFeed : space)
      const fault = line === undefined ? takeLine(start) : takeKnown(line, start, known.followedEnd)
      if (fault !== undefined) return { reason: fault.reason, message: fault.message, start, end }
      start = end + 1
    }
    const fault = finish()
    return fault && { reason: fault.reason, message: fault.message, start: 0, end: length }
  }

  return {
    samples,
    problems,
    exemplars,
    get metadata() {
      return families.all
    },
    get filtered() {
      return filtered
    },
    read: takeAll,
  }
}

/** A time in ms, or NaN where it is none. */
function readTime(bytes: Uint8Array, start: number, end: number, isStrict: boolean): number {
  const time = readDecimal(bytes, start, end)
  if (isStrict) return Math.round(time * 1e6) / 1000
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if ((byte < 0x30 || byte > 0x39) && (at > start || byte !== 0x2d)) return Number.NaN
  }
  return time
}
