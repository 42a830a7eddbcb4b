import type { Sample } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { foldRollups, mergeRollups } from '../../src/engine/cell.ts'
import { sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'

const kinds = ['counter', 'text', 'gauge'] as const
const value = (kind: (typeof kinds)[number], number: number): number | string =>
  kind === 'text' ? `text ${number}` : number

/** Few moments and few values, so that windows begin or end at one moment, with one value or two. */
const anyWindow = (kind: (typeof kinds)[number]): fc.Arbitrary<readonly Sample[]> =>
  fc.array(
    fc
      .tuple(fc.nat({ max: 3 }), fc.nat({ max: 2 }))
      .map(([time, number]) => sample('a', time, value(kind, number), kind)),
    { minLength: 1, maxLength: 4 },
  )

const countOf = (samples: readonly Sample[]): number => new Set(samples.map(({ time }) => time)).size

describe('windows that overlap in time', () => {
  it.each(kinds)('of a %s are the same whichever comes first, and keep all samples', (kind) => {
    fc.assert(
      fc.property(anyWindow(kind), anyWindow(kind), (one, other) => {
        const [a, b] = [windowOf(one), windowOf(other)]
        const merged = mergeRollups(a, b)
        expect(mergeRollups(b, a)).toEqual(merged)
        expect(merged.count).toBe(countOf(one) + countOf(other))
        expect(merged.first.time).toBe(Math.min(a.first.time, b.first.time))
        expect(merged.last.time).toBe(Math.max(a.last.time, b.last.time))
        expect(foldRollups([a, b])).toEqual(merged)
        const isApart = a.last.time < b.first.time || b.last.time < a.first.time
        if (isApart) expect(merged).toEqual(windowOf([...one, ...other]))
        else expect(merged.inexact).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
