import { histogramBin, type Histogram } from '@tocsin/core'

import type { HeaderFault } from '../wire/header-series.ts'
import { ProtobufCursor, wireTypes } from '../wire/binary/protobuf-cursor.ts'

/** A native histogram as it is read; one object is filled again and again. */
interface NativeHistogram {
  time: number
  /** Whether it says that the series is gone. */
  isStale: boolean
}

const fault = (message: string): HeaderFault => ({ reason: 'bad-value', message })

const broken: HeaderFault = { reason: 'malformed', message: 'a histogram is no message of protobuf' }
const badSchema = fault('the schema of a histogram is -53, or from -4 to 8')
const badSpans = fault('the spans of a histogram are of as many buckets as it has, in their order')
const badCounts = fault('the buckets of a histogram hold at least none, and at most 2^53 together')
const badCount = fault('the count of a histogram is that of its buckets together')
const mixed = fault('a histogram has whole counts or decimal ones, not both')
const badBounds = fault(
  'custom bounds of a histogram rise, and there are as many as buckets, but for the last',
)
const notCustom = fault('a histogram with custom bounds has neither negative nor zero buckets')
const beyond = fault('a bound of a histogram is beyond 1e128')

/** Buckets of one sign. */
interface Side {
  readonly offsets: number[]
  readonly lengths: number[]
  readonly deltas: number[]
  readonly counts: number[]
}

const newSide = (): Side => ({ offsets: [], lengths: [], deltas: [], counts: [] })
const customSchema = -53
const maxCount = 2 ** 53

/** Reads native histograms of both versions, one after the other. */
export class NativeHistogramReader implements NativeHistogram {
  time = 0
  isStale = false
  /** All that was measured together; NaN where that is not known. */
  sum = 0
  /** How many numbers it has: buckets, spans and bounds. */
  size = 0
  readonly #fields = new ProtobufCursor()
  readonly #inner = new ProtobufCursor()
  readonly #negative = newSide()
  readonly #positive = newSide()
  readonly #bounds: number[] = []
  #schema = 0
  #count = 0
  #zeroCount = 0
  #isFloat = false
  #isSumKnown = true

  /** Reads a message; gives what is wrong. No more than so many numbers are kept of it. */
  read(
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    mostNumbers: number,
  ): HeaderFault | undefined {
    for (const side of [this.#negative, this.#positive])
      side.offsets.length = side.lengths.length = side.deltas.length = side.counts.length = 0
    this.#bounds.length = this.#schema = this.#count = this.#zeroCount = this.time = this.size = 0
    this.#isFloat = this.isStale = false
    this.#isSumKnown = true
    this.sum = 0
    const fields = this.#fields
    fields.open(bytes, start, end)
    while (fields.next()) {
      if (!this.#take(bytes, view) || this.size > mostNumbers) return broken
    }
    return fields.isBroken ? broken : undefined
  }

  /** Takes the field that the cursor is at; `false` where it is of another type than it should be. */
  #take(bytes: Uint8Array, view: DataView): boolean {
    const fields = this.#fields
    const { field, wireType, start } = fields
    const isVarint = wireType === wireTypes.varint
    const isDouble = wireType === wireTypes.fixed64
    switch (field) {
      case 1:
        this.#count = fields.unsigned
        return isVarint
      case 2:
        this.#isFloat = true
        return isDouble
      case 3:
        if (!isDouble) return false
        this.isStale = isStaleAt(view, start)
        this.sum = view.getFloat64(start, true)
        this.#isSumKnown = !Number.isNaN(this.sum)
        return true
      case 4:
        this.#schema = fields.zigzag
        return isVarint
      case 6:
        this.#zeroCount = fields.unsigned
        return isVarint
      case 7:
        if (isDouble) this.#zeroCount = view.getFloat64(start, true)
        return isDouble
      case 8:
        return this.#takeSpan(bytes, this.#negative)
      case 9:
        return this.#takeDeltas(bytes, this.#negative.deltas)
      case 10:
        return this.#takeDoubles(view, this.#negative.counts)
      case 11:
        return this.#takeSpan(bytes, this.#positive)
      case 12:
        return this.#takeDeltas(bytes, this.#positive.deltas)
      case 13:
        return this.#takeDoubles(view, this.#positive.counts)
      case 15:
        this.time = fields.signed
        return isVarint
      case 16:
        return this.#takeDoubles(view, this.#bounds)
      default:
        // The width of the zero bucket, a hint of resets, the start, and what nobody has thought of yet.
        return true
    }
  }

  #takeSpan(bytes: Uint8Array, { offsets, lengths }: Side): boolean {
    if (this.#fields.wireType !== wireTypes.bytes) return false
    const inner = this.#inner
    let [offset, length] = [0, 0]
    inner.open(bytes, this.#fields.start, this.#fields.end)
    while (inner.next()) {
      if (inner.field > 2) continue
      if (inner.wireType !== wireTypes.varint) return false
      if (inner.field === 1) offset = inner.zigzag
      else length = inner.unsigned
    }
    offsets.push(offset)
    lengths.push(length)
    this.size += 1
    return !inner.isBroken
  }

  /** A list of numbers stands in one field, or each in a field of its own. */
  #takeDeltas(bytes: Uint8Array, deltas: number[]): boolean {
    const { wireType, start, end } = this.#fields
    if (wireType !== wireTypes.bytes && wireType !== wireTypes.varint) return false
    const inner = this.#inner
    inner.open(bytes, start, end)
    while (inner.at < end) {
      if (!inner.varint()) return false
      deltas.push(inner.zigzag)
      this.size += 1
    }
    return true
  }

  #takeDoubles(view: DataView, numbers: number[]): boolean {
    const { wireType, start, end } = this.#fields
    if ((wireType !== wireTypes.bytes && wireType !== wireTypes.fixed64) || (end - start) % 8 !== 0)
      return false
    for (let at = start; at < end; at += 8) numbers.push(view.getFloat64(at, true))
    this.size += (end - start) / 8
    return true
  }

  /** How many measurements it has where it has no bound at all, so that nobody knows where they lie; read it after `toHistogram`. */
  get unplacedCount(): number {
    if (this.#schema !== customSchema || this.#bounds.length > 0) return 0
    const { counts, deltas } = this.#positive
    return (this.#isFloat ? counts : deltas)[0] ?? 0
  }

  /** The bins of what was read: the count of each bucket in the bin of its middle. */
  toHistogram(): Histogram | HeaderFault {
    const isCustom = this.#schema === customSchema
    if (!isCustom && (this.#schema < -4 || this.#schema > 8)) return badSchema
    if (isCustom && (this.#negative.offsets.length > 0 || this.#zeroCount !== 0)) return notCustom
    if (isCustom !== this.#bounds.length > 0 && !isCustom) return badBounds
    if (
      this.#bounds.some((bound, at) => !(bound > (this.#bounds[at - 1] ?? -Infinity)) || bound === Infinity)
    )
      return badBounds
    for (const side of [this.#negative, this.#positive]) {
      if ((this.#isFloat ? side.deltas : side.counts).length > 0) return mixed
    }
    const bins = new Bins()
    const wrong =
      this.#addSide(this.#negative, -1, bins) ??
      bins.add(0, this.#zeroCount) ??
      this.#addSide(this.#positive, 1, bins)
    if (wrong !== undefined) return wrong
    if (!this.#isFloat && (this.#isSumKnown ? bins.total !== this.#count : bins.total > this.#count))
      return badCount
    return { bins: bins.all }
  }

  /** Adds buckets in the order of their values: of negative ones the last comes first. */
  #addSide({ offsets, lengths, deltas, counts }: Side, sign: 1 | -1, bins: Bins): HeaderFault | undefined {
    const numbers = this.#isFloat ? counts : deltas
    let buckets = 0
    for (const [at, length] of lengths.entries()) {
      if (at > 0 && (offsets[at] ?? 0) < 0) return badSpans
      buckets += length
    }
    if (buckets !== numbers.length) return badSpans
    if (!this.#isFloat)
      for (let at = 1; at < numbers.length; at += 1) numbers[at] = (numbers[at] ?? 0) + (numbers[at - 1] ?? 0)
    const indices: number[] = []
    let index = 0
    for (const [at, length] of lengths.entries()) {
      index += offsets[at] ?? 0
      for (let left = length; left > 0; left -= 1) {
        indices.push(index)
        index += 1
      }
    }
    for (let step = 0; step < numbers.length; step += 1) {
      const at = sign > 0 ? step : numbers.length - 1 - step
      const middle = this.#middleOf(indices[at] ?? 0)
      if (middle === undefined) return badBounds
      const wrong = bins.add(sign * middle, numbers[at] ?? 0)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  #middleOf(index: number): number | undefined {
    if (this.#schema !== customSchema) {
      const step = 2 ** -this.#schema
      return (2 ** ((index - 1) * step) + 2 ** (index * step)) / 2
    }
    const bounds = this.#bounds
    if (index < 0 || index > bounds.length) return undefined
    const [low = -Infinity, high = Infinity] = [bounds[index - 1], bounds[index]]
    if (high === Infinity) return low === -Infinity ? 0 : low
    if (low === -Infinity) return high > 0 ? high / 2 : high
    return low + (high - low) / 2
  }
}

/** Bins that come in order, of which neighbours may be the same one. */
class Bins {
  readonly all: { value: number; exponent: number; count: number }[] = []
  total = 0

  add(value: number, decimal: number): HeaderFault | undefined {
    const count = Math.round(decimal)
    if (!(decimal >= 0 && this.total + count <= maxCount)) return badCounts
    if (count === 0) return undefined
    const bin = histogramBin(value)
    if (bin === undefined) return beyond
    this.total += count
    const last = this.all.at(-1)
    if (last?.value === bin.value && last.exponent === bin.exponent) last.count += count
    else this.all.push({ value: bin.value, exponent: bin.exponent, count })
    return undefined
  }
}

/** Whether a double is the NaN by which Prometheus says that a series is gone. */
export const isStaleAt = (view: DataView, at: number): boolean =>
  view.getUint32(at, true) === 2 && view.getUint32(at + 4, true) === 0x7ff00000
