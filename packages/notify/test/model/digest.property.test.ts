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
  expect(digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223')
})
