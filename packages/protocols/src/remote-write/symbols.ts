import { maxTags } from '@tocsin/core'

import type { HeaderFault } from '../wire/header-series.ts'
import { ProtobufCursor, wireTypes } from '../wire/binary/protobuf-cursor.ts'
import { maxLabelBytes, tooLong } from './label-series.ts'

const fault = (message: string): HeaderFault => ({ reason: 'malformed', message })

const odd = fault('the references of labels come in pairs, of a name and a value')
const beyond = fault('a reference is to a symbol of the request')
const broken = fault('a reference is a number')
const tooMany: HeaderFault = { reason: 'bad-name', message: `a series has at most ${maxTags} tags` }

/** The texts of one request of 2.0, and what refers to them. */
export interface Symbols {
  readonly count: number
  /** What `write` gives once the request has more bytes of labels than it may: it is read no further. */
  readonly labelsTooLarge: HeaderFault
  /** One more text of the request. */
  add(start: number, end: number): void
  /** Begins a list of references. */
  begin(): void
  /** Reads references: those of a packed field, or a single one, at which a cursor is. */
  read(field: ProtobufCursor): void
  /** What is wrong with the list, if something is. */
  check(): HeaderFault | undefined
  /**
   * Writes the labels that the list stands for as those of 1.0 into `labels`, so that both find the same series; gives their length. Beyond
   * what the request may have of them none are written.
   */
  write(): number | HeaderFault
  readonly labels: Uint8Array
  readonly view: DataView
}

/** References beyond those of the longest series are not kept. */
const maxRefs = 2 * (maxTags + 1)

/** Memory: two numbers for each text. Time: a text may be referred to by many series, so what they write together is bounded. */
export function createSymbols(bytes: Uint8Array, maxBytesOfAll: number): Symbols {
  let places = new Uint32Array(256)
  let count = 0
  const refs = new Uint32Array(maxRefs)
  const numbers = new ProtobufCursor()
  let length = 0
  let wrong: HeaderFault | undefined
  let writtenOfAll = 0
  const labelsTooLarge: HeaderFault = {
    reason: 'too-many-values',
    message: `a request has at most ${maxBytesOfAll} bytes of labels, those of each series written out`,
  }
  const labels = new Uint8Array(maxLabelBytes)
  const startOf = (ref: number): number => places[2 * ref] ?? 0
  const endOf = (ref: number): number => places[2 * ref + 1] ?? 0
  const sizeOf = (ref: number): number => fieldSize(endOf(ref) - startOf(ref))

  function sizeOfAll(): number {
    let size = 0
    for (let at = 0; at < length; at += 2)
      size += fieldSize(sizeOf(refs[at] ?? 0) + sizeOf(refs[at + 1] ?? 0))
    return size
  }

  function writeText(ref: number, tag: number, from: number): number {
    let [at, to] = [startOf(ref), writeLength(labels, tag, endOf(ref) - startOf(ref), from)]
    for (const end = endOf(ref); at < end; at += 1, to += 1) labels[to] = bytes[at] ?? 0
    return to
  }

  return {
    labels,
    labelsTooLarge,
    view: new DataView(labels.buffer),
    get count() {
      return count
    },
    add(start, end) {
      if (2 * count === places.length) {
        const more = new Uint32Array(2 * places.length)
        more.set(places)
        places = more
      }
      places[2 * count] = start
      places[2 * count + 1] = end
      count += 1
    },
    begin() {
      length = 0
      wrong = undefined
    },
    read({ wireType, start, end }) {
      if (wireType !== wireTypes.bytes && wireType !== wireTypes.varint) wrong ??= broken
      numbers.open(bytes, start, end)
      while (wrong === undefined && numbers.at < end) {
        if (!numbers.varint()) wrong = broken
        else if (numbers.high !== 0 || numbers.low >= count) wrong = beyond
        else if (length === maxRefs) wrong = tooMany
        else {
          refs[length] = numbers.low
          length += 1
        }
      }
    },
    check: () => wrong ?? (length % 2 === 0 ? undefined : odd),
    write() {
      const whole = sizeOfAll()
      if (whole > maxLabelBytes) return tooLong
      writtenOfAll += whole
      if (writtenOfAll > maxBytesOfAll) return labelsTooLarge
      let to = 0
      for (let at = 0; at < length; at += 2) {
        const [name = 0, value = 0] = [refs[at], refs[at + 1]]
        to = writeLength(labels, 0x0a, sizeOf(name) + sizeOf(value), to)
        to = writeText(name, 0x0a, to)
        to = writeText(value, 0x12, to)
      }
      return to
    },
  }
}

/** A field of so many bytes: its tag, its length, and they. */
const fieldSize = (bytes: number): number => bytes + (bytes < 0x80 ? 2 : bytes < 0x4000 ? 3 : 5)

function writeLength(labels: Uint8Array, tag: number, length: number, to: number): number {
  labels[to] = tag
  to += 1
  let rest = length
  for (; rest > 0x7f; rest >>>= 7) {
    labels[to] = (rest & 0x7f) | 0x80
    to += 1
  }
  labels[to] = rest
  return to + 1
}
