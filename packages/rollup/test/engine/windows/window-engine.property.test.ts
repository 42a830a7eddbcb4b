import type { Duration, Sample } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rollupValue, rollupValues } from '../../../src/engine/value.ts'
import { createWindowEngine, type RollupUpdate } from '../../../src/engine.ts'
import type { FoundProblem } from '../../../src/problem.ts'
import { exactValue, isPromised } from '../../support/oracle.ts'
import { hour, minute, sample, samplesWithin } from '../../support/samples.ts'

const spanMs = 3 * hour

/** Feeds samples in the given order, one per second of the clock; gives everything that came out. */
function run(
  samples: readonly Sample[],
  windows: readonly Duration[],
  options: { maxDisorderMs?: number; maxLateMs?: number; maxSeries?: number } = {},
): { updates: RollupUpdate[]; problems: FoundProblem[] } {
  const problems: FoundProblem[] = []
  const engine = createWindowEngine(
    {
      windows,
      maxDisorderMs: 10_000,
      maxLateMs: spanMs,
      maxFutureMs: 1e12,
      maxSeries: 100,
      ...options,
    },
    (reason, describe) => problems.push({ reason, ...describe() }),
  )
  const updates = samples.flatMap((one, index) => engine.add(one, index * 1000))
  return { updates: [...updates, ...engine.end()], problems }
}

/** The last revision of each window. */
function final(updates: readonly RollupUpdate[]): Map<string, RollupUpdate> {
  const last = new Map<string, RollupUpdate>()
  for (const update of updates) last.set(`${update.period} ${update.series.key} ${update.start}`, update)
  return last
}

const shuffledSamples = samplesWithin(spanMs, 60).chain((samples) =>
  fc.shuffledSubarray(samples, { minLength: samples.length }),
)
const windows = ['1m', '5m', '30m', '1h', '1d'] as const

describe('the window engine', () => {
  it('ends with what exact arithmetic over each window gives, whatever the order of arrival within the horizon', () => {
    fc.assert(
      fc.property(shuffledSamples, (samples) => {
        const { updates, problems } = run(samples, windows)
        expect(problems).toEqual([])
        const last = final(updates)
        const covered = new Map<string, number>()
        for (const { series, period, start, end, aggregate } of last.values()) {
          const inside = samples.filter(
            (one) => one.series.key === series.key && one.time >= start && one.time < end,
          )
          covered.set(period, (covered.get(period) ?? 0) + aggregate.count)
          for (const value of rollupValues) {
            const expected = exactValue(inside, value)
            const actual = rollupValue(aggregate, value)
            const where = `${period} ${value}: ${actual}, not ${expected}`
            expect(isPromised(actual, expected, value), where).toBe(true)
          }
        }
        if (samples.length > 0) expect([...covered.values()]).toEqual(windows.map(() => samples.length))
      }),
    )
  })

  it('gives equal windows whichever other windows it keeps, and however early windows can no longer change', () => {
    fc.assert(
      fc.property(
        samplesWithin(spanMs, 60),
        fc.subarray<Duration>(['5m', '30m', '1h']),
        (samples, between) => {
          const all = final(run(samples, windows).updates)
          const some = final(run(samples, ['1m', ...between, '1d'], { maxLateMs: 0 }).updates)
          for (const [key, { aggregate }] of some) expect(aggregate).toEqual(all.get(key)?.aggregate)
        },
      ),
    )
  })

  it('counts revisions up, and never emits a window twice as closed', () => {
    fc.assert(
      fc.property(shuffledSamples, (samples) => {
        const next = new Map<string, number>()
        for (const { period, series, start, revision, cause } of run(samples, windows).updates) {
          const key = `${period} ${series.key} ${start}`
          expect(revision).toBe(next.get(key) ?? 0)
          if (cause !== 'late') expect(revision).toBe(0)
          next.set(key, revision + 1)
        }
      }),
    )
  })

  it('takes each sample or says why not', () => {
    fc.assert(
      fc.property(shuffledSamples, fc.nat({ max: 10 }), (samples, lateMinutes) => {
        const { updates, problems } = run(samples, ['1m'], { maxLateMs: lateMinutes * minute })
        const taken = [...final(updates).values()].reduce(
          (total, { aggregate }) => total + aggregate.count,
          0,
        )
        expect(taken + problems.length).toBe(samples.length)
        expect(problems.every(({ reason }) => reason === 'too-late')).toBe(true)
      }),
    )
  })

  it('makes room for other series once the windows of one can no longer change', () => {
    const many = Array.from({ length: 50 }, (_, index) => sample(`series ${index}`, index * 3 * minute, 1))
    const { problems, updates } = run(many, ['1m'], { maxSeries: 2, maxLateMs: 0, maxDisorderMs: 0 })
    expect(problems).toEqual([])
    expect(updates).toHaveLength(50)
    expect(run(many, ['1m'], { maxSeries: 2 }).problems.at(-1)).toMatchObject({
      reason: 'too-many-series',
      series: 'series 49',
    })
  })
})
