import type { HeaderFault } from '../wire/header-series.ts'
import { ProtobufCursor, wireTypes } from '../wire/binary/protobuf-cursor.ts'
import type { LabelledSeries, LabelSeries } from './label-series.ts'
import { metricTypes } from './metric-types.ts'
import type { Symbols } from './symbols.ts'

const malformed = (message: string): HeaderFault => ({ reason: 'malformed', message })

const broken = malformed('a series is no message of protobuf')
const apart = malformed('the labels of a series stand together')
const noValues = malformed('a series has samples, histograms or exemplars')
const badMetadata = malformed('the metadata of a series is a message that refers to symbols of the request')

/** Reads what a series is, before its values: one object is used again and again. */
export class SeriesMessage {
  /** How many values it holds. */
  values = 0
  /** What its metadata says (2.0). */
  type: number = metricTypes.unknown
  /** How many bytes of labels were looked at beside its own. */
  copied = 0
  readonly #labels: LabelSeries
  readonly #view: DataView
  readonly #bytes: Uint8Array
  readonly #symbols: Symbols | undefined
  readonly #fields = new ProtobufCursor()
  readonly #inner = new ProtobufCursor()
  #labelsStart = 0
  #labelsEnd = 0

  constructor(labels: LabelSeries, view: DataView, bytes: Uint8Array, symbols: Symbols | undefined) {
    this.#labels = labels
    this.#view = view
    this.#bytes = bytes
    this.#symbols = symbols
  }

  /** The series of a message. */
  read(start: number, end: number): LabelledSeries | HeaderFault {
    const fields = this.#fields
    const symbols = this.#symbols
    this.values = this.copied = this.#labelsStart = this.#labelsEnd = 0
    this.type = metricTypes.unknown
    symbols?.begin()
    let wrong: HeaderFault | undefined
    fields.open(this.#bytes, start, end)
    while (fields.next()) wrong ??= symbols === undefined ? this.#takeOlder() : this.#takeNewer(symbols)
    if (fields.isBroken) wrong = broken
    if (symbols === undefined)
      return wrong ?? this.#labels.find(this.#bytes, this.#view, this.#labelsStart, this.#labelsEnd)
    wrong ??= symbols.check() ?? (this.values === 0 ? noValues : undefined)
    const length = wrong ?? symbols.write()
    if (typeof length !== 'number') return length
    this.copied = length
    return this.#labels.find(symbols.labels, symbols.view, 0, length)
  }

  /** Takes a field of 1.0: labels, and what has values. */
  #takeOlder(): HeaderFault | undefined {
    const { field, wireType, fieldStart, end } = this.#fields
    if (field > 4) return undefined
    if (wireType !== wireTypes.bytes) return broken
    if (field > 1) {
      this.values += 1
      return undefined
    }
    if (this.#labelsEnd === 0) this.#labelsStart = fieldStart
    else if (this.#labelsEnd !== fieldStart) return apart
    this.#labelsEnd = end
    return undefined
  }

  /** Takes a field of 2.0: references, what has values, metadata, and when it began, as older senders wrote it. */
  #takeNewer(symbols: Symbols): HeaderFault | undefined {
    const { field, wireType } = this.#fields
    if (field === 1) {
      symbols.read(this.#fields)
      return undefined
    }
    if (field > 5) return undefined
    if (wireType !== wireTypes.bytes) return broken
    if (field === 5) return this.#takeMetadata(symbols)
    this.values += 1
    return undefined
  }

  #takeMetadata({ count }: Symbols): HeaderFault | undefined {
    const inner = this.#inner
    inner.open(this.#bytes, this.#fields.start, this.#fields.end)
    while (inner.next()) {
      if (inner.field > 4) continue
      if (inner.wireType !== wireTypes.varint) return badMetadata
      // Help and unit are read over, but for whether they are there.
      if (inner.field === 1) this.type = inner.unsigned
      else if (inner.field > 2 && inner.unsigned >= count) return badMetadata
    }
    return inner.isBroken ? badMetadata : undefined
  }
}
