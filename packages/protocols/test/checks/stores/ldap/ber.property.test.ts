import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ber, berExtent, berInteger, berNumber, berValues } from '../../../../src/checks/stores/ldap/ber.ts'
import { berInteger as written, readBer } from '../../ber.ts'

const value = fc.record({
  tag: fc.integer({ min: 0, max: 255 }),
  bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
})

describe('BER', () => {
  it('writes what a plain reader reads, and reads what a plain writer writes', () => {
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const bytes = Buffer.concat(values.map(({ tag, bytes: content }) => ber(tag, content)))
        expect(readBer(bytes)).toEqual(values)
        expect(berValues(bytes)).toEqual(values)
      }),
    )
  })

  it('reads the first 1000 of many values', () => {
    const many = Buffer.concat(Array.from({ length: 1001 }, () => Buffer.of(5, 0)))
    expect(berValues(many)).toHaveLength(1000)
  })

  it('keeps whole numbers', () => {
    fc.assert(
      fc.property(fc.nat(), (number) => {
        expect(berInteger(berValues(berNumber(2, number))?.[0])).toBe(number)
        expect(berInteger(berValues(written(number))?.[0])).toBe(number)
      }),
      { examples: [[0], [127], [128], [255], [32_768], [2 ** 31 - 1]] },
    )
  })

  it('tells what is cut off, at any byte', () => {
    fc.assert(
      fc.property(value, fc.nat(), ({ tag, bytes }, at) => {
        const whole = ber(tag, bytes)
        const cut = whole.subarray(0, at % whole.length)
        expect(berValues(cut)).toEqual(cut.length === 0 ? [] : undefined)
      }),
    )
  })

  it('reads any bytes without a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const buffer = Buffer.from(bytes)
        berExtent(buffer)
        const values = berValues(buffer)
        const length = values?.reduce((sum, { bytes: content }) => sum + content.length, 0) ?? 0
        expect(length).toBeLessThanOrEqual(buffer.length)
      }),
    )
  })
})
