import fc from 'fast-check'
import { expect, it } from 'vitest'

import { readU64, writeU64 } from '../src/format/bytes.ts'
import { segmentNumber } from '../src/format/segment-header.ts'

it.each([
  ['0000000000000001.segment', 1],
  ['001fffffffffffff.segment', Number.MAX_SAFE_INTEGER],
  ['0020000000000000.segment', undefined],
  ['ffffffffffffffff.segment', undefined],
  ['0000000000000000.segment', undefined],
  ['1.segment', undefined],
  ['0000000000000001.segment.new', undefined],
])('%s has the number %s', (name, number) => {
  expect(segmentNumber(name)).toBe(number)
})

it('a whole number of eight bytes is read as it was written, and as none where a double cannot hold it', () => {
  const view = new DataView(new ArrayBuffer(8))
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (number) => {
      view.setBigUint64(0, number, true)
      expect(readU64(view, 0)).toBe(number < 2n ** 53n ? Number(number) : NaN)
    }),
    { examples: [[0n], [2n ** 53n - 1n], [2n ** 53n]] },
  )
  fc.assert(
    fc.property(fc.maxSafeNat(), (number) => {
      writeU64(view, 0, number)
      expect(view.getBigUint64(0, true)).toBe(BigInt(number))
    }),
  )
})
