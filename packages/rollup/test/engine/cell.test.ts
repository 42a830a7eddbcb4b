import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createCell, foldRollups, mergeRollups, recordReading } from '../../src/engine/cell.ts'
import type { CounterRollup } from '../../src/engine/rollups.ts'
import { maxSequenceSize } from '../../src/engine/sequence.ts'
import { rollupValue, rollupValues } from '../../src/engine/value.ts'
import { counted, exactValue, isPromised } from '../support/oracle.ts'
import { hour, minute, sample } from '../support/samples.ts'
import { anyRules, seriesOfOneKind } from '../support/series-of-one-kind.ts'
import { gauges, readingOf, shuffled, windowOf } from '../support/window-of.ts'

/** The samples of each window of this length, in order of time. */
function byWindow<T extends { readonly time: number }>(samples: readonly T[], periodMs: number): T[][] {
  const windows = new Map<number, T[]>()
  for (const one of samples) {
    const start = Math.floor(one.time / periodMs)
    windows.set(start, [...(windows.get(start) ?? []), one])
  }
  return [...windows].sort(([a], [b]) => a - b).map(([, inside]) => inside)
}

describe('any window', () => {
  it('says what exact arithmetic over its samples says, whatever the order they come in', () => {
    fc.assert(
      fc.property(
        seriesOfOneKind(hour).chain((samples) => fc.tuple(fc.constant(samples), shuffled(samples))),
        anyRules,
        ([samples, arriving], rules) => {
          const rollup = windowOf(arriving, rules)
          expect(rollup).toEqual(windowOf(samples, rules))
          expect(rollup.inexact).toBe(false)
          for (const value of rollupValues) {
            const expected = exactValue(samples, value, rules)
            const actual = rollupValue(rollup, value, undefined, rules.counterWrap)
            expect(isPromised(actual, expected, value), `${value}: ${actual}, not ${expected}`).toBe(true)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('is the same directly, from windows of 1m, 5m and 30m, and from any of them left out', () => {
    fc.assert(
      fc.property(
        seriesOfOneKind(hour),
        anyRules,
        fc.subarray([minute, 5 * minute, 30 * minute], { minLength: 1 }),
        (samples, rules, lengths) => {
          const [shortest = minute, ...longer] = lengths
          let parts = byWindow(samples, shortest).map((inside) => ({
            time: Math.floor((inside[0]?.time ?? 0) / shortest) * shortest,
            rollup: windowOf(inside, rules),
          }))
          for (const length of longer) {
            parts = byWindow(parts, length).map((inside) => ({
              time: Math.floor((inside[0]?.time ?? 0) / length) * length,
              rollup: foldRollups(
                inside.map(({ rollup }) => rollup),
                undefined,
                rules.counterWrap,
              )!,
            }))
          }
          const rollups = parts.map(({ rollup }) => rollup)
          expect(foldRollups(rollups, undefined, rules.counterWrap)).toEqual(windowOf(samples, rules))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('merges in any grouping, and windows that are apart from either side', () => {
    fc.assert(
      fc.property(seriesOfOneKind(3 * minute), anyRules, (samples, rules) => {
        const { counterWrap } = rules
        const [a, b, c] = byWindow(samples, minute).map((inside) => windowOf(inside, rules))
        if (a === undefined || b === undefined) return
        expect(mergeRollups(b, a, counterWrap)).toEqual(mergeRollups(a, b, counterWrap))
        if (c === undefined) return
        expect(mergeRollups(a, mergeRollups(b, c, counterWrap), counterWrap)).toEqual(
          mergeRollups(mergeRollups(a, b, counterWrap), c, counterWrap),
        )
      }),
    )
  })

  it('takes what is delivered again, in any part and order, as nothing new, unless it is an event', () => {
    const delivered = seriesOfOneKind(hour).chain((samples) =>
      fc.tuple(
        fc.constant(samples),
        fc
          .subarray(samples.filter(({ kind }) => !['observation', 'delta', 'set'].includes(kind)))
          .chain((again) => shuffled([...samples, ...again])),
      ),
    )
    fc.assert(
      fc.property(delivered, anyRules, ([once, twice], rules) => {
        expect(windowOf(twice, rules)).toEqual(windowOf(once, rules))
      }),
    )
  })

  it('counts each event, also those that are equal in all', () => {
    const observed = [1, 2].map(() => sample('o', 0, 0.1, 'observation'))
    expect(windowOf(observed)).toMatchObject({ count: 2, sum: 0.2 })
    const members = [1, 2].map(() => sample('s', 0, 'user', 'set'))
    expect(windowOf(members)).toMatchObject({ count: 2, counts: [{ value: 'user', count: 2 }] })
  })

  it('of which the samples at one moment are told apart by size alone takes the one that the rule names', () => {
    const at = (value: number): number[] => gauges([value]).map((one) => one.value)
    const values = [-7, 3, 7, 5, ...at(-7)]
    const same = values.map((value) => sample('g', 5, value))
    for (const [sameTime, expected] of [
      ['largest', 7],
      ['smallest', -7],
      ['furthest', 7],
    ] as const) {
      const rules = { sameTime, counterWrap: 'none' } as const
      expect(windowOf(same, rules)).toMatchObject({ count: 1, sum: expected })
      expect(windowOf(same.toReversed(), rules)).toEqual(windowOf(same, rules))
    }
  })

  it('is plain data that survives JSON', () => {
    fc.assert(
      fc.property(seriesOfOneKind(hour), anyRules, (samples, rules) => {
        const rollup = windowOf(samples, rules)
        expect(JSON.parse(JSON.stringify(rollup))).toEqual(rollup)
      }),
    )
  })

  it('keeps its first kind', () => {
    const [gauge] = gauges([1])
    const text = sample('t', 0, 'a', 'text')
    const cell = createCell('numeric')
    expect(recordReading(cell, readingOf(gauge!))).toBe(true)
    expect(recordReading(cell, readingOf(text))).toBe(false)
    expect(mergeRollups(windowOf([gauge!]), windowOf([text]))).toEqual(windowOf([gauge!]))
    let conflicts = 0
    foldRollups([windowOf([gauge!]), windowOf([text])], () => (conflicts += 1))
    expect(conflicts).toBe(1)
  })

  it('says of windows that overlap in time that they are inexact together, of windows that are apart that they are not', () => {
    for (const kind of ['gauge', 'counter', 'text'] as const) {
      const at = (...times: number[]): CounterRollup =>
        windowOf(
          times.map((time) => sample('s', time, (kind === 'text' ? 'a' : 1) as never, kind)),
        ) as CounterRollup
      expect(mergeRollups(at(0, 20), at(21, 30))).toMatchObject({ count: 4, inexact: false })
      expect(mergeRollups(at(0, 20), at(10, 30))).toMatchObject({ count: 4, inexact: true })
      expect(mergeRollups(at(0, 20), at(20, 30))).toMatchObject({ count: 4, inexact: true })
      expect(mergeRollups(mergeRollups(at(0, 20), at(10)), at(40))).toMatchObject({ inexact: true })
    }
  })
})

describe('a window of more values than it keeps', () => {
  const long = Array.from({ length: 2 * maxSequenceSize + 10 }, (_, index) => index)

  it.each(['gauge', 'counter', 'text'] as const)(
    'of the kind %s is exact as long as they come in order',
    (kind) => {
      const samples = long.map((at) =>
        sample('s', at * 10, (kind === 'text' ? `${at % 3}` : at % 1000) as never, kind),
      )
      const rollup = windowOf(samples)
      expect(rollup.inexact).toBe(false)
      for (const value of rollupValues)
        expect(rollupValue(rollup, value), value).toBe(exactValue(samples, value))
    },
  )

  it.each(['gauge', 'counter', 'text'] as const)(
    'of the kind %s says that it is inexact when one comes among those that are put together already',
    (kind) => {
      const samples = long.map((at) => sample('s', at * 10, (kind === 'text' ? 'a' : at) as never, kind))
      const late = sample('s', 15, (kind === 'text' ? 'a' : 1) as never, kind)
      expect(windowOf([...samples, late])).toMatchObject({ count: samples.length + 1, inexact: true })
    },
  )

  it('keeps all of them that are of one moment as one', () => {
    const samples = long.map((at) => sample('g', at % 7, at))
    expect(windowOf(samples)).toMatchObject({ count: 7, inexact: false })
    expect(counted(samples)).toHaveLength(7)
  })

  it('of long texts holds fewer of them', () => {
    const wide = Array.from({ length: 200 }, (_, at) => sample('t', at, 'x'.repeat(500), 'text'))
    expect(windowOf(wide)).toMatchObject({ count: 200, inexact: false })
    expect(windowOf([...wide, sample('t', 0.5, 'x', 'text')])).toMatchObject({ inexact: true })
  })

  it('keeps members of sets and texts in one order of time', () => {
    const both = long.map((at) => sample('s', at, `${at % 2}`, at % 2 === 0 ? 'set' : 'text'))
    expect(windowOf(both)).toMatchObject({
      count: both.length,
      first: { time: 0 },
      last: { time: both.length - 1 },
    })
  })
})
