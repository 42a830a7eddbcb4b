import { type Sample, type Series, seriesOfPairs } from '@tocsin/core'

import type { HeaderFault } from '../wire/header-series.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { ProtobufCursor, wireTypes } from '../wire/binary/protobuf-cursor.ts'
import type { LabelledSeries } from './label-series.ts'
import { isStaleAt, NativeHistogramReader } from './native-histogram.ts'
import { endOfPlainSample, plainTime, plainValueAt } from './plain-series.ts'
import type { Symbols } from './symbols.ts'

/** Which fields of a series are what; samples are 2 in both versions. */
export interface ValueFields {
  readonly exemplars: number
  readonly histograms: number
}

/** What bounds the values of a request. */
export interface ValueLimits {
  readonly maxValues: number
  readonly maxFutureMs: number
}

/** Farthest moment that a date holds, ms. */
const maxTime = 8.64e15

const malformed = (message: string): HeaderFault => ({ reason: 'malformed', message })

const brokenSample = malformed('a sample is no message of protobuf')
const brokenExemplar = malformed('an exemplar is no message of protobuf')
const badTime: HeaderFault = {
  reason: 'bad-timestamp',
  message: 'a time is ms since the Unix epoch, of a date',
}

type Changing<T> = { -readonly [Name in keyof T]: T[Name] }

/** Reads the values of the series of one request, gives them to its sink, and counts. */
export class ValueReading {
  /** All that counts against the limit. */
  values = 0
  filtered = 0
  samples = 0
  histograms = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #receivedAt: number
  readonly #sink: ParseSink
  readonly #limits: ValueLimits
  readonly #fields: ValueFields
  readonly #symbols: Symbols | undefined
  readonly #outer = new ProtobufCursor()
  readonly #inner = new ProtobufCursor()
  readonly #histogram = new NativeHistogramReader()
  readonly #tooLate: HeaderFault

  constructor(
    view: DataView,
    bytes: Uint8Array,
    receivedAt: number,
    sink: ParseSink,
    limits: ValueLimits,
    fields: ValueFields,
    symbols: Symbols | undefined,
  ) {
    this.#view = view
    this.#bytes = bytes
    this.#receivedAt = receivedAt
    this.#sink = sink
    this.#limits = limits
    this.#fields = fields
    this.#symbols = symbols
    this.#tooLate = {
      reason: 'bad-timestamp',
      message: `a sample is at most ${limits.maxFutureMs} ms later than it arrives`,
    }
  }

  /** Tells of a piece that is not taken, and of so many values with it. */
  refuse({ reason, message }: HeaderFault, start: number, end: number, values: number): void {
    this.filtered += values
    this.#sink.problem({ reason, message, start, end })
  }

  /** Takes plain samples, one behind the other; `false` where there are too many values. */
  takePlain(found: LabelledSeries, kind: 'gauge' | 'counter', start: number, end: number): boolean {
    const bytes = this.#bytes
    for (let at = start, next = at; at < end; at = next) {
      next = endOfPlainSample(bytes, at)
      this.values += 1
      if (this.values > this.#limits.maxValues) return false
      this.#give(found, kind, plainTime(bytes, at), plainValueAt(at), at, next)
    }
    return true
  }

  /** Takes all that a series holds; `false` where there are too many values. */
  takeAll(found: LabelledSeries, kind: 'gauge' | 'counter', start: number, end: number): boolean {
    const fields = this.#outer
    const { exemplars, histograms } = this.#fields
    fields.open(this.#bytes, start, end)
    while (fields.next()) {
      const { field } = fields
      if (field < 2 || field > 4) continue
      this.values += 1
      if (this.values > this.#limits.maxValues) return false
      if (field === 2) this.#takeSample(found, kind, fields.start, fields.end)
      else if (field === histograms) this.#takeHistogram(found, fields.start, fields.end)
      else if (field === exemplars) this.#takeExemplar(fields.start, fields.end)
      if (this.values > this.#limits.maxValues) return false
    }
    return true
  }

  #takeSample(found: LabelledSeries, kind: 'gauge' | 'counter', start: number, end: number): void {
    const inner = this.#inner
    let valueAt = -1
    let time = 0
    let isRight = true
    inner.open(this.#bytes, start, end)
    while (inner.next()) {
      if (inner.field === 1) {
        isRight &&= inner.wireType === wireTypes.fixed64
        valueAt = inner.start
      } else if (inner.field === 2) {
        isRight &&= inner.wireType === wireTypes.varint
        time = inner.signed
      }
    }
    if (isRight && !inner.isBroken) this.#give(found, kind, time, valueAt, start, end)
    else this.refuse(brokenSample, start, end, 1)
  }

  /** Gives a sample whose value is at `valueAt`, or is 0 where that is -1. */
  #give(
    { series }: LabelledSeries,
    kind: 'gauge' | 'counter',
    time: number,
    valueAt: number,
    start: number,
    end: number,
  ): void {
    const wrong = this.#wrongTime(time)
    if (wrong !== undefined) {
      this.refuse(wrong, start, end, 1)
      return
    }
    this.samples += 1
    const value = valueAt < 0 ? 0 : this.#view.getFloat64(valueAt, true)
    const receivedAt = this.#receivedAt
    if (Number.isFinite(value))
      this.#sink.sample(
        time === receivedAt ? { series, time, value, kind } : { series, time, value, kind, receivedAt },
      )
    else if (isStaleAt(this.#view, valueAt)) this.#emit({ series, time, value, kind: 'stale' })
    else this.filtered += 1
  }

  #takeHistogram({ series }: LabelledSeries, start: number, end: number): void {
    const native = this.#histogram
    const wrong = native.read(this.#bytes, this.#view, start, end, this.#limits.maxValues - this.values)
    const { time } = native
    this.values += native.size
    if (this.values > this.#limits.maxValues) return
    const fault = wrong ?? this.#wrongTime(time)
    const value = fault ?? (native.isStale ? Number.NaN : native.toHistogram())
    if (typeof value === 'object' && 'reason' in value) {
      this.refuse(value, start, end, 1)
      return
    }
    if (typeof value === 'object' && native.unplacedCount > 0) {
      this.#takeUnplaced(series, native.unplacedCount, native.sum, time, start, end)
      return
    }
    this.histograms += 1
    this.#emit(
      typeof value === 'number'
        ? { series, time, value, kind: 'stale' }
        : { series, time, value, kind: 'histogram' },
    )
  }

  /** Without a bound there is no bin: how many and how much are counters, as the classic histogram has them that it was made of. */
  #takeUnplaced(
    { metric, tags }: Series,
    count: number,
    sum: number,
    time: number,
    start: number,
    end: number,
  ): void {
    const parts = [
      ['count', count],
      ['sum', sum],
    ] as const
    const found: Sample[] = []
    for (const [part, value] of parts) {
      if (!Number.isFinite(value)) continue
      const series = seriesOfPairs(`${metric}_${part}`, Object.entries(tags))
      if (!series.ok) {
        this.refuse({ reason: 'bad-name', message: series.message }, start, end, 1)
        return
      }
      found.push({ series: series.value, time, value, kind: 'counter' })
    }
    this.histograms += 1
    for (const sample of found) this.#emit(sample)
  }

  /** Nothing here has a place for exemplars; what they refer to is looked at all the same. */
  #takeExemplar(start: number, end: number): void {
    const inner = this.#inner
    this.#symbols?.begin()
    inner.open(this.#bytes, start, end)
    while (inner.next()) if (inner.field === 1) this.#symbols?.read(inner)
    const wrong = inner.isBroken ? brokenExemplar : this.#symbols?.check()
    if (wrong === undefined) this.filtered += 1
    else this.refuse(wrong, start, end, 1)
  }

  #wrongTime(time: number): HeaderFault | undefined {
    if (!(Math.abs(time) <= maxTime)) return badTime
    return time > this.#receivedAt + this.#limits.maxFutureMs ? this.#tooLate : undefined
  }

  #emit(sample: Sample): void {
    if (sample.time !== this.#receivedAt) (sample as Changing<Sample>).receivedAt = this.#receivedAt
    this.#sink.sample(sample)
  }
}
