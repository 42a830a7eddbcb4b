import type { Sample } from '@tocsin/core'

import { createInfluxNames, type InfluxNaming, type NoLine, unsupported } from './influx-names.ts'

/** How samples are written. */
export interface InfluxWriting extends InfluxNaming {
  readonly integers: 'exact' | 'counters'
}

/** The type of a field, in InfluxDB's words. */
type FieldType = 'float' | 'integer' | 'unsigned' | 'string'

/** A line without its end. */
interface InfluxLine {
  readonly measurement: string
  readonly field: string
  readonly type: FieldType
  readonly text: string
}

/** Writes samples as line protocol, in ms. */
export interface InfluxLines {
  /** How many bytes a sample takes, or why it has no line; 0 of what is nothing there. */
  weigh(sample: Sample): number | NoLine
  /** Its line; `undefined` where `weigh` gives none. */
  lineOf(sample: Sample): InfluxLine | undefined
}

interface Written {
  readonly type: FieldType
  readonly text: string
}

// The nanoseconds of a time are 64 bits.
const lastMs = 9_223_372_036_854
/** A blank, the time and the line feed. */
const tailBytes = 15
const noTime = unsupported('InfluxDB has times from 1677 to 2262 only')
const noHistogram = unsupported(
  'InfluxDB has no histograms; in front of the sink, make numbers of it, as rollup() does quantiles',
)
const noSet = unsupported(
  'InfluxDB has no sets; in front of the sink, make its size a number, as statsdAggregate() does',
)
const noNumber = unsupported('InfluxDB has finite numbers only')
const noText = unsupported('the text is no Unicode')
const noInteger: Readonly<Record<1 | 2, NoLine>> = {
  1: unsupported('InfluxDB 1 has integers of 64 bits with a sign only, and as a float it would lose digits'),
  2: unsupported('InfluxDB has integers of 64 bits only, and as a float it would lose digits'),
}

/** A writer of lines. Memory: 16 MiB of names. */
export function createInfluxLines(writing: InfluxWriting): InfluxLines {
  const nameOf = createInfluxNames(writing)
  const valueOf = (sample: Sample): Written | NoLine => writeValue(sample, writing)
  return {
    weigh(sample) {
      if (sample.kind === 'stale') return 0
      if (!(Math.abs(sample.time) <= lastMs)) return noTime
      const name = nameOf(sample.series)
      if ('reason' in name) return name
      const value = valueOf(sample)
      return 'reason' in value ? value : name.bytes + Buffer.byteLength(value.text) + tailBytes
    },
    lineOf(sample) {
      const name = nameOf(sample.series)
      const value = valueOf(sample)
      if ('reason' in name || 'reason' in value || sample.kind === 'stale') return undefined
      const text = `${name.head}${value.text} ${Math.round(sample.time)}`
      return { measurement: name.measurement, field: name.field, type: value.type, text }
    },
  }
}

function writeValue(sample: Sample, { version, integers }: InfluxWriting): Written | NoLine {
  const { kind, value, exact } = sample
  if (typeof value === 'object') return noHistogram
  if (kind === 'set') return noSet
  if (typeof value === 'string')
    return value.isWellFormed() ? { type: 'string', text: `"${value.replaceAll(/[\\"]/g, '\\$&')}"` } : noText
  if (exact !== undefined) return writeInteger(exact, version)
  if (!Number.isFinite(value)) return noNumber
  const isCounter = kind === 'counter' || kind === 'delta'
  if (integers === 'counters' && isCounter && Number.isSafeInteger(value))
    return { type: 'integer', text: `${value}i` }
  return { type: 'float', text: Object.is(value, -0) ? '-0' : String(value) }
}

function writeInteger(value: bigint, version: 1 | 2): Written | NoLine {
  if (BigInt.asIntN(64, value) === value) return { type: 'integer', text: `${value}i` }
  return version === 2 && BigInt.asUintN(64, value) === value
    ? { type: 'unsigned', text: `${value}u` }
    : noInteger[version]
}
