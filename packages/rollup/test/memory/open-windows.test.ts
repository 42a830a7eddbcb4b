import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Rollup } from '../../src/engine/rollups.ts'
import { createMemory } from '../../src/memory/memory.ts'
import type { WindowRules } from '../../src/memory/window-readings.ts'
import { exactWindow, type LoggedReading } from './exact-window.ts'
import { emptyTables, give } from './model-store.ts'

const minute = 60_000

const gauge = (time: number, value: number): LoggedReading => ({
  ...{ kind: 'numeric', series: 0, time, value },
  ...{ weight: 1, total: undefined, event: false },
})
const event = (time: number, value: number, weight = 1, total?: number): LoggedReading => ({
  ...{ kind: 'numeric', series: 0, time, value },
  ...{ weight, total, event: true },
})
const counter = (time: number, value: number, exact?: bigint): LoggedReading => ({
  ...{ kind: 'counter', series: 0, time, value: exact === undefined ? value : Number(exact) },
  exact: exact?.toString(),
})

/** The open window behind each of its readings, read twice: reading changes nothing. */
function afterEach(readings: readonly LoggedReading[], rules: WindowRules): (Rollup | undefined)[] {
  const memory = createMemory({ periodMs: minute, ...rules })
  memory.record({ place: { file: 1, offset: 0 }, position: null, arrival: 0 })
  return readings.map((one) => {
    give(memory, one)
    expect(memory.pending).toBe(0)
    const [first, second] = [0, 1].map(() => {
      const tables = emptyTables()
      expect(memory.rowsOf(0, 0, minute, tables)).toEqual([])
      const table = one.kind === 'counter' ? tables.counter : tables.numeric
      expect(table.length).toBe(1)
      return table.rollup(0)
    })
    expect(second).toEqual(first)
    return first
  })
}

const expected = (readings: readonly LoggedReading[], rules: WindowRules): Rollup[] =>
  readings.map((_, at) => exactWindow(readings.slice(0, at + 1), rules))

const lists: readonly (readonly [name: string, readings: readonly LoggedReading[]])[] = [
  ['gauges that columns hold', [gauge(0, 1), gauge(1, 0.25), gauge(2, -7)]],
  [
    'a gauge that is no decimal, and those behind it',
    [gauge(0, 0.1), gauge(1, 1 / 3), gauge(2, 0.2), gauge(3, 4)],
  ],
  ['a gauge that is too large for columns, at first and later', [gauge(0, 2 ** 52), gauge(1, 1)]],
  ['gauges among events', [event(5, 2), gauge(6, 0.5), event(3, 1, 4), gauge(9, 2)]],
  [
    'an event with part of a weight behind others',
    [event(5, 2), event(4, 3, 2.5), event(7, 0.1), gauge(8, 1)],
  ],
  ['an event that says its total', [event(1, 2), event(2, 3, 2.5, 7.5), event(0, 5)]],
  ['an event behind gauges that columns do not hold', [gauge(0, 1 / 3), event(0, 1), event(2, Math.PI, 2)]],
  [
    'a counter that outgrows columns',
    [counter(0, 5), counter(1, 2 ** 51), counter(2, 2 ** 51 + 2), counter(3, 4)],
  ],
  [
    'a counter that gets digits, and falls',
    [
      counter(0, 5),
      counter(1, 9),
      counter(2, 0, 2n ** 63n + 1n),
      counter(3, 0, 2n ** 63n + 9n),
      counter(4, 3),
    ],
  ],
  ['a counter of parts', [counter(0, 0.5), counter(1, 1 / 3), counter(2, 7), counter(3, 8)]],
]

const allRules = (['none', '32', '64'] as const).flatMap((counterWrap) =>
  [false, true].map((timeAverage) => ({ sameTime: 'largest', counterWrap, timeAverage }) as const),
)

describe('an open window', () => {
  it.each(lists)('says what its readings say after each of them: %s', (_, readings) => {
    for (const rules of allRules) {
      expect(afterEach(readings, rules)).toEqual(expected(readings, rules))
    }
  })

  it('says what its readings say after each of them, whichever come in order', () => {
    const value = fc.constantFrom(0, 1, 0.1, 2.5, -3, 1 / 3, 2 ** 49, 2 ** 51, 2 ** 53, 1e21)
    const number = fc.tuple(value, fc.constantFrom(0, 1, 2, 2.5)).map(
      ([one, weight]) =>
        (time: number) =>
          weight === 0 ? gauge(time, one) : event(time, one, weight),
    )
    const reading = fc
      .oneof(value.map(Math.abs), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }))
      .map((one) => (time: number) => (typeof one === 'bigint' ? counter(time, 0, one) : counter(time, one)))
    const list = fc.oneof(
      fc.array(number, { minLength: 1, maxLength: 8 }),
      fc.array(reading, { minLength: 1, maxLength: 8 }),
    )
    fc.assert(
      fc.property(list, fc.constantFrom(...allRules), (makers, rules) => {
        const readings = makers.map((make, at) => make(at * 7))
        expect(afterEach(readings, rules)).toEqual(expected(readings, rules))
      }),
    )
  })

  it('knows a gauge that comes again at once, and asks the log for another value of that moment', () => {
    for (const timeAverage of [false, true]) {
      const memory = createMemory({ periodMs: minute, sameTime: 'largest', counterWrap: 'none', timeAverage })
      memory.record({ place: { file: 1, offset: 0 }, position: null, arrival: 0 })
      for (const one of [gauge(0, 1 / 3), gauge(5, 2), gauge(5, 2)]) give(memory, one)
      expect([memory.pending, memory.counters.duplicates]).toEqual([0, 1])
      give(memory, gauge(5, 3))
      expect(memory.pending).toBe(1)
    }
  })

  it('takes no event for the gauge that comes at its moment', () => {
    const memory = createMemory({ periodMs: minute, sameTime: 'largest', counterWrap: 'none' })
    memory.record({ place: { file: 1, offset: 0 }, position: null, arrival: 0 })
    for (const one of [event(0, 1 / 3), event(5, 2), gauge(5, 2)]) give(memory, one)
    expect(memory.counters.duplicates).toBe(0)
  })
})

describe('the tests above', () => {
  it('find out a reading that was left out', () => {
    const [, readings = []] = lists[1] ?? []
    const rules = allRules[0]!
    expect(afterEach(readings, rules).at(-1)).not.toEqual(exactWindow(readings.slice(0, -1), rules))
    expect(afterEach(readings, rules).at(-1)).not.toEqual(exactWindow(readings.slice(1), rules))
  })
})

describe('an event whose sender said what it adds up to', () => {
  it('says the same as one of which that is known, where it is value times weight', () => {
    const events = fc.array(
      fc.tuple(fc.nat(59_999), fc.integer({ min: -999, max: 999 }), fc.integer({ min: 1, max: 9 })),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(events, fc.constantFrom(1, 10, 1000), (given, scale) => {
        const plain = given.map(([time, value, weight]) => event(time, value / scale, weight))
        const rules = { sameTime: 'largest', counterWrap: 'none', timeAverage: false } as const
        const told = given.map(([time, value, weight]) => event(time, value, weight, value * weight))
        const untold = given.map(([time, value, weight]) => event(time, value, weight))
        expect(afterEach(told, rules)).toEqual(afterEach(untold, rules))
        const counted = plain.map((_, at) => exactWindow(plain.slice(0, at + 1), rules))
        expect(afterEach(plain, rules)).toEqual(counted)
      }),
    )
  })
})
