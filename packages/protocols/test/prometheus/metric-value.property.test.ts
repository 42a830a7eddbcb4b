import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { numberOfLabel } from '../../src/prometheus/parser/metric-value.ts'
import { readDecimal } from '../../src/wire/decimal.ts'

describe('a number in a label', () => {
  it('is the number that it would be as a value', () => {
    const piece = fc.constantFrom('0', '1', '25', '.', 'e', 'E', '+', '-', '400', ' ', '_', 'x', '\n')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(''))
        expect(numberOfLabel(pieces.join(''))).toBe(readDecimal(bytes, 0, bytes.length))
      }),
    )
  })
})
