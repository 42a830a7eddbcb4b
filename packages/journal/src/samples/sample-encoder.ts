import type { Histogram, Sample, SampleKind, Series } from '@tocsin/core'

import type { FrameEncoder } from '../format/codec.ts'
import type { ByteWriter } from './byte-writer.ts'
import { createByteWriter, fitsZigzag } from './byte-writer.ts'
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
class Dictionary {
  readonly bytes = createByteWriter()
  readonly #numbers = new Map<string, number>()

  get size(): number {
    return this.#numbers.size
  }

  find(text: string): number | undefined {
    return this.#numbers.get(text)
  }

  add(text: string): number {
    this.bytes.string(text)
    this.#numbers.set(text, this.#numbers.size)
    return this.#numbers.size - 1
  }

  place(): DictionaryPlace {
    return { size: this.size, bytes: this.bytes.length }
  }

  /** Forgets what was added since. */
  goBack({ size, bytes }: DictionaryPlace): void {
    this.bytes.cut(bytes)
    if (size === 0) this.#numbers.clear()
    else if (size < this.size) {
      for (const [text, number] of this.#numbers) if (number >= size) this.#numbers.delete(text)
    }
  }
}

interface DictionaryPlace {
  readonly size: number
  readonly bytes: number
}

/** How far an encoder has come. */
interface Place {
  readonly series: DictionaryPlace
  readonly sources: DictionaryPlace
  readonly bytes: number
  readonly samples: number
  readonly lastTime: number
}

const nothing: DictionaryPlace = { size: 0, bytes: 0 }

const start: Place = { series: nothing, sources: nothing, bytes: 0, samples: 0, lastTime: 0 }

/** Most bytes of the three counts and the version. */
const countsBytes = 16

/** Encodes samples; keeps its buffers from one frame to the next. `intern` gives the series that a key is read back as. */
export class SampleEncoder implements FrameEncoder<Sample> {
  readonly #intern: (key: string) => Series
  readonly #series = new Dictionary()
  readonly #sources = new Dictionary()
  readonly #body = createByteWriter()
  #samples = 0
  #lastTime = 0

  constructor(intern: (key: string) => Series) {
    this.#intern = intern
  }

  add(samples: readonly Sample[], most: number): number {
    const before = this.#place()
    try {
      for (const sample of samples) {
        this.#body.varint(this.#seriesNumber(sample.series.key))
        this.#lastTime = writeSample(this.#body, sample, this.#lastTime, this.#sourceNumber)
        this.#samples += 1
        if (this.#length > most) break
      }
    } catch (error) {
      this.#goBack(before)
      throw error
    }
    const length = this.#length
    if (length > most) this.#goBack(before)
    return length
  }

  body(): Uint8Array {
    return assemble(this.#series, this.#sources, this.#samples, this.#body)
  }

  reset(): void {
    this.#goBack(start)
  }

  get #length(): number {
    return countsBytes + this.#series.bytes.length + this.#sources.bytes.length + this.#body.length
  }

  #place(): Place {
    return {
      series: this.#series.place(),
      sources: this.#sources.place(),
      bytes: this.#body.length,
      samples: this.#samples,
      lastTime: this.#lastTime,
    }
  }

  #goBack({ series, sources, bytes, samples, lastTime }: Place): void {
    this.#series.goBack(series)
    this.#sources.goBack(sources)
    this.#body.cut(bytes)
    this.#samples = samples
    this.#lastTime = lastTime
  }

  readonly #sourceNumber = (source: string): number => this.#sources.find(source) ?? this.#sources.add(source)

  #seriesNumber(key: string): number {
    const known = this.#series.find(key)
    if (known !== undefined) return known
    // Refused now, since it would not be read back as the same series.
    if (this.#intern(key).key !== key) throw new RangeError(`"${key}" is not a canonical series name`)
    return this.#series.add(key)
  }
}

/** Everything before the samples has to be known first, so the parts are put together at the end. */
function assemble(series: Dictionary, sources: Dictionary, samples: number, body: ByteWriter): Uint8Array {
  const counts = createByteWriter(32)
  const count = (value: number): Uint8Array => {
    counts.cut(0)
    counts.varint(value)
    return counts.written().slice()
  }
  return Buffer.concat([
    Uint8Array.of(sampleFormatVersion),
    count(series.size),
    series.bytes.written(),
    count(sources.size),
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
