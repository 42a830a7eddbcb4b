import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { createCheckEngine, type CheckAction } from '../../src/engine.ts'

const timing = fc
  .record({
    periodMs: fc.integer({ min: 1, max: 50 }),
    timeoutMs: fc.integer({ min: 1, max: 80 }),
    seed: fc.nat(),
  })
  .map(({ periodMs, timeoutMs, seed }) => ({ periodMs, timeoutMs, phaseMs: seed % periodMs }))
const scenario = fc.record({
  timings: fc.array(timing, { minLength: 1, maxLength: 5 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  maxMissed: fc.integer({ min: 1, max: 4 }),
  // How far the clock goes in a step, and which of the runs that go on settles then (none, where there is no such one).
  steps: fc.array(fc.record({ wait: fc.oneof(fc.nat(20), fc.nat(400)), settle: fc.nat(8) }), {
    maxLength: 60,
  }),
})

describe('the check engine', () => {
  it('accounts for each tick exactly once, without overlap and within the concurrency', () => {
    fc.assert(
      fc.property(scenario, ({ timings, concurrency, maxMissed, steps }) => {
        const start = 1000
        const engine = createCheckEngine(timings, start, { concurrency, maxMissed })
        const accounted = timings.map(() => [] as number[])
        // Started and not settled; true where its time-out was told.
        const going = new Map<number, boolean>()
        const look = (actions: readonly CheckAction[]): void => {
          for (const action of actions) {
            const { index, tick } = action
            const { periodMs } = timings[index]!
            if (action.kind === 'time-out') going.set(index, true)
            else if (action.kind === 'start') {
              expect(going.has(index)).toBe(false)
              going.set(index, false)
              accounted[index]!.push(tick)
            } else {
              for (let back = action.missed; back >= 0; back -= 1)
                accounted[index]!.push(tick - back * periodMs)
            }
          }
          const active = [...going.values()].filter((timedOut) => !timedOut).length
          expect(active).toBeLessThanOrEqual(concurrency)
        }
        let now = start
        for (const { wait, settle } of steps) {
          now += wait
          look(engine.advance(now))
          const index = [...going.keys()][settle]
          if (index === undefined) continue
          going.delete(index)
          look(engine.settled(index, now))
        }
        // Let all that waits have its turn.
        for (let round = 0; round < 2 * timings.length; round += 1) {
          for (const index of [...going.keys()]) {
            going.delete(index)
            look(engine.settled(index, now))
          }
        }
        timings.forEach(({ periodMs, phaseMs }, index) => {
          const expected: number[] = []
          for (let tick = start + 1; tick <= now; tick += 1) {
            if ((tick - phaseMs) % periodMs === 0) expected.push(tick)
          }
          expect(accounted[index]!.sort((a, b) => a - b)).toEqual(expected)
        })
      }),
      runs(300),
    )
  })

  it('wakes at each tick and each time-out, and not before', () => {
    const engine = createCheckEngine([{ periodMs: 100, timeoutMs: 30, phaseMs: 0 }], 0, {
      concurrency: 1,
      maxMissed: 9,
    })
    expect(engine.nextDue()).toBe(100)
    expect(engine.advance(99)).toEqual([])
    expect(engine.advance(100)).toEqual([{ kind: 'start', index: 0, tick: 100 }])
    expect(engine.nextDue()).toBe(130)
    expect(engine.advance(130)).toEqual([{ kind: 'time-out', index: 0, tick: 100 }])
    expect(engine.nextDue()).toBe(200)
    // It has not settled, so it must not be started again.
    expect(engine.advance(200)).toMatchObject([{ kind: 'skip', tick: 200, reason: 'still-running' }])
    engine.settled(0, 210)
    expect(engine.advance(300)).toEqual([{ kind: 'start', index: 0, tick: 300 }])
  })

  it('runs the latest of several ticks that have passed, and folds what is beyond the limit into the first shown', () => {
    const engine = createCheckEngine([{ periodMs: 10, timeoutMs: 5, phaseMs: 0 }], 0, {
      concurrency: 1,
      maxMissed: 2,
    })
    expect(engine.advance(55)).toEqual([
      { kind: 'skip', index: 0, tick: 30, reason: 'missed', missed: 2 },
      { kind: 'skip', index: 0, tick: 40, reason: 'missed', missed: 0 },
      { kind: 'start', index: 0, tick: 50 },
    ])
  })

  it('frees the place of a run that timed out, not its check', () => {
    const timings = [0, 1].map((phaseMs) => ({ periodMs: 100, timeoutMs: 20, phaseMs }))
    const engine = createCheckEngine(timings, 50, { concurrency: 1, maxMissed: 1 })
    engine.advance(100)
    expect(engine.advance(101)).toEqual([])
    expect(engine.advance(120)).toMatchObject([
      { kind: 'time-out', index: 0 },
      { kind: 'start', index: 1, tick: 101 },
    ])
  })

  it('goes on at once when the clock is set back', () => {
    const engine = createCheckEngine([{ periodMs: 10, timeoutMs: 5, phaseMs: 0 }], 100_000, {
      concurrency: 1,
      maxMissed: 1,
    })
    expect(engine.advance(5)).toEqual([])
    expect(engine.nextDue()).toBe(10)
  })

  it('times a run out by the clock that never jumps, wherever the other one goes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 30, maxLength: 30 }),
        (jumps) => {
          const engine = createCheckEngine([{ periodMs: 1_000_000, timeoutMs: 25, phaseMs: 0 }], 999_999)
          expect(engine.advance(1_000_000, 7)).toMatchObject([{ kind: 'start' }])
          const timeOuts = jumps.flatMap((jump, step) =>
            engine
              .advance(1_500_000 + jump, 7 + step)
              .filter(({ kind }) => kind === 'time-out')
              .map(() => step),
          )
          expect(timeOuts).toEqual([25])
        },
      ),
    )
  })
})
