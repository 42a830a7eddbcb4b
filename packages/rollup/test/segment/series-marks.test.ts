import fc from 'fast-check'
import { expect, it } from 'vitest'

import { SeriesMarks } from '../../src/segment/series-marks.ts'

it('gives each number that was marked once, ascending, whatever was expected', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3000 })), fc.nat({ max: 100 }), (numbers, expected) => {
      const marks = new SeriesMarks(expected)
      for (const number of numbers) marks.add(number)
      expect([...marks]).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    }),
  )
})
