import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { foldRollups } from '../../src/engine/cell.ts'
import type { RollupInput } from '../../src/engine/reading.ts'
import type { CounterRollup } from '../../src/engine/rollups.ts'
import { rollupValue } from '../../src/engine/value.ts'
import { exactValue } from '../support/oracle.ts'
import { minute, sample } from '../support/samples.ts'
import { shuffled, windowOf } from '../support/window-of.ts'

const counters = (values: readonly number[]): RollupInput[] =>
  values.map((value, index) => sample('c', index * 1000, value, 'counter'))

describe('a counter window', () => {
  it('tells growth, falls and what was counted after them apart', () => {
    expect(windowOf(counters([10, 15, 3, 8, 2.5]))).toEqual({
      kind: 'counter',
      count: 5,
      first: { time: 0, value: 10 },
      last: { time: 4000, value: 2.5 },
      resets: 2,
      growth: 10,
      afterResets: 5.5,
      dropMs: 2000,
      exact: { decimals: 1, growth: [100], afterResets: [55] },
      inexact: false,
    })
  })

  it('gives the rate without the falls and their time, and the increase with what followed them', () => {
    const rollup = windowOf(counters([10, 15, 3, 8, 2]))
    expect(rollupValue(rollup, 'rate')).toBe(5)
    expect(rollupValue(rollup, 'increase')).toBe(15)
    expect(rollupValue(rollup, 'average')).toBeNull()
  })

  it('knows no rate from one reading, unless it knows the window before', () => {
    const [before, after] = [windowOf(counters([10])), windowOf([sample('c', 60_000, 70, 'counter')])]
    expect(rollupValue(after, 'rate')).toBeNull()
    expect(rollupValue(after, 'increase')).toBeNull()
    expect(rollupValue(after, 'rate', before as CounterRollup)).toBe(1)
    expect(rollupValue(after, 'increase', before as CounterRollup)).toBe(60)
  })

  it('adds up to the increase of all windows together, with the reading before each', () => {
    const readings = fc.array(fc.tuple(fc.nat({ max: 60 * minute }), fc.nat({ max: 100 })), {
      minLength: 2,
      maxLength: 30,
    })
    fc.assert(
      fc.property(readings, fc.integer({ min: 1, max: 20 }), (points, minutes) => {
        const samples = points.map(([time, value]) => sample('c', time, value, 'counter'))
        const parts = new Map<number, RollupInput[]>()
        for (const one of samples) {
          const start = Math.floor(one.time / (minutes * minute))
          parts.set(start, [...(parts.get(start) ?? []), one])
        }
        let before: CounterRollup | undefined
        let increase = 0
        for (const [, inside] of [...parts].sort(([a], [b]) => a - b)) {
          const rollup = windowOf(inside) as CounterRollup
          increase += (rollupValue(rollup, 'increase', before) as number | null) ?? 0
          before = rollup
        }
        expect(increase).toBe(exactValue(samples, 'increase') ?? 0)
      }),
    )
  })

  it('finds the place of a late reading, also where the counter began again behind it', () => {
    const readings = [
      sample('c', 0, 100, 'counter'),
      sample('c', 40_000, 5, 'counter'),
      sample('c', 20_000, 120, 'counter'),
    ]
    expect(rollupValue(windowOf(readings), 'increase')).toBe(25)
  })

  it('does not lose the steps of a counter above 2^53', () => {
    const from = 2n ** 63n
    const readings = [0n, 3n, 4n].map((step, index) =>
      sample('c', index, Number(from + step), 'counter', { exact: from + step }),
    )
    expect(rollupValue(windowOf(readings), 'increase')).toBe(4)
    expect(windowOf(readings.toReversed())).toEqual(windowOf(readings))
    const [first, second, third] = readings.map((one) => windowOf([one]))
    expect(foldRollups([first!, second!, third!])).toEqual(windowOf(readings))
  })

  it('adds steps of decimals up as decimals, whichever windows they were in', () => {
    const readings = counters([1e9 + 0.3, 0.1, 0.3, 1e12 + 0.7, 0.7, 1e6 + 0.1])
    const whole = windowOf(readings)
    for (let cut = 1; cut < readings.length; cut += 1) {
      const parts = [windowOf(readings.slice(0, cut)), windowOf(readings.slice(cut))]
      expect(foldRollups(parts)).toEqual(whole)
    }
    expect(rollupValue(whole, 'increase')).toBe(1000001000000.8)
  })
})

describe('a counter that runs over', () => {
  const end = 2n ** 64n

  it('counts on over 2^32, and begins anew where a reading lies above it', () => {
    const over = counters([2 ** 32 - 10, 5])
    expect(rollupValue(windowOf(over, { sameTime: 'largest', counterWrap: '32' }), 'increase')).toBe(15)
    expect(rollupValue(windowOf(over, { sameTime: 'largest', counterWrap: '32' }), 'resets')).toBe(0)
    expect(rollupValue(windowOf(over), 'increase')).toBe(5)
    const above = counters([2 ** 32 + 10, 5])
    expect(windowOf(above, { sameTime: 'largest', counterWrap: '32' })).toMatchObject({
      resets: 1,
      afterResets: 5,
    })
  })

  it('counts on over 2^64 with all its digits', () => {
    const exact = end - 3n
    const over = [
      sample('c', 0, Number(exact), 'counter', { exact }),
      sample('c', 1000, 4, 'counter'),
      sample('c', 2000, 4.5, 'counter'),
    ]
    const rules = { sameTime: 'largest', counterWrap: '64' } as const
    expect(windowOf(over, rules)).toMatchObject({
      resets: 0,
      growth: 7.5,
      exact: { decimals: 1, growth: [75] },
    })
  })

  it('does so from one window to the next', () => {
    const [before, after] = [[2 ** 32 - 1], [3, 8]].map((values, at) =>
      windowOf(values.map((value, index) => sample('c', at * minute + index * 1000, value, 'counter'))),
    ) as [CounterRollup, CounterRollup]
    expect(rollupValue(after, 'increase', before, '32')).toBe(9)
    expect(rollupValue(after, 'increase', before)).toBe(8)
    expect(foldRollups([before, after], undefined, '32')).toMatchObject({ growth: 9, resets: 0 })
    expect(foldRollups([before, after])).toMatchObject({ growth: 5, resets: 1 })
  })
})

it('counts one reading of a moment, of two that share a double the larger, of two that are equal the one with digits', () => {
  for (const more of [0n, 1n]) {
    const exact = 2n ** 60n + more
    const readings = [
      sample('c', 0, Number(exact), 'counter', { exact }),
      sample('c', 0, Number(exact), 'counter'),
      sample('c', 0, 5, 'counter'),
    ]
    fc.assert(
      fc.property(shuffled(readings), (arriving) => {
        expect(windowOf(arriving)).toMatchObject({ count: 1, first: { exact: exact.toString() } })
      }),
    )
  }
})
