import type { Sample } from '@tocsin/core'
import { dividedBy, nearestDouble, rational, times, total } from '@tocsin/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { cellRollup, createCell, foldRollups, mergeRollups, recordReading } from '../../src/engine/cell.ts'
import { mergeLate } from '../../src/engine/merge-late.ts'
import type { NumericRollup } from '../../src/engine/rollups.ts'
import { rollupValue } from '../../src/engine/value.ts'
import { createWindowEngine } from '../../src/engine.ts'
import { counted, meantBy } from '../support/oracle.ts'
import { hour, minute, sample } from '../support/samples.ts'
import { seriesOfOneKind } from '../support/series-of-one-kind.ts'
import { readingOf, windowOf } from '../support/window-of.ts'

function heldWindow(samples: readonly Sample[]): NumericRollup {
  const cell = createCell('numeric', 'largest', 'none', true)
  for (const one of samples) recordReading(cell, readingOf(one))
  return cellRollup(cell) as NumericRollup
}

const gaugesOnly = seriesOfOneKind(hour)
  .map((samples) => samples.filter(({ kind }) => kind === 'gauge'))
  .filter((samples) => samples.length > 0)

/** Each value by the ms until the next. */
function exactTimeAverage(samples: readonly Sample[]): number | null {
  const sorted = counted(samples)
  const areas = sorted.slice(1).map(({ time }, index) => {
    const before = sorted[index]!
    return times(meantBy(before.value as number), rational(BigInt(time - before.time)))
  })
  const ms = (sorted.at(-1)?.time ?? 0) - (sorted[0]?.time ?? 0)
  return ms === 0 ? null : nearestDouble(dividedBy(total(areas), rational(BigInt(ms))))
}

describe('how long values held', () => {
  it('gives the average by time, whatever windows they were in and however they are put together', () => {
    fc.assert(
      fc.property(gaugesOnly, fc.constantFrom(1, 5, 30), (samples, minutes) => {
        const parts = new Map<number, Sample[]>()
        for (const one of samples) {
          const start = Math.floor(one.time / (minutes * minute))
          parts.set(start, [...(parts.get(start) ?? []), one])
        }
        const rollups = [...parts].sort(([a], [b]) => a - b).map(([, inside]) => heldWindow(inside))
        const whole = heldWindow(samples)
        expect(foldRollups(rollups)).toEqual(whole)
        expect(rollups.reduceRight((all, part) => mergeRollups(all, part) as NumericRollup)).toEqual(whole)
        expect(rollupValue(whole, 'timeAverage')).toBe(exactTimeAverage(samples))
        expect(JSON.parse(JSON.stringify(whole))).toEqual(whole)
      }),
    )
  })

  it('goes on from the window before, whose last value held until the first one', () => {
    const [before, after] = [[10], [70, 20]].map((values, at) =>
      heldWindow(values.map((value, index) => sample('g', at * minute + index * 1000, value))),
    ) as [NumericRollup, NumericRollup]
    expect(rollupValue(before, 'timeAverage')).toBeNull()
    expect(rollupValue(after, 'timeAverage')).toBe(70)
    expect(rollupValue(after, 'timeAverage', before)).toBe((10 * 60 + 70) / 61)
  })

  it('is unknown where nobody asked, where windows overlap, and where events are among them', () => {
    const held = heldWindow([sample('g', 0, 1), sample('g', 10, 2)])
    const plain = windowOf([sample('g', 20, 1), sample('g', 30, 1)])
    expect(rollupValue(plain, 'timeAverage')).toBeNull()
    expect(rollupValue(mergeRollups(held, plain), 'timeAverage')).toBeNull()
    expect(rollupValue(mergeRollups(held, heldWindow([sample('g', 5, 1)])), 'timeAverage')).toBeNull()
    const events = [sample('g', 0, 1), sample('g', 10, 2), sample('g', 5, 9, 'observation')]
    expect(rollupValue(heldWindow(events), 'timeAverage')).toBeNull()
  })

  it('is kept where late values lie before or behind, and unknown where they lie among others', () => {
    const stored = heldWindow([sample('g', 10, 1), sample('g', 20, 3)])
    const outside = [sample('g', 0, 5), sample('g', 30, 7)]
    const merged = mergeLate(stored, outside.map(readingOf)).rollup
    expect(rollupValue(merged, 'timeAverage')).toBe(
      exactTimeAverage([sample('g', 10, 1), sample('g', 20, 3), ...outside]),
    )
    const among = mergeLate(stored, [readingOf(sample('g', 15, 2))]).rollup
    expect(rollupValue(among, 'timeAverage')).toBeNull()
  })

  it('is a value of the windows of an engine that is told to keep it', () => {
    const engine = createWindowEngine({ windows: ['1m', '5m'], timeAverage: true })
    for (const [at, value] of [
      [0, 1],
      [30, 3],
      [90, 5],
      [130, 0],
    ] as const) {
      engine.add(sample('a', at * 1000, value), hour)
    }
    const last = engine.end().at(-1)
    expect(last?.period).toBe('5m')
    expect(rollupValue(last!.aggregate, 'timeAverage')).toBe((30 * 1 + 60 * 3 + 40 * 5) / 130)
  })
})
