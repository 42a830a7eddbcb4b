import type { Duration, Sample } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { rollupValue, rollupValues } from '../../../src/engine/value.ts'
import { createWindowEngine, type RollupUpdate, type WindowEngineOptions } from '../../../src/engine.ts'
import type { FoundProblem } from '../../../src/problem.ts'
import { exactValue, isPromised } from '../../support/oracle.ts'
import { hour, minute, sample, samplesWithin } from '../../support/samples.ts'
import { anyRules, seriesOfOneKind } from '../../support/series-of-one-kind.ts'
import { shuffled, windowOf } from '../../support/window-of.ts'

const spanMs = 3 * hour

/** Feeds samples in the given order, one per second of the clock, which is behind all of them; gives everything that came out. */
function run(
  samples: readonly Sample[],
  windows: readonly Duration[],
  options: Partial<WindowEngineOptions> = {},
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
  const updates = samples.flatMap((one, index) => engine.add(one, spanMs + index * 1000))
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

/** Samples of several series in the order of their arrival; what is no event comes twice now and then. */
const arrivals = fc
  .array(seriesOfOneKind(spanMs, 15), { minLength: 1, maxLength: 4 })
  .map((lists) => lists.flat())
  .chain((samples) =>
    fc
      .subarray(samples.filter(({ kind }) => !['observation', 'delta', 'set'].includes(kind)))
      .chain((again) => fc.tuple(fc.constant(samples), shuffled([...samples, ...again]))),
  )

const windows = ['1m', '5m', '30m', '1h', '1d'] as const

describe('the window engine', () => {
  it('ends with what exact arithmetic over each window gives, whatever the order of arrival and what comes twice within the horizon', () => {
    fc.assert(
      fc.property(arrivals, anyRules, ([sent, arriving], rules) => {
        const { updates, problems } = run(arriving, windows, rules)
        expect(problems).toEqual([])
        const covered = new Map<string, number>()
        for (const { series, period, start, end, aggregate } of final(updates).values()) {
          const inside = sent.filter(
            (one) => one.series.key === series.key && one.time >= start && one.time < end,
          )
          covered.set(period, (covered.get(period) ?? 0) + inside.length)
          expect(aggregate).toEqual(windowOf(inside, rules))
          for (const value of rollupValues) {
            const expected = exactValue(inside, value, rules)
            const actual = rollupValue(aggregate, value, undefined, rules.counterWrap)
            const where = `${period} ${value}: ${actual}, not ${expected}`
            expect(isPromised(actual, expected, value), where).toBe(true)
          }
        }
        expect([...covered.values()]).toEqual(windows.map(() => sent.length))
      }),
    )
  })

  it('has no inexact window below 15 s of disorder', () => {
    const delayed = samplesWithin(spanMs, 200).chain((samples) =>
      fc.tuple(
        fc.constant(samples),
        fc.array(fc.nat({ max: 15_000 }), { minLength: samples.length, maxLength: samples.length }),
      ),
    )
    fc.assert(
      fc.property(delayed, ([samples, delays]) => {
        const engine = createWindowEngine({ windows })
        const updates = samples
          .map((one, at) => ({ one, now: one.time + (delays[at] ?? 0) }))
          .sort((a, b) => a.now - b.now)
          .flatMap(({ one, now }) => engine.add(one, now))
        for (const { aggregate, series, start, end } of final([...updates, ...engine.end()]).values()) {
          const inside = samples.filter(
            (one) => one.series.key === series.key && one.time >= start && one.time < end,
          )
          expect(aggregate).toEqual(windowOf(inside))
          expect(aggregate.inexact).toBe(false)
        }
      }),
    )
  })

  it('tells of all series the same whatever one sends that is ahead of the clock', () => {
    const fast = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 300_000 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(samplesWithin(hour, 60), fast, (samples, ahead) => {
        const [first] = samples
        if (first === undefined) return
        const told = (others: readonly (readonly [number, number])[]): RollupUpdate[] => {
          const engine = createWindowEngine({ windows })
          const updates: RollupUpdate[] = []
          for (const [index, one] of samples.entries()) {
            // The others lag by three seconds.
            const now = one.time + 3000
            updates.push(...engine.add(one, now))
            for (const [at, lead] of others) {
              if (at === index) updates.push(...engine.add(sample('fast', now + lead, 1), now))
            }
          }
          return [...updates, ...engine.end()].filter(({ series }) => series.key !== 'fast')
        }
        expect(told(ahead)).toEqual(told([]))
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

  it('takes what is too late for its shortest window into the longer ones that are not final, and says so', () => {
    const engine = createWindowEngine(
      { windows: ['1m', '5m', '1h'], maxDisorderMs: 0, maxLateMs: minute },
      (reason) => problems.push(reason),
    )
    const problems: string[] = []
    const add = (time: number, value: number, kind: 'gauge' | 'observation' = 'gauge'): RollupUpdate[] => [
      ...engine.add(sample('a', time, value, kind), hour + time),
    ]
    for (const at of [0, 1, 2, 3]) add(at * minute + 30_000, 1)
    expect(problems).toEqual([])
    // Before the first one there is nothing that it could be twice; an event cannot be twice.
    add(10_000, 4)
    add(40_000, 8, 'observation')
    expect(
      add(5 * minute, 16).map(({ period, revision, aggregate }) => [period, revision, aggregate.count]),
    ).toEqual([
      ['1m', 0, 1],
      ['5m', 0, 6],
    ])
    // Between others it may be one of them.
    expect(add(45_000, 32)).toMatchObject([
      { period: '5m', revision: 1, cause: 'late', aggregate: { count: 7, sum: 48, inexact: true } },
    ])
    expect(problems).toEqual(['too-late', 'too-late', 'too-late'])
    expect(engine.end()).toMatchObject([
      { period: '1m', start: 5 * minute },
      { period: '5m', start: 5 * minute },
      { period: '1h', aggregate: { count: 8, sum: 64, inexact: true } },
    ])
  })

  it('refuses what is too late for all windows, and of another kind than the longer ones', () => {
    const problems: string[] = []
    const engine = createWindowEngine({ windows: ['1m', '5m'], maxDisorderMs: 0, maxLateMs: 0 }, (reason) =>
      problems.push(reason),
    )
    engine.add(sample('a', 10_000, 1), hour)
    engine.add(sample('a', 2 * minute, 1), hour)
    engine.add(sample('a', 20_000, 'x', 'text'), hour)
    expect(problems).toEqual(['too-late', 'kind-changed'])
    // A series of its own opens the longer window.
    engine.add(sample('b', 20_000, 7), hour)
    engine.add(sample('a', 10 * minute, 1), hour)
    engine.add(sample('c', 20_000, 7), hour)
    expect(problems).toEqual(['too-late', 'kind-changed', 'too-late', 'too-late'])
  })
})
