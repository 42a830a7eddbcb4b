import type { Histogram, Sample, SampleKind, Series } from '@tocsin/core'

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

const kindNumbers: ReadonlyMap<SampleKind, number> = new Map(sampleKinds.map((kind, index) => [kind, index]))

/** Texts by the number that stands for them in one frame. */
interface Dictionary {
  readonly numbers: Map<string, number>
  readonly bytes: ByteWriter
}

const createDictionary = (): Dictionary => ({ numbers: new Map(), bytes: createByteWriter() })

/** Encodes samples; keeps its buffers from one call to the next. `intern` gives the series that a key is read back as. */
export function createSampleEncoder(
  intern: (key: string) => Series,
): (samples: readonly Sample[]) => Uint8Array {
  const series = createDictionary()
  const sources = createDictionary()
  const body = createByteWriter()

  const seriesNumber = (key: string): number => {
    const known = series.numbers.get(key)
    if (known !== undefined) return known
    // Refused now, since it would not be read back as the same series.
    if (intern(key).key !== key) throw new RangeError(`"${key}" is not a canonical series name`)
    return add(series, key)
  }
  const sourceNumber = (source: string): number => sources.numbers.get(source) ?? add(sources, source)

  return (samples) => {
    for (const { numbers, bytes } of [series, sources]) {
      numbers.clear()
      bytes.reset()
    }
    body.reset()
    let lastTime = 0
    for (const sample of samples) {
      body.varint(seriesNumber(sample.series.key))
      lastTime = writeSample(body, sample, lastTime, sourceNumber)
    }
    return assemble(series, sources, samples.length, body)
  }
}

function add({ numbers, bytes }: Dictionary, text: string): number {
  bytes.string(text)
  numbers.set(text, numbers.size)
  return numbers.size - 1
}

/** Everything before the samples has to be known first, so the parts are put together at the end. */
function assemble(series: Dictionary, sources: Dictionary, samples: number, body: ByteWriter): Uint8Array {
  const counts = createByteWriter(32)
  const count = (value: number): Uint8Array => {
    counts.reset()
    counts.varint(value)
    return counts.written().slice()
  }
  return Buffer.concat([
    Uint8Array.of(sampleFormatVersion),
    count(series.numbers.size),
    series.bytes.written(),
    count(sources.numbers.size),
    sources.bytes.written(),
    count(samples),
    body.written(),
  ])
}

/** All of a sample but its series; gives the time that the next one is told relative to. */
function writeSample(
  body: ByteWriter,
  sample: Sample,
  lastTime: number,
  sourceNumber: (source: string) => number,
): number {
  const { time, value, kind: name } = sample
  if (typeof time !== 'number') throw notA('number', 'time')
  const kind = kindNumbers.get(name)
  if (kind === undefined) throw new RangeError(`"${name}" is not a kind of sample`)
  const delta = time - lastTime
  const exactTime = fitsZigzag(time) && fitsZigzag(delta)
  const extras = extrasOf(sample)
  const form = formOf(value)
  if (!isSample(sample)) throw new TypeError(`"value" must be one that samples of kind ${name} have`)
  body.byte(kind | (form << 4) | (exactTime ? 0 : timeIsDouble) | (extras === 0 ? 0 : hasExtras))
  if (extras !== 0) body.byte(extras)
  if (exactTime) body.zigzag(delta)
  else body.double(time)
  if (typeof value === 'string') body.string(value)
  else if (typeof value === 'object') writeHistogram(body, value)
  else if (form === valueInteger) body.zigzag(value)
  else body.double(value)
  if (extras !== 0) writeExtras(body, sample, sourceNumber)
  return exactTime ? time : lastTime
}

/** Whoever parsed a sample from elsewhere has no types: what is wrong is refused, not turned into something else. */
const notA = (type: string, field: string): TypeError => new TypeError(`"${field}" must be a ${type}`)

function formOf(value: Sample['value']): number {
  if (typeof value === 'number') {
    // Above 2^48 a varint is no shorter than a double.
    return value > -0x1_0000_0000_0000 && value < 0x1_0000_0000_0000 && fitsZigzag(value)
      ? valueInteger
      : valueDouble
  }
  if (typeof value === 'string') return valueText
  if (typeof value === 'object') return valueHistogram
  throw notA('number, a string or a histogram', 'value')
}

const extrasOf = ({ weight, exact, source, receivedAt }: Sample): number =>
  (weight === undefined ? 0 : extraWeight) |
  (exact === undefined ? 0 : extraExact) |
  (source === undefined ? 0 : extraSource) |
  (receivedAt === undefined ? 0 : extraReceivedAt)

function writeExtras(body: ByteWriter, sample: Sample, sourceNumber: (source: string) => number): void {
  const { weight, exact, source, receivedAt, time } = sample
  if (weight !== undefined) {
    if (typeof weight !== 'number') throw notA('number', 'weight')
    body.number(weight)
  }
  if (exact !== undefined) {
    if (typeof exact !== 'bigint') throw notA('bigint', 'exact')
    writeExact(body, exact)
  }
  if (source !== undefined) {
    if (typeof source !== 'string') throw notA('string', 'source')
    body.varint(sourceNumber(source))
  }
  if (receivedAt === undefined) return
  if (typeof receivedAt !== 'number') throw notA('number', 'receivedAt')
  // Mostly some milliseconds after the sample's own time.
  const delay = receivedAt - time
  const relative = fitsZigzag(delay) && fitsZigzag(receivedAt) && fitsZigzag(time)
  body.byte(relative ? 1 : 0)
  if (relative) body.zigzag(delay)
  else body.double(receivedAt)
}

/** Sign and length in one number, then the magnitude, highest byte first. */
function writeExact(body: ByteWriter, exact: bigint): void {
  const digits = (exact < 0n ? -exact : exact).toString(16)
  const hex = digits.length % 2 === 0 ? digits : `0${digits}`
  const length = hex.length / 2
  if (length > maxExactBytes)
    throw new RangeError(`"exact" has at most ${maxExactBytes} bytes, got ${length}`)
  body.varint(length * 2 + (exact < 0n ? 1 : 0))
  for (let at = 0; at < hex.length; at += 2) body.byte(Number.parseInt(hex.slice(at, at + 2), 16))
}

function writeHistogram(body: ByteWriter, { bins }: Histogram): void {
  body.varint(bins.length)
  for (const { value, exponent, count } of bins) {
    if (typeof value !== 'number' || typeof exponent !== 'number' || typeof count !== 'number') {
      throw notA('list of numbers', 'bins')
    }
    body.number(value)
    body.number(exponent)
    body.number(count)
  }
}

const utf8 = new TextEncoder()

/** Bytes that grow as they are written. */
interface ByteWriter {
  byte(value: number): void
  /** A whole number from 0 to 2^53 - 1, seven bits a byte, lowest first. */
  varint(value: number): void
  /** A whole number of at most 52 bits and a sign. */
  zigzag(value: number): void
  /** Eight bytes, little-endian. */
  double(value: number): void
  /** Length and UTF-8 bytes. Throws where the text is no well-formed Unicode, which UTF-8 would change. */
  string(text: string): void
  /** Any number: one byte more than a zigzag where that is exact, else a double. */
  number(value: number): void
  /** What was written; valid until the next write. */
  written(): Uint8Array
  /** Starts again from nothing. */
  reset(): void
}

/** Whether {@link ByteWriter.zigzag} gives the number back, -0 and fractions included. */
const fitsZigzag = (value: number): boolean =>
  value > -0x10_0000_0000_0000 &&
  value < 0x10_0000_0000_0000 &&
  Math.floor(value) === value &&
  (value !== 0 || 1 / value > 0)

function createByteWriter(firstBytes: number = 16 * 1024): ByteWriter {
  let bytes = new Uint8Array(firstBytes)
  let view = new DataView(bytes.buffer)
  let length = 0

  const reserve = (more: number): void => {
    if (length + more <= bytes.length) return
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + more))
    larger.set(bytes.subarray(0, length))
    bytes = larger
    view = new DataView(bytes.buffer)
  }
  const byte = (value: number): void => {
    reserve(1)
    bytes[length++] = value
  }
  const varint = (value: number): void => {
    reserve(8)
    let rest = value
    while (rest > 0x7fff_ffff) {
      bytes[length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      bytes[length++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[length++] = rest
  }
  const zigzag = (value: number): void => varint(value < 0 ? value * -2 - 1 : value * 2)
  const double = (value: number): void => {
    reserve(8)
    view.setFloat64(length, value, true)
    length += 8
  }
  const string = (text: string): void => {
    const start = length
    reserve(text.length * 3 + 8)
    // Nearly all names are ASCII and short: then the length is known, and a loop beats the encoder.
    varint(text.length)
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code > 127) {
        length = start
        if (!text.isWellFormed()) throw new RangeError('a text must be well-formed Unicode')
        const encoded = utf8.encode(text)
        varint(encoded.length)
        reserve(encoded.length)
        bytes.set(encoded, length)
        length += encoded.length
        return
      }
      bytes[length++] = code
    }
  }
  const number = (value: number): void => {
    if (fitsZigzag(value)) {
      byte(1)
      zigzag(value)
    } else {
      byte(0)
      double(value)
    }
  }
  const reset = (): void => {
    length = 0
    // One large frame must not hold its memory for ever.
    if (bytes.length <= 4 * 1024 * 1024) return
    bytes = new Uint8Array(firstBytes)
    view = new DataView(bytes.buffer)
  }
  return { byte, varint, zigzag, double, string, number, written: () => bytes.subarray(0, length), reset }
}
