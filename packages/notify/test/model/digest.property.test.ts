import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { digest } from '../../src/model/digest.ts'

it('is the first half of the SHA-256 that node:crypto makes, of any text', () => {
  const oracle = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
  // Also halves of surrogate pairs, and more than a block.
  const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code))
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit, maxLength: 300 })), (text) => {
      expect(digest(text)).toBe(oracle(text))
    }),
  )
  // Of several thousand bytes, and of one to three for each unit.
  for (const unit of ['a', 'é', '€']) {
    for (const length of [1364, 1365, 1366, 4096, 4097]) {
      expect(digest(unit.repeat(length))).toBe(oracle(unit.repeat(length)))
    }
  }
  expect(digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223')
})
