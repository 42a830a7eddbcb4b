import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ProtobufCursor } from '../../../src/wire/binary/protobuf-cursor.ts'
import { varint } from '../../remote-write/messages.ts'

const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const number = fc.oneof(
  bits,
  fc.bigInt({ min: 0n, max: 300n }),
  fc.constantFrom(2n ** 63n, 2n ** 64n - 1n, 2n ** 32n, 2n ** 31n),
)

const opened = (bytes: Uint8Array): ProtobufCursor => {
  const cursor = new ProtobufCursor()
  cursor.open(bytes, 0, bytes.length)
  return cursor
}

describe('a cursor over protobuf', () => {
  it('reads numbers as BigInt does', () => {
    fc.assert(
      fc.property(number, (value) => {
        const cursor = opened(varint(value))
        expect(cursor.varint()).toBe(true)
        expect(BigInt(cursor.high) * 2n ** 32n + BigInt(cursor.low)).toBe(value)
        expect(cursor.unsigned).toBe(Number(value))
        expect(cursor.signed).toBe(Number(BigInt.asIntN(64, value)))
        const half = value >> 1n
        const whole = (value & 1n) === 0n ? half : -half - 1n
        if (half < 2n ** 53n) expect(cursor.zigzag).toBe(Number(whole))
      }),
    )
  })

  it('finds the fields that were written, and their bytes', () => {
    const field = fc.record({
      field: fc.integer({ min: 1, max: 2 ** 29 - 1 }),
      type: fc.constantFrom(0, 1, 2, 5),
      content: fc.uint8Array({ maxLength: 300 }),
      value: number,
    })
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        const parts = fields.map(({ field: own, type, content, value }) => {
          const tag = varint(BigInt(own) * 8n + BigInt(type))
          if (type === 0) return [tag, varint(value)] as const
          if (type === 2) return [Buffer.concat([tag, varint(content.length)]), content] as const
          return [tag, new Uint8Array(type === 1 ? 8 : 4).fill(own & 255)] as const
        })
        const bytes = Buffer.concat(parts.flat())
        const cursor = opened(bytes)
        for (const [at, [, value]] of parts.entries()) {
          expect(cursor.next()).toBe(true)
          expect([cursor.field, cursor.wireType]).toEqual([fields[at]?.field, fields[at]?.type])
          expect(bytes.subarray(cursor.start, cursor.end).equals(value)).toBe(true)
        }
        expect([cursor.next(), cursor.isBroken]).toEqual([false, false])
      }),
    )
  })

  it('ends, whatever the bytes, at the end or where they are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const cursor = opened(bytes)
        let at = -1
        while (cursor.next()) {
          expect(cursor.at).toBeGreaterThan(at)
          expect(cursor.start <= cursor.end && cursor.end <= bytes.length).toBe(true)
          at = cursor.at
        }
        expect(cursor.isBroken || cursor.at === bytes.length).toBe(true)
      }),
    )
  })

  it.each([
    ['a number that is cut off', '0880'],
    ['a number of more than 64 bits', '08ffffffffffffffffff02'],
    ['a number of eleven bytes', '0880808080808080808080800100'],
    ['a field of number 0', '0001'],
    ['a group', '0b0c'],
    ['a type that is none', '0f'],
    ['bytes that are cut off', '0a05616263'],
    ['bytes of 4 GB', '0affffffff0f'],
    ['bytes of a length that is cut off', '0a'],
    ['bytes of a length beyond 32 bits', '0affffffff1f'],
    ['a double that is cut off', '09000000'],
    ['a word that is cut off', '0d0000'],
    ['a tag that is cut off', '80'],
    ['a tag beyond 32 bits', '808080808001'],
  ])('says of %s that it is broken', (_, hex) => {
    const cursor = opened(Buffer.from(hex, 'hex'))
    expect([cursor.next(), cursor.isBroken, cursor.at]).toEqual([false, true, 0])
  })
})
