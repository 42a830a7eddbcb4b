import { describe, expect, it } from 'vitest'
import fc from 'fast-check'

import { createCell, foldRollups, mergeRollups, recordReading } from '../../src/engine/cell.ts'
import { readSample, type RollupInput } from '../../src/engine/reading.ts'
import type { CounterRollup, TextRollup } from '../../src/engine/rollups.ts'
import { maxPoints } from '../../src/engine/sequence.ts'
import { rollupValue, rollupValues } from '../../src/engine/value.ts'
import { exactValue, isPromised } from '../support/oracle.ts'
import { hour, minute, sample, samplesWithin } from '../support/samples.ts'
import { gauges, shuffled, windowOf } from '../support/window-of.ts'

const counters = (values: readonly number[]): RollupInput[] =>
  values.map((value, index) => sample('c', index * 1000, value, 'counter'))
const texts = (values: readonly string[]): RollupInput[] =>
  values.map((value, index) => sample('t', index * 10, value, 'text'))

/** Samples of one kind. */
const ofOneKind = fc
  .tuple(samplesWithin(hour, 60), fc.constantFrom('gauge', 'counter', 'text'))
  .map(([samples, kind]) => samples.filter((one) => one.kind === kind))
  .filter((samples) => samples.length > 0)

describe('any window', () => {
  it('says what exact arithmetic over its samples says, whatever the order they come in', () => {
    fc.assert(
      fc.property(
        ofOneKind.chain((samples) => fc.tuple(fc.constant(samples), shuffled(samples))),
        ([samples, arriving]) => {
          const rollup = windowOf(arriving)
          expect(rollup).toEqual(windowOf(samples))
          for (const value of rollupValues) {
            const expected = exactValue(samples, value)
            const actual = rollupValue(rollup, value)
            expect(isPromised(actual, expected, value), `${value}: ${actual}, not ${expected}`).toBe(true)
          }
        },
      ),
    )
  })

  it('is the same directly, from five parts, and from parts of parts', () => {
    fc.assert(
      fc.property(ofOneKind, fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), (samples, cuts) => {
        const edges = [0, ...cuts.map((cut) => cut * minute).sort((a, b) => a - b), hour]
        const parts = edges
          .slice(1)
          .map((end, index) => samples.filter(({ time }) => time >= (edges[index] ?? 0) && time < end))
          .filter((part) => part.length > 0)
          .map(windowOf)
        const nested = [foldRollups(parts.slice(0, 2)), foldRollups(parts.slice(2))]
        expect(foldRollups(parts)).toEqual(windowOf(samples))
        expect(foldRollups(nested.filter((part) => part !== undefined))).toEqual(windowOf(samples))
      }),
    )
  })

  it('is plain data that survives JSON', () => {
    fc.assert(
      fc.property(ofOneKind, (samples) => {
        const rollup = windowOf(samples)
        expect(JSON.parse(JSON.stringify(rollup))).toEqual(rollup)
      }),
    )
  })

  it('keeps its first kind', () => {
    const [gauge] = gauges([1])
    const [text] = texts(['a'])
    const cell = createCell('numeric')
    expect(recordReading(cell, readSample(gauge!) as never)).toBe(true)
    expect(recordReading(cell, readSample(text!) as never)).toBe(false)
    expect(mergeRollups(windowOf([gauge!]), windowOf([text!]))).toEqual(windowOf([gauge!]))
  })
})

describe('a counter window', () => {
  it('tells growth, falls and what was counted after them apart', () => {
    expect(windowOf(counters([10, 15, 3, 8, 2]))).toEqual({
      kind: 'counter',
      count: 5,
      first: { time: 0, value: 10 },
      last: { time: 4000, value: 2 },
      resets: 2,
      growth: 10,
      decrease: 18,
      afterResets: 5,
      dropMs: 2000,
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

  it('adds steps of decimals up exactly, whichever windows they were in', () => {
    const readings = counters([1e9 + 0.3, 0.1, 0.3, 1e12 + 0.7, 0.7, 1e6 + 0.1])
    const whole = windowOf(readings)
    for (let cut = 1; cut < readings.length; cut += 1) {
      const parts = [windowOf(readings.slice(0, cut)), windowOf(readings.slice(cut))]
      expect(foldRollups(parts)).toEqual(whole)
    }
    expect(rollupValue(whole, 'increase')).toBe(exactValue(readings as never, 'increase'))
  })

  it('puts more readings together than it keeps, and is still exact in order', () => {
    const values = Array.from({ length: maxPoints * 2 + 10 }, (_, index) => index)
    expect(windowOf(counters(values))).toMatchObject({ growth: values.length - 1, inexact: false })
  })

  it('says that it is inexact when a reading comes among those that are put together already', () => {
    const values = Array.from({ length: maxPoints + 10 }, (_, index) => index)
    const late = sample('c', 1500, 1, 'counter')
    const rollup = windowOf([...counters(values), late])
    expect(rollup).toMatchObject({ count: values.length + 1, growth: values.length - 1, inexact: true })
  })

  it('merges overlapping windows the same way round and back, and says so', () => {
    const a = windowOf(counters([0, 10, 20]))
    const b = windowOf([sample('c', 500, 5, 'counter'), sample('c', 2500, 25, 'counter')])
    expect(mergeRollups(a, b)).toEqual(mergeRollups(b, a))
    expect(mergeRollups(a, b)).toMatchObject({ count: 5, growth: 25, last: { value: 25 }, inexact: true })
  })
})

describe('a text window', () => {
  it('counts texts and changes', () => {
    expect(windowOf(texts(['up', 'up', 'down', 'up']))).toEqual({
      kind: 'text',
      count: 4,
      changes: 2,
      first: { time: 0, value: 'up' },
      last: { time: 30, value: 'up' },
      counts: [
        { value: 'down', count: 1 },
        { value: 'up', count: 3 },
      ],
      inexact: false,
    })
  })

  it('counts names that objects are born with', () => {
    const { counts } = windowOf(texts(['__proto__', 'constructor'])) as TextRollup
    expect(counts?.map(({ value }) => value)).toEqual(['__proto__', 'constructor'])
  })

  it('gives up the counts above 64 texts, and so does every window that it goes into', () => {
    const many = windowOf(texts(Array.from({ length: 65 }, (_, index) => `text ${index}`))) as TextRollup
    const few = windowOf([sample('t', 5000, 'text', 'text')])
    expect(many).toMatchObject({ count: 65, changes: 64, counts: null })
    expect(mergeRollups(many, few)).toMatchObject({ count: 66, changes: 65, counts: null })
  })
})
