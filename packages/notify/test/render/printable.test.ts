import { anyCodePoint } from '@tocsin/core/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { printable } from '../../src/render/printable.ts'

describe('printable text', () => {
  it('is one well-formed line without control characters, no longer than asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodePoint }), fc.integer({ min: 1, max: 40 }), (text, length) => {
        const line = printable(text, length)
        expect(line.length).toBeLessThanOrEqual(length)
        expect(line.isWellFormed()).toBe(true)
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
      }),
    )
  })

  it('leaves other scripts and emoji alone', () => {
    expect(printable('温度 ниже нормы 🔥', 100)).toBe('温度 ниже нормы 🔥')
  })
})
