import fc from 'fast-check'
import { map, merge, timer } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'

import { createWindowEngine, defaultWindowEngineOptions, type RollupUpdate } from '../src/engine.ts'
import { defaultRollupOptions, rollup, type RollupOptions } from '../src/index.ts'
import { minute, sample } from './support/samples.ts'

const bounds = { windows: ['1m', '5m'], maxDisorderMs: 5000, maxLateMs: 60_000 } as const

/** Samples in the order of their arrival, some of them late, too late or ahead of the clock. */
const arrivals = fc
  .array(
    fc.record({
      metric: fc.constantFrom('a', 'b'),
      stepMs: fc.constantFrom(0, 1000, 7000, 20_000, 61_000, 300_000),
      ageMs: fc.constantFrom(0, 0, 0, 4000, 30_000, 200_000, -10_000, -400_000),
      value: fc.nat(10),
    }),
    { maxLength: 40 },
  )
  .map((steps) => {
    let now = 10 * minute
    return steps.map(({ metric, stepMs, ageMs, value }) => {
      now += stepMs
      return { now, sample: sample(metric, now - ageMs, value) }
    })
  })

describe('the engine of windows', () => {
  it('gives in a loop what rollup emits live, and tells of the same samples', () => {
    fc.assert(
      fc.property(arrivals, (given) => {
        const live: RollupUpdate[] = []
        const refusedLive: string[] = []
        new TestScheduler(() => undefined).run(() => {
          const problems = { next: ({ reason }: { reason: string }): unknown => refusedLive.push(reason) }
          merge(...given.map((one) => timer(one.now).pipe(map(() => one.sample))))
            .pipe(rollup({ ...bounds, problems }))
            .subscribe((update) => live.push(update))
        })
        const refused: string[] = []
        const engine = createWindowEngine(bounds, (reason) => refused.push(reason))
        const byLoop: RollupUpdate[] = []
        for (const one of given) byLoop.push(...engine.add(one.sample, one.now))
        byLoop.push(...engine.end())
        expect(byLoop).toEqual(live)
        // The operator shows at most 10 of a reason in a second.
        expect(new Set(refused)).toEqual(new Set(refusedLive))
      }),
    )
  })

  it('gives the same whenever it is woken in between', () => {
    const waits = fc.array(fc.nat(100_000), { maxLength: 40 })
    fc.assert(
      fc.property(arrivals, waits, (given, before) => {
        const rare = createWindowEngine(bounds)
        const often = createWindowEngine(bounds)
        let last = 0
        for (const [index, one] of given.entries()) {
          const woken = often.advance(Math.max(last, one.now - (before[index] ?? 0)))
          expect([...woken, ...often.add(one.sample, one.now)]).toEqual(rare.add(one.sample, one.now))
          last = one.now
        }
        expect(often.end()).toEqual(rare.end())
      }),
    )
  })

  it('has something due only while a window is open', () => {
    const engine = createWindowEngine({ windows: ['1m'] })
    expect(engine.nextDue()).toBe(Infinity)
    engine.add(sample('a', 1000, 1), 1500)
    expect(engine.nextDue()).toBe(minute + 500 + 5000)
    expect(engine.advance(engine.nextDue() - 1)).toEqual([])
    expect(engine.advance(engine.nextDue())).toMatchObject([{ start: 0, cause: 'close' }])
    expect(engine.nextDue()).toBe(Infinity)
  })

  it('undoes nothing where the clock goes back, and goes on once that has caught up', () => {
    const engine = createWindowEngine({ windows: ['1m'], maxDisorderMs: 0 })
    engine.add(sample('a', 30_000, 1), 30_000)
    expect(engine.advance(minute)).toMatchObject([{ start: 0, cause: 'close' }])
    expect(engine.advance(0)).toEqual([])
    // Still closed: a correction, and nothing is open.
    expect(engine.add(sample('a', 40_000, 2), 20_000)).toMatchObject([
      { start: 0, cause: 'late', revision: 1 },
    ])
    expect(engine.nextDue()).toBe(Infinity)
    // Ahead of a clock that has gone back, as of any: it closes nothing.
    engine.add(sample('a', 70_000, 3), 21_000)
    expect(engine.add(sample('a', 2 * minute, 4), 22_000)).toEqual([])
    expect(engine.advance(2 * minute - 10_001)).toEqual([])
    expect(engine.add(sample('a', 3 * minute, 5), 3 * minute)).toMatchObject([
      { start: minute, cause: 'close' },
      { start: 2 * minute, cause: 'close' },
    ])
  })

  it('refuses options as rollup does, and has its defaults', () => {
    const code = expect.objectContaining({ code: 'ROLLUP_BAD_OPTION' })
    for (const wrong of [{ windows: ['7m', '10m'] }, { maxSeries: 0 }, { scheduler: undefined }]) {
      expect(() => createWindowEngine(wrong as RollupOptions)).toThrow(code)
    }
    expect(defaultRollupOptions).toMatchObject(defaultWindowEngineOptions)
  })
})
