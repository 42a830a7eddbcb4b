import type { Sample } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { mergeLate } from '../../src/engine/merge-late.ts'
import type { Rollup } from '../../src/engine/rollups.ts'
import { counted } from '../support/oracle.ts'
import { minute, sample } from '../support/samples.ts'
import { anyRules, seriesOfOneKind } from '../support/series-of-one-kind.ts'
import { readingOf, windowOf } from '../support/window-of.ts'

const late = (stored: Rollup, samples: readonly Sample[]): ReturnType<typeof mergeLate> =>
  mergeLate(stored, samples.map(readingOf))

describe('readings whose window is stored', () => {
  it('give the same as in time where they lie before or behind it, or are numbers that are events', () => {
    const split = seriesOfOneKind(minute).chain((samples) =>
      fc.tuple(fc.constant(samples), fc.nat({ max: minute }), fc.nat({ max: minute })),
    )
    fc.assert(
      fc.property(split, anyRules, ([samples, one, other], rules) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const isEvent = ({ kind, value }: Sample): boolean =>
          (kind === 'observation' || kind === 'delta') && typeof value === 'number'
        const stored = samples.filter(({ time }) => time >= from && time <= to)
        if (stored.length === 0) return
        const outside = samples.filter(
          (sent) => !stored.includes(sent) || (isEvent(sent) && stored.indexOf(sent) % 2 === 1),
        )
        const base = stored.filter((sent) => !outside.includes(sent))
        if (base.length === 0) return
        const start = windowOf(base, rules)
        if (
          outside.some(
            (sent) => !isEvent(sent) && sent.time >= start.first.time && sent.time <= start.last.time,
          )
        )
          return
        const merged = mergeLate(start, outside.map(readingOf), rules.sameTime, rules.counterWrap)
        expect(merged).toEqual({ rollup: windowOf(samples, rules), estimated: 0, conflicts: 0 })
        expect(merged.rollup.inexact).toBe(false)
      }),
      { numRuns: 300 },
    )
  })

  it('are known where the window shows their moment and value, and change nothing', () => {
    for (const kind of ['gauge', 'counter'] as const) {
      const samples = [sample('s', 0, 1, kind), sample('s', 10, 3, kind)]
      const stored = windowOf(samples)
      expect(late(stored, samples)).toEqual({ rollup: stored, estimated: 0, conflicts: 0 })
      // The larger one counts already.
      expect(late(stored, [sample('s', 10, 2, kind)])).toEqual({ rollup: stored, estimated: 0, conflicts: 0 })
      expect(late(stored, [sample('s', 10, 4, kind)])).toMatchObject({
        estimated: 1,
        rollup: { inexact: true },
      })
    }
  })

  it('are counted and make it inexact among its samples, whose moments are gone', () => {
    for (const kind of ['gauge', 'counter', 'text'] as const) {
      const at = (...times: number[]): Sample[] =>
        times.map((time) => sample('s', time, (kind === 'text' ? 'a' : time) as never, kind))
      const { rollup, estimated } = late(windowOf(at(0, 10, 20)), at(10, 15, 15))
      expect(rollup).toMatchObject({ count: 5, inexact: true })
      expect(estimated).toBe(3)
    }
  })

  it('keep what the earlier samples of a counter have seen, and add what lies behind', () => {
    const stored = windowOf([sample('c', 0, 100, 'counter'), sample('c', 40_000, 5, 'counter')])
    const { rollup } = late(stored, [sample('c', 20_000, 120, 'counter'), sample('c', 50_000, 9, 'counter')])
    expect(rollup).toMatchObject({ count: 4, growth: 4, resets: 1, last: { value: 9 }, inexact: true })
  })

  it('of another kind are left out and told', () => {
    const stored = windowOf([sample('g', 0, 1)])
    expect(late(stored, [sample('g', 5, 'x', 'text'), sample('g', -1 + 1, 2, 'counter')])).toEqual({
      rollup: stored,
      estimated: 0,
      conflicts: 2,
    })
  })

  it('leave a window inexact that was so before', () => {
    const stored = { ...windowOf([sample('g', 10, 1)]), inexact: true }
    expect(late(stored, [sample('g', 20, 2)]).rollup).toMatchObject({ count: 2, inexact: true })
    expect(late(stored, [sample('g', 10, 2, 'observation')]).rollup).toMatchObject({
      count: 2,
      inexact: true,
    })
  })

  it('are one where they have one moment themselves', () => {
    const stored = windowOf([sample('g', 10, 1)])
    const twice = [20, 20].map((time) => sample('g', time, 5))
    expect(late(stored, twice).rollup).toMatchObject({ count: counted(twice).length + 1, inexact: false })
  })
})
