import type { ParseProblem } from '../source/problem.ts'
import type { HeaderFault } from '../wire/header-series.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { ProtobufCursor, wireTypes } from '../wire/binary/protobuf-cursor.ts'
import { decodeUtf8 } from '../wire/utf8.ts'
import type { LabelledSeries, LabelSeries } from './label-series.ts'
import { kindOf, metricTypes, type MetricTypes } from './metric-types.ts'
import { arePlainSamples, endOfLabels, samplesTag } from './plain-series.ts'
import { SeriesMessage } from './series-message.ts'
import { createSymbols, type Symbols } from './symbols.ts'
import { type ValueFields, type ValueLimits, ValueReading } from './value-reading.ts'

/** Which message a request holds: `prometheus.WriteRequest` of 1.0, or `io.prometheus.write.v2.Request` of 2.0. */
export type RemoteWriteVersion = '1.0' | '2.0'

/** What became of one request. */
export interface RemoteWriteOutcome {
  /** Values that were left out: no numbers, exemplars, and those with a problem of their own. */
  readonly filtered: number
  /** Samples that are dealt with: given to the sink, or no numbers. */
  readonly samples: number
  /** Native histograms that were given to the sink. */
  readonly histograms: number
  /** Why reading stopped before the end; what came before it was given to the sink. */
  readonly stopped?: ParseProblem
}

/** One request that is being read. */
export interface RemoteWriteReading {
  /** Reads a few ms on; gives the outcome where the request is at its end, `undefined` before. */
  next(): RemoteWriteOutcome | undefined
}

/** What all requests share. */
export interface RequestContext extends ValueLimits {
  readonly labels: LabelSeries
  readonly types: MetricTypes
  readonly maxLabelBytes: number
}

interface Layout extends ValueFields {
  readonly timeseries: number
  /** What series refer to: metadata of 1.0, texts of 2.0. */
  readonly referred: number
  /** Of the other version, so that the wrong type is told of. */
  readonly foreign: readonly number[]
}

const layouts: Readonly<Record<RemoteWriteVersion, Layout>> = {
  '1.0': { timeseries: 1, referred: 3, exemplars: 3, histograms: 4, foreign: [4, 5] },
  '2.0': { timeseries: 5, referred: 4, exemplars: 4, histograms: 3, foreign: [1, 2, 3] },
}

/** What is read in one go, bytes: a few ms. */
const sliceBytes = 128 * 1024
const sliceStep = 16
const notProtobuf: HeaderFault = { reason: 'malformed', message: 'the body is no message of protobuf' }
const badMetadata: HeaderFault = {
  reason: 'malformed',
  message: 'metadata is a message of protobuf with a name',
}

/** Reads one request: first all that its series refer to, then series by series. */
export class RequestReading implements RemoteWriteReading {
  readonly #context: RequestContext
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #version: RemoteWriteVersion
  readonly #layout: Layout
  readonly #symbols: Symbols | undefined
  readonly #values: ValueReading
  readonly #message: SeriesMessage
  readonly #top = new ProtobufCursor()
  readonly #inner = new ProtobufCursor()
  #isBegun = false
  #stopped: ParseProblem | undefined
  #outcome: RemoteWriteOutcome | undefined

  constructor(
    context: RequestContext,
    bytes: Uint8Array,
    receivedAt: number,
    sink: ParseSink,
    version: RemoteWriteVersion,
  ) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const symbols = version === '2.0' ? createSymbols(bytes, context.maxLabelBytes) : undefined
    this.#context = context
    this.#bytes = bytes
    this.#view = view
    this.#version = version
    this.#layout = layouts[version]
    this.#symbols = symbols
    this.#values = new ValueReading(view, bytes, receivedAt, sink, context, this.#layout, symbols)
    this.#message = new SeriesMessage(context.labels, view, bytes, symbols)
  }

  next(): RemoteWriteOutcome | undefined {
    if (this.#outcome !== undefined) return this.#outcome
    const top = this.#top
    if (!this.#isBegun) {
      this.#isBegun = true
      this.#survey()
      top.open(this.#bytes, 0, this.#bytes.length)
    }
    for (let budget = sliceBytes; this.#stopped === undefined;) {
      if (budget <= 0) return undefined
      if (!top.next()) break
      if (top.field !== this.#layout.timeseries) continue
      const { start, end } = top
      budget -= end - start + sliceStep
      if (!this.#takePlain(start, end)) budget -= this.#takeSeries(start, end)
    }
    const { filtered, samples, histograms } = this.#values
    const stopped = this.#stopped
    this.#outcome = { filtered, samples, histograms, ...(stopped !== undefined && { stopped }) }
    return this.#outcome
  }

  /** Goes over all fields: a request that is cut off is not taken at all, and texts and types are known before the series. */
  #survey(): void {
    const top = this.#top
    const { timeseries, referred, foreign } = this.#layout
    let fields = 0
    let isForeign = false
    top.open(this.#bytes, 0, this.#bytes.length)
    while (top.next()) {
      fields += 1
      if (fields > this.#context.maxValues) {
        this.#stopTooMany(top.fieldStart)
        return
      }
      isForeign ||= foreign.includes(top.field)
      if (top.field !== timeseries && top.field !== referred) continue
      if (top.wireType !== wireTypes.bytes) {
        this.#stop(notProtobuf, top.fieldStart)
        return
      }
      if (top.field === timeseries) continue
      if (this.#symbols === undefined) this.#learn(top.start, top.end)
      else this.#symbols.add(top.start, top.end)
    }
    const message = `the body is not the message of version ${this.#version}, as its type says`
    if (top.isBroken) this.#stop(notProtobuf, top.at)
    else if (isForeign) this.#stop({ reason: 'unsupported', message }, 0)
  }

  #stop({ reason, message }: HeaderFault, start: number): void {
    this.#stopped ??= { reason, message, start, end: this.#bytes.length }
  }

  #stopTooMany(start: number): void {
    const message = `a request has at most ${this.#context.maxValues} values, and as many series, texts and metadata together`
    this.#stop({ reason: 'too-many-values', message }, start)
  }

  /** Takes metadata of 1.0. */
  #learn(start: number, end: number): void {
    const inner = this.#inner
    let type: number = metricTypes.unknown
    let family: string | undefined
    inner.open(this.#bytes, start, end)
    while (inner.next()) {
      if (inner.field === 1 && inner.wireType === wireTypes.varint) type = inner.unsigned
      if (inner.field === 2 && inner.wireType === wireTypes.bytes)
        family = decodeUtf8(this.#bytes, inner.start, inner.end)
    }
    if (inner.isBroken || family === undefined) this.#values.refuse(badMetadata, start, end, 0)
    else this.#context.types.learn(family, type)
  }

  /** Takes a series of 1.0 that is as usual; `false` where it is not. */
  #takePlain(start: number, end: number): boolean {
    if (this.#symbols !== undefined) return false
    const { labels } = this.#context
    const known = labels.follow(this.#view, start, samplesTag)
    const labelsEnd = known === undefined ? endOfLabels(this.#bytes, start, end) : labels.followedEnd
    if (labelsEnd < 0 || !arePlainSamples(this.#bytes, labelsEnd, end)) return false
    const found = known ?? labels.find(this.#bytes, this.#view, start, labelsEnd)
    if ('reason' in found) return false
    if (!this.#values.takePlain(found, this.#kindOf(found), labelsEnd, end)) this.#stopTooMany(start)
    return true
  }

  /** Takes one series, whatever is in it; gives how many bytes of labels were looked at beside its own. */
  #takeSeries(start: number, end: number): number {
    const message = this.#message
    const found = message.read(start, end)
    if ('reason' in found) {
      if (found === this.#symbols?.labelsTooLarge) {
        this.#stop(found, start)
        return 0
      }
      this.#values.refuse(found, start, end, message.values)
      return message.copied
    }
    const { type } = message
    const kind = type === metricTypes.unknown ? this.#kindOf(found) : kindOf(found.part, type)
    if (!this.#values.takeAll(found, kind, start, end)) this.#stopTooMany(start)
    return message.copied
  }

  #kindOf(found: LabelledSeries): 'gauge' | 'counter' {
    const { types } = this.#context
    if (found.version !== types.version) {
      found.version = types.version
      found.kind = types.kindOf(found.name, found.part, found.hasBound)
    }
    return found.kind
  }
}
