import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compileTerm } from '../../src/conditions/terms.ts'
import { createConditionPlan } from '../../src/conditions/condition.ts'
import type { Term } from '../../src/model/rule-set.ts'
import type { SavedWindows } from '../../src/windows/saved-windows.ts'
import { createWindows, type Windows } from '../../src/windows/windows.ts'
import { look } from '../conditions/look.ts'
import { history, sample, usualValue } from './samples.ts'

const everyTerm: readonly Term[] = [
  ...[
    { average: '1m' },
    { max: '1m' },
    { stddev: '1m' },
    { zscore: '1m' },
    { rate: '1m' },
    { counter: '1m' },
  ],
  ...[{ forecast: '1m', over: '1m' }, { quantile: 0.9, over: '1m' }, { changes: '1m' }, { changes: 5 }],
  ...[{ share: { above: 1 }, over: '1m' }, { count: { above: 1 }, over: 3 }, { sum: '2m' }],
] as readonly Term[]

interface Read {
  readonly needs: readonly number[]
  readonly at: (row: number, time: number) => readonly number[]
}

function readersOf(windows: Windows, terms: readonly Term[]): Read {
  const plan = createConditionPlan(windows)
  const compiled = terms.map((term) => compileTerm(term, 0, plan))
  return { needs: plan.needs, at: (row, time) => compiled.map(({ read }) => read(look({ row, time }))) }
}

/** What a snapshot has of the windows of so many rows. */
function saved(windows: Windows, rows: number): SavedWindows {
  const { size, fill, ...rest } = windows.save(rows)
  const words = new Float64Array(size)
  fill(words)
  return { ...rest, words }
}

/** Rows of one window, and the bytes that each adds. */
function bytesPerPane(terms: readonly Term[]): number {
  const windows = createWindows()
  const { needs } = readersOf(windows, terms)
  const bare = createWindows()
  for (let row = 0; row < 20_000; row += 1) {
    windows.attach(row, needs)
    bare.attach(row, [])
  }
  // A header has 32 bytes.
  return ((windows.bytes - bare.bytes) / 20_000 - 32) / 12
}

describe('windows', () => {
  it('take 16 bytes a pane for an average, 32 with minimum and maximum', () => {
    expect(bytesPerPane([{ average: '1m' }])).toBeLessThan(16.5)
    expect(bytesPerPane([{ average: '1m' }, { sum: '1m' }, { min: '1m' }, { max: '1m' }])).toBeLessThan(33)
    expect(bytesPerPane([{ average: '1m' }])).toBeGreaterThan(15.9)
  })

  it('give back all memory with the last row, and forget what a freed row held', () => {
    const windows = createWindows()
    const { needs, at } = readersOf(windows, everyTerm)
    for (let round = 0; round < 3; round += 1) {
      let known = 0
      for (let row = 0; row < 500; row += 1) {
        windows.attach(row, needs)
        known += at(row, 1000).filter((value) => value !== 0 && !Number.isNaN(value)).length
        windows.add(sample({ row, time: 1000, value: 7 }))
      }
      expect(known).toBe(0)
      expect(at(499, 1000)[0]).toBe(7)
      const full = windows.bytes
      for (let row = 0; row < 500; row += 2) windows.free(row)
      for (let row = 0; row < 500; row += 2) windows.attach(row, needs)
      expect(windows.bytes).toBe(full)
      for (let row = 0; row < 500; row += 1) windows.free(row)
      expect(windows.bytes).toBe(8 * Math.max(500, 512))
    }
  })

  it('are filled from the first sample, and anew by one that comes later than their length', () => {
    const windows = createWindows()
    const need = windows.need({ durationMs: 60_000, lane: 'count' })
    windows.attach(0, [need])
    const fills = [0, 59_000, 119_000, 200_000, 260_000].map((time) => {
      windows.add(sample({ time }))
      return windows.filledMs(0, need, time)
    })
    expect(fills).toEqual([0, 59_000, 60_000, 0, 60_000])
    expect(windows.filledMs(0, need, 320_000)).toBe(60_000)
    expect(windows.filledMs(0, need, 320_001)).toBe(0)
    expect(windows.count(0, need, 260_000)).toBe(1)
  })

  it('say once that samples come too seldom for them to be filled', () => {
    const told: number[][] = []
    const windows = createWindows({ neverFills: (...facts) => told.push(facts) })
    const strict = windows.need({ durationMs: 60_000, lane: 'sum', minFillMs: 30_000 })
    const loose = windows.need({ durationMs: 50_000, lane: 'sum' })
    for (const row of [0, 1, 2]) windows.attach(row, [strict, loose])
    for (let index = 0; index < 10; index += 1) {
      windows.add(sample({ row: 0, time: index * 61_000 }))
      windows.add(sample({ row: 1, time: index * 60_000 }))
      // Filled in between, each time.
      windows.add(sample({ row: 2, time: index * 100_000 }))
      windows.add(sample({ row: 2, time: index * 100_000 + 31_000 }))
    }
    expect(told).toEqual([[0, 60_000, 61_000]])
  })

  it('keep what they hold when other needs come and go, and new ones begin empty', () => {
    const windows = createWindows()
    const old = readersOf(windows, everyTerm)
    const more = readersOf(windows, [{ min: '2m' }, { delta: '2m' }])
    windows.attach(0, old.needs)
    windows.attach(1, old.needs)
    const feed = (row: number): void => {
      for (let index = 0; index < 40; index += 1)
        windows.add(
          sample({ row, time: index * 1000, value: index % 7, previous: 0, previousTime: 0, changed: 1 }),
        )
    }
    feed(0)
    feed(1)
    windows.attach(0, [...old.needs, ...more.needs])
    expect(old.at(0, 39_000)).toEqual(old.at(1, 39_000))
    expect(more.at(0, 39_000)).toEqual([NaN, NaN])
    feed(0)
    feed(1)
    expect(old.at(0, 39_000)).toEqual(old.at(1, 39_000))
    expect(more.at(0, 39_000)).toEqual([0, 4])
    windows.attach(0, old.needs.slice(2))
    expect(old.at(0, 39_000).filter(Number.isFinite)).not.toEqual([])
    windows.attach(0, [])
    expect(old.at(0, 39_000).every(Number.isNaN)).toBe(true)
  })

  it('go on after a snapshot as without one, at every sample', () => {
    fc.assert(
      fc.property(history(usualValue), fc.nat(59), fc.boolean(), (all, cut, isMoved) => {
        const windows = createWindows()
        const { needs, at } = readersOf(windows, everyTerm)
        const attach = (into: Windows, of: readonly number[], row: number): void => {
          if (isMoved) into.attach(row, of.slice(3))
          into.attach(row, of)
        }
        attach(windows, needs, 0)
        const restored = createWindows()
        const again = readersOf(restored, everyTerm)
        for (const [index, came] of all.entries()) {
          windows.add(sample({ ...came, previous: 1, previousTime: 0, changed: 1 }))
          if (index < cut) continue
          if (index === cut) {
            expect(restored.load(saved(windows, 1), () => again.needs)).toBe(true)
          } else restored.add(sample({ ...came, previous: 1, previousTime: 0, changed: 1 }))
          expect(again.at(0, came.time)).toEqual(at(0, came.time))
        }
      }),
    )
  })

  it('come back with rows of several needs, of none, and of those that are gone', () => {
    const terms: readonly Term[][] = [[{ average: '1m' }], [{ max: '2m' }, { quantile: 0.5, over: '1m' }]]
    const windows = createWindows()
    const [a, b] = terms.map((some) => readersOf(windows, some))
    for (const [row, { needs = [] } = {}] of [a, b, undefined, b, a].entries()) {
      if (needs.length > 0) windows.attach(row, needs)
      windows.add(sample({ row, value: row + 1 }))
    }
    windows.free(3)
    const restored = createWindows()
    const [c, d] = terms.map((some) => readersOf(restored, some))
    const needs = [c, d, undefined, undefined, c].map((one) => one?.needs ?? [])
    expect(restored.load(saved(windows, 5), (row) => needs[row] ?? [])).toBe(true)
    expect([c?.at(0, 0), d?.at(1, 0), d?.at(3, 0), c?.at(4, 0)]).toEqual([[1], b?.at(1, 0), [NaN, NaN], [5]])
  })

  it('are refused where a row has other needs, or they are kept in other parts', () => {
    const windows = createWindows()
    const [a, b] = [readersOf(windows, [{ average: '1m' }]), readersOf(windows, [{ average: '2m' }])]
    windows.attach(0, a.needs)
    windows.attach(1, b.needs)
    const both = saved(windows, 2)
    const load = (into: Windows, first: readonly number[], second: readonly number[]): boolean =>
      into.load(both, (row) => (row === 0 ? first : second))
    const [same, other, parted, empty] = [undefined, undefined, { panes: 6 }, undefined].map((options) =>
      createWindows(options),
    ) as [Windows, Windows, Windows, Windows]
    for (const into of [same, other, parted]) {
      readersOf(into, [{ average: '1m' }])
      readersOf(into, [{ average: '2m' }])
    }
    expect(load(same, a.needs, b.needs)).toBe(true)
    expect(load(other, b.needs, a.needs)).toBe(false)
    expect(load(parted, a.needs, b.needs)).toBe(false)
    expect(load(empty, a.needs, b.needs)).toBe(false)
  })

  it('are unknown after a restart without them until they were filled once', () => {
    const windows = createWindows()
    const { needs, at } = readersOf(windows, [{ average: '1m' }, { count: { above: 0 }, over: 3 }])
    windows.attach(0, needs)
    windows.distrust(0)
    const seen = [0, 30_000, 60_000, 90_000, 200_000].map((time) => {
      windows.add(sample({ time, value: 5 }))
      return at(0, time)
    })
    expect(seen).toEqual([
      [NaN, NaN],
      [NaN, NaN],
      [5, 3],
      [5, 3],
      [5, 3],
    ])
  })

  it('are after a correction as if the wrong value had never come', () => {
    const exactTerms = everyTerm.filter((term) => term.max === undefined && term.zscore === undefined)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 30 }), (values) => {
        const windows = createWindows()
        const { needs, at } = readersOf(windows, exactTerms)
        windows.attach(0, needs)
        windows.attach(1, needs)
        for (const [index, value] of values.entries()) {
          const right = sample({
            time: index * 5000,
            value,
            previous: 3,
            previousTime: 0,
            changed: value === 3 ? 0 : 1,
          })
          const wrong = { ...right, value: 4, changed: 1 } as const
          windows.add({ ...right, row: 1 })
          windows.add(wrong)
          windows.remove(wrong)
          windows.add(right)
          const [corrected, never] = [at(0, index * 5000), at(1, index * 5000)]
          for (const [which, one] of corrected.entries()) {
            const other = never[which] ?? NaN
            if (Number.isNaN(other)) expect(one).toBeNaN()
            else expect(one).toBeCloseTo(other, 9)
          }
        }
      }),
    )
  })

  it('do not know an extreme, nor a spread, that a correction took out of a pane of several, until it leaves', () => {
    const windows = createWindows()
    const { needs, at } = readersOf(windows, [{ min: '1m' }, { max: '1m' }, { stddev: '1m' }])
    windows.attach(0, needs)
    for (const value of [5, 7, 1e12]) windows.add(sample({ time: 10, value }))
    windows.remove(sample({ time: 10, value: 1e12 }))
    windows.add(sample({ time: 10, value: 6 }))
    expect(at(0, 10)).toEqual([5, NaN, NaN])
    windows.add(sample({ time: 60_000, value: 6 }))
    expect(at(0, 60_000)).toEqual([6, 6, 0])
  })

  it('take the least and the greatest of a pane of one sample back exactly', () => {
    const windows = createWindows()
    const { needs, at } = readersOf(windows, [{ min: '1m' }, { max: '1m' }])
    windows.attach(0, needs)
    windows.add(sample({ time: 0, value: 5 }))
    windows.add(sample({ time: 5000, value: 99 }))
    windows.remove(sample({ time: 5000, value: 99 }))
    expect(at(0, 5000)).toEqual([5, 5])
  })

  it('count texts as samples, of which no number over the window is known', () => {
    const windows = createWindows()
    const { needs, at } = readersOf(windows, [{ average: '1m' }, { count: { equals: 'down' }, over: '1m' }])
    windows.attach(0, needs)
    windows.add(sample({ time: 0, value: NaN, text: 'down' }))
    windows.add(sample({ time: 1000, value: NaN, text: 'up' }))
    expect(at(0, 1000)).toEqual([NaN, 1])
  })
})
