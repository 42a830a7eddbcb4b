import type { Histogram, Sample, Series } from '@tocsin/core'

import { JournalError } from '../errors.ts'
import {
  extraExact,
  extraReceivedAt,
  extraSource,
  extraWeight,
  hasExtras,
  isSample,
  maxExactBytes,
  sampleFormatVersion,
  sampleKinds,
  timeIsDouble,
  valueDouble,
  valueHistogram,
  valueInteger,
  valueText,
} from './sample-format.ts'

type Extras = Pick<Sample, 'weight' | 'exact' | 'source' | 'receivedAt'>

const corrupt = (message: string): JournalError => new JournalError('JOURNAL_CORRUPT', message)

/** The samples of a frame. Throws `JOURNAL_CORRUPT` on bytes that no encoder wrote. */
export function decodeSamples(bytes: Uint8Array, intern: (key: string) => Series): readonly Sample[] {
  const reader = createByteReader(bytes)
  const version = reader.byte()
  if (version !== sampleFormatVersion) throw corrupt(`samples of version ${version} are not known`)
  const series: Series[] = []
  for (let left = reader.count(2); left > 0; left -= 1) series.push(intern(reader.string()))
  const sources: string[] = []
  for (let left = reader.count(1); left > 0; left -= 1) sources.push(reader.string())
  const samples: Sample[] = []
  let lastTime = 0
  for (let left = reader.count(4); left > 0; left -= 1) {
    const known = series[reader.varint()]
    if (known === undefined) throw corrupt('a sample has a series that its frame does not list')
    const head = reader.byte()
    const extras = (head & hasExtras) === 0 ? 0 : reader.byte()
    const time = (head & timeIsDouble) === 0 ? (lastTime += reader.zigzag()) : reader.double()
    const kind = sampleKinds[head & 15]
    if (kind === undefined) throw corrupt('a sample has an unknown kind')
    const value = readValue(reader, (head >> 4) & 3)
    const sample =
      extras === 0
        ? { series: known, time, value, kind }
        : { series: known, time, value, kind, ...readExtras(reader, extras, time, sources) }
    if (!isSample(sample)) throw corrupt(`a sample of kind ${kind} has a value of another kind`)
    samples.push(sample)
  }
  if (!reader.done) throw corrupt('bytes follow the last sample')
  return samples
}

function readValue(reader: ByteReader, form: number): number | string | Histogram {
  if (form === valueInteger) return reader.zigzag()
  if (form === valueDouble) return reader.double()
  if (form === valueText) return reader.string()
  return form === valueHistogram ? readHistogram(reader) : Number.NaN
}

function readHistogram(reader: ByteReader): Histogram {
  const bins: Histogram['bins'][number][] = []
  for (let left = reader.count(6); left > 0; left -= 1) {
    bins.push({ value: reader.number(), exponent: reader.number(), count: reader.number() })
  }
  return { bins }
}

function readExtras(reader: ByteReader, extras: number, time: number, sources: readonly string[]): Extras {
  const read: { -readonly [Name in keyof Extras]: Extras[Name] } = {}
  if ((extras & extraWeight) !== 0) read.weight = reader.number()
  if ((extras & extraExact) !== 0) read.exact = readExact(reader)
  if ((extras & extraSource) !== 0) {
    const source = sources[reader.varint()]
    if (source === undefined) throw corrupt('a sample has a source that its frame does not list')
    read.source = source
  }
  if ((extras & extraReceivedAt) !== 0) {
    read.receivedAt = reader.byte() === 1 ? time + reader.zigzag() : reader.double()
  }
  return read
}

function readExact(reader: ByteReader): bigint {
  const head = reader.varint()
  const length = Math.floor(head / 2)
  if (length < 1 || length > maxExactBytes) throw corrupt(`an exact value of ${length} bytes`)
  const magnitude = BigInt(`0x${reader.hex(length)}`)
  return head % 2 === 0 ? magnitude : -magnitude
}

/** Reads what a {@link ByteWriter} wrote; throws `JOURNAL_CORRUPT` instead of reading past the end. */
interface ByteReader {
  byte(): number
  varint(): number
  /** A varint that counts things of at least `bytesEach` bytes, which must still be there: safe to allocate by. */
  count(bytesEach: number): number
  zigzag(): number
  double(): number
  string(): string
  number(): number
  /** That many bytes as hexadecimal digits. */
  hex(length: number): string
  /** Whether everything was read. */
  readonly done: boolean
}

function createByteReader(bytes: Uint8Array): ByteReader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length
  let at = 0

  const corrupt = (what: string): JournalError =>
    new JournalError('JOURNAL_CORRUPT', `${what} at byte ${at} of a frame of samples`, { at })
  const need = (length: number): number => {
    const from = at
    if (length > end - from) throw corrupt('the bytes end too early')
    at = from + length
    return from
  }
  const byte = (): number => {
    if (at >= end) throw corrupt('the bytes end too early')
    return bytes[at++] ?? 0
  }
  const varint = (): number => {
    let value = byte()
    if (value < 128) return value
    value &= 127
    for (let factor = 128; factor < 2 ** 56; factor *= 128) {
      const next = byte()
      value += (next & 127) * factor
      if (next < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
    }
    throw corrupt('a number is too long')
  }
  const zigzag = (): number => {
    const value = varint()
    return value % 2 === 0 ? value / 2 : (value + 1) / -2
  }
  const double = (): number => view.getFloat64(need(8), true)
  return {
    byte,
    varint,
    count: (bytesEach) => {
      const count = varint()
      if (count * bytesEach > end - at) throw corrupt('a count is larger than what follows')
      return count
    },
    zigzag,
    double,
    string: () => {
      const length = varint()
      const from = need(length)
      return buffer.toString('utf8', from, from + length)
    },
    number: () => (byte() === 1 ? zigzag() : double()),
    hex: (length) => {
      const from = need(length)
      return buffer.toString('hex', from, from + length)
    },
    get done() {
      return at === end
    },
  }
}
