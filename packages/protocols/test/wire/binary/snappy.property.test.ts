import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeSnappy, encodeSnappy } from '../../../src/wire/binary/snappy.ts'

interface Literal {
  readonly bytes: readonly number[]
  /** How many bytes its length is written with; 0 for in the tag, where it fits. */
  readonly width: 0 | 1 | 2 | 3 | 4
}

interface Copy {
  readonly length: number
  /** From 1 for the last byte, taken modulo how many there are. */
  readonly back: number
  readonly kind: 1 | 2 | 3
}

const literal = fc.record<Literal>({
  bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 100 }),
  width: fc.constantFrom(0, 1, 2, 3, 4),
})
const copy = fc.record<Copy>({
  length: fc.integer({ min: 1, max: 64 }),
  back: fc.nat(4000),
  kind: fc.constantFrom(1, 2, 3),
})
const elements = fc.array(fc.oneof(literal, copy), { maxLength: 30 })

const lowFirst = (value: number, width: number): readonly number[] =>
  Array.from({ length: width }, (_, at) => Math.floor(value / 256 ** at) % 256)

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))]
}

/** Each element as the format says, and what it stands for, byte by byte. */
function written(all: readonly (Literal | Copy)[]): { packed: number[]; plain: number[] } {
  const plain: number[] = []
  const packed: number[] = []
  for (const element of all) {
    if ('bytes' in element) {
      const rest = element.bytes.length - 1
      const width = element.width === 0 && rest >= 60 ? 1 : element.width
      packed.push(width === 0 ? rest << 2 : (59 + width) << 2, ...lowFirst(rest, width), ...element.bytes)
      plain.push(...element.bytes)
    } else if (plain.length > 0) {
      const offset = 1 + (element.back % plain.length)
      const isShort = element.kind === 1 && element.length >= 4 && element.length < 12 && offset < 2048
      if (isShort) packed.push(1 | ((element.length - 4) << 2) | ((offset >> 8) << 5), offset & 255)
      else {
        const kind = element.kind === 1 ? 2 : element.kind
        packed.push(kind | ((element.length - 1) << 2), ...lowFirst(offset, kind === 2 ? 2 : 4))
      }
      for (let left = element.length; left > 0; left -= 1) plain.push(plain.at(-offset) ?? 0)
    }
  }
  return { packed: [...varint(plain.length), ...packed], plain }
}

describe('snappy', () => {
  it('unpacks whatever elements as a naive reading of the format does', () => {
    fc.assert(
      fc.property(elements, (all) => {
        const { packed, plain } = written(all)
        expect(decodeSnappy(Uint8Array.from(packed), plain.length)).toEqual(Uint8Array.from(plain))
      }),
    )
  })

  it('gives what was packed, whatever it was', () => {
    const piece = fc.array(fc.nat(255), { maxLength: 40 })
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, fc.nat(60)), { maxLength: 20 }), (pieces) => {
        const plain = Uint8Array.from(
          pieces.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes).flat()),
        )
        expect(decodeSnappy(encodeSnappy(plain), plain.length)).toEqual(plain)
      }),
    )
  })

  it('never throws, and makes no more than it may, whatever the bytes', () => {
    const spoilt = fc.tuple(
      elements,
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }),
      fc.nat(300),
    )
    fc.assert(
      fc.property(spoilt, ([all, changes, cut]) => {
        const bytes = Uint8Array.from(written(all).packed.slice(0, cut))
        for (const [at, byte] of changes) bytes[at % (bytes.length || 1)] = byte
        const unpacked = decodeSnappy(bytes, 1000)
        expect(typeof unpacked === 'string' || unpacked.length <= 1000).toBe(true)
      }),
    )
  })
})
