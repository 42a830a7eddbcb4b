import { inflateRawSync } from 'node:zlib'

import { powersOfTen } from '../engine/decimals.ts'
import { packedBytes, unpackBits } from './bit-packing.ts'
import { joinBytes, joinDoubles } from './byte-planes.ts'
import { ByteReader } from './bytes.ts'
import {
  deflatedFlag,
  differencesFlag,
  doublesForm,
  formMask,
  frameRows,
  gridFlag,
  packedForm,
  planesForm,
} from './number-form.ts'

/** Bytes of the widest number of packed bits. */
const maxWidth = 54

/** Reads `count` numbers of `encodeNumbers` into `into[to..]`; a `RangeError` where the bytes are no such numbers. */
export function decodeNumbers(bytes: Uint8Array, count: number, into: Float64Array, to: number): void {
  const reader = new ByteReader(bytes)
  const head = reader.u8()
  const form = head & formMask
  if (form === doublesForm) {
    readDoubles(reader.raw(reader.left), (head & deflatedFlag) !== 0, count, into, to)
    return
  }
  const power = powersOfTen[reader.u8()]
  if (power === undefined || (form !== packedForm && form !== planesForm)) throw malformed()
  const isGrid = (head & gridFlag) !== 0
  const origin = isGrid ? reader.f64() : 0
  const unit = isGrid ? reader.f64() : 1
  const isDifferenced = (head & differencesFlag) !== 0
  const before = isDifferenced ? readSigned(reader) : 0
  if (form === packedForm) readFrames(reader, bytes, count, into, to)
  else readPlanes(reader, count, into, to)
  // Other than a product with 0.01, the quotient is the double that is nearest to the decimal.
  if (isDifferenced) {
    let value = before
    for (let at = to; at < to + count; at += 1) {
      value += into[at] as number
      into[at] = (origin + value * unit) / power
    }
  } else if (isGrid || power !== 1) {
    for (let at = to; at < to + count; at += 1) into[at] = (origin + (into[at] as number) * unit) / power
  }
}

function readFrames(
  reader: ByteReader,
  bytes: Uint8Array,
  count: number,
  into: Float64Array,
  to: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let from = 0; from < count; from += frameRows) {
    const rows = Math.min(frameRows, count - from)
    const width = reader.u8()
    if (width > maxWidth) throw malformed()
    const base = readSigned(reader)
    const at = bytes.length - reader.left
    reader.raw(packedBytes(rows, width))
    unpackBits(view, at, rows, base, width, into, to + from)
  }
  if (reader.left !== 0) throw malformed()
}

function readPlanes(reader: ByteReader, count: number, into: Float64Array, to: number): void {
  const base = readSigned(reader)
  const length = reader.u8() * count
  joinBytes(inflate(reader.raw(reader.left), length), count, base, into, to)
}

function readDoubles(
  bytes: Uint8Array,
  isDeflated: boolean,
  count: number,
  into: Float64Array,
  to: number,
): void {
  const planes = isDeflated ? inflate(bytes, 8 * count) : bytes
  if (planes.length !== 8 * count) throw malformed()
  joinDoubles(planes, count, into, to)
}

/** Exactly `length` bytes. */
function inflate(bytes: Uint8Array, length: number): Uint8Array {
  // zlib takes no chunk of less than 64 bytes.
  const chunkSize = Math.max(64, length)
  const inflated = inflateRawSync(bytes, { chunkSize, maxOutputLength: chunkSize })
  if (inflated.length !== length) throw malformed()
  return inflated
}

function readSigned(reader: ByteReader): number {
  const value = reader.varint()
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

const malformed = (): RangeError => new RangeError('a column of numbers is malformed')
