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
import type { SeriesTable } from './series-table.ts'

type Extras = Pick<Sample, 'weight' | 'exact' | 'source' | 'receivedAt'>

const corrupt = (message: string): JournalError => new JournalError('JOURNAL_CORRUPT', message)

/** The samples of a frame. Throws `JOURNAL_CORRUPT` on bytes that no encoder wrote. */
export function decodeSamples(bytes: Uint8Array, table: SeriesTable): readonly Sample[] {
  const reader = new ByteReader(bytes)
  const version = reader.byte()
  if (version !== sampleFormatVersion) throw corrupt(`samples of version ${version} are not known`)
  const series = reader.series(table)
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
class ByteReader {
  readonly #buffer: Buffer
  readonly #view: DataView
  readonly #end: number
  #at = 0

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#buffer = Buffer.from(buffer, byteOffset, byteLength)
    this.#view = new DataView(buffer, byteOffset, byteLength)
    this.#end = byteLength
  }

  /** Whether everything was read. */
  get done(): boolean {
    return this.#at === this.#end
  }

  byte(): number {
    if (this.#at >= this.#end) throw this.#corrupt('the bytes end too early')
    return this.#view.getUint8(this.#at++)
  }

  varint(): number {
    const first = this.byte()
    return first < 128 ? first : this.#longVarint(first & 127)
  }

  /** A varint that counts things of at least `bytesEach` bytes, which must still be there: safe to allocate by. */
  count(bytesEach: number): number {
    const count = this.varint()
    if (count * bytesEach > this.#end - this.#at) throw this.#corrupt('a count is larger than what follows')
    return count
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : (value + 1) / -2
  }

  double(): number {
    return this.#view.getFloat64(this.#need(8), true)
  }

  number(): number {
    return this.byte() === 1 ? this.zigzag() : this.double()
  }

  string(): string {
    const length = this.varint()
    const from = this.#need(length)
    return this.#buffer.toString('utf8', from, from + length)
  }

  /** That many bytes as hexadecimal digits. */
  hex(length: number): string {
    const from = this.#need(length)
    return this.#buffer.toString('hex', from, from + length)
  }

  /** A list of series: their number and their keys. */
  series(table: SeriesTable): readonly Series[] {
    const from = this.#at
    const again = table.listedAgain(this.#buffer, from)
    if (again !== undefined) {
      this.#at += table.listBytes
      return again
    }
    const series: Series[] = []
    for (let left = this.count(2); left > 0; left -= 1) {
      const length = this.varint()
      series.push(table.read(this.#buffer, this.#view, this.#need(length), length))
    }
    table.keepList(this.#buffer.subarray(from, this.#at), series)
    return series
  }

  #longVarint(low: number): number {
    let value = low
    for (let factor = 128; factor < 2 ** 56; factor *= 128) {
      const next = this.byte()
      value += (next & 127) * factor
      if (next < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
    }
    throw this.#corrupt('a number is too long')
  }

  #need(length: number): number {
    const from = this.#at
    if (length > this.#end - from) throw this.#corrupt('the bytes end too early')
    this.#at = from + length
    return from
  }

  #corrupt(what: string): JournalError {
    return new JournalError('JOURNAL_CORRUPT', `${what} at byte ${this.#at} of a frame of samples`, {
      at: this.#at,
    })
  }
}
