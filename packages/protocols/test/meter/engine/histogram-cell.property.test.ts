import { histogramBin } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  countIn,
  countsOf,
  histogramBetween,
  histogramCell,
} from '../../../src/meter/engine/histogram-cell.ts'
import { createRoom } from '../../../src/meter/engine/room.ts'
import { series } from '../../../src/index.ts'

const cell = (bytes = 1e9) =>
  histogramCell({
    ...{ series: series('a'), room: createRoom(bytes), bytes: 0 },
    ...{ isKept: true, isTouched: false, touchedAt: 0 },
  })

const values = fc.array(
  fc.oneof(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), fc.integer({ min: -3, max: 120 })),
)

/** Each value by itself in the bin of the core. */
function naive(list: readonly number[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const value of list) {
    const bin = histogramBin(value)
    if (bin === undefined) continue
    const name = `${bin.value}e${bin.exponent}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => `${name}: ${count}`).sort()
}

describe('a histogram', () => {
  it('holds between two moments what was counted between them, bins in rising order', () => {
    fc.assert(
      fc.property(values, values, (earlier, later) => {
        const one = cell()
        const start = countsOf(one)
        for (const value of earlier) countIn(one, value)
        const middle = countsOf(one)
        for (const value of later) countIn(one, value)
        const end = countsOf(one)
        const between = (from: typeof start, to: typeof end): readonly string[] => {
          const { bins } = histogramBetween(one, from, to)
          const bounds = bins.map(({ value, exponent }) => value * 10 ** exponent)
          expect(bounds).toEqual(bounds.toSorted((a, b) => a - b))
          return bins.map(({ value, exponent, count }) => `${value}e${exponent}: ${count}`).sort()
        }
        expect(between(start, middle)).toEqual(naive(earlier))
        expect(between(middle, end)).toEqual(naive(later))
        expect(between(start, end)).toEqual(naive([...earlier, ...later]))
        expect(end.total).toBe(one.inOrder.reduce((sum, { count }) => sum + count, 0))
      }),
    )
  })

  it.each([NaN, Infinity, -Infinity, 1e300])('has no bin for %s', (wrong) => {
    const one = cell()
    expect(countIn(one, wrong)).toBe('bad-value')
    expect(countsOf(one).total).toBe(0)
  })

  it('refuses a bin without room, and goes on counting in those that it has', () => {
    const one = cell(300)
    expect([1, 2, 3, 1].map((value) => countIn(one, value))).toEqual([
      undefined,
      undefined,
      'too-many-values',
      undefined,
    ])
    expect(countsOf(one).total).toBe(3)
  })
})
