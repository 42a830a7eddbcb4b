import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  createCheckEngine,
  defaultCheckLimits,
  type CheckEngine,
  type CheckLimits,
  type CheckTiming,
} from '../../src/engine.ts'
import { createTickEngine } from '../../src/ticking/check-engine.ts'

const timing = (periodMs: number, timeoutMs: number, phaseMs = 0, host = 'a'): CheckTiming => ({
  periodMs,
  timeoutMs,
  phaseMs,
  host,
})

/** An engine with checks a, b, c, … that know no other time than `now`. */
function engineOf(now: number, timings: readonly CheckTiming[], limits?: CheckLimits): CheckEngine {
  const engine = createCheckEngine(limits)
  for (const [at, one] of timings.entries()) engine.set('abcdefghi'.charAt(at), one, now, now)
  return engine
}

describe('the check engine', () => {
  it('wakes at each tick and each time-out, and not before', () => {
    const engine = engineOf(0, [timing(100, 30)])
    expect(engine.nextDue()).toBe(100)
    expect(engine.advance(99, 99)).toEqual([])
    expect(engine.advance(100, 100)).toEqual([{ kind: 'start', key: 'a', tick: 100, run: 1 }])
    expect(engine.nextDue()).toBe(130)
    expect(engine.advance(130, 130)).toEqual([{ kind: 'time-out', key: 'a', run: 1 }])
    expect(engine.nextDue()).toBe(200)
    // It has not settled, so it must not be started again.
    expect(engine.advance(200, 200)).toMatchObject([{ kind: 'skip', tick: 200, reason: 'still-running' }])
    engine.settled(1, 210, 210)
    expect(engine.advance(300, 300)).toEqual([{ kind: 'start', key: 'a', tick: 300, run: 2 }])
  })

  it('runs the latest of several ticks that have passed, and folds what is beyond the limit into the first shown', () => {
    const engine = engineOf(0, [timing(10, 5)], { maxMissed: 2 })
    expect(engine.advance(55, 55)).toEqual([
      { kind: 'skip', key: 'a', tick: 30, reason: 'missed', missed: 2 },
      { kind: 'skip', key: 'a', tick: 40, reason: 'missed', missed: 0 },
      { kind: 'start', key: 'a', tick: 50, run: 1 },
    ])
  })

  it('runs a check however late it may be by its own bound, and refuses one that is none', () => {
    const late = { ...timing(100, 50), maxLateMs: 100 }
    const engine = engineOf(0, [late, timing(100, 50)], { maxLateMs: 10 })
    expect(engine.advance(199, 199)).toEqual([
      { kind: 'skip', key: 'b', tick: 100, reason: 'missed', missed: 0 },
      { kind: 'start', key: 'a', tick: 100, run: 1 },
    ])
    for (const maxLateMs of [-1, 0.5, Number.NaN])
      expect(() => engine.set('c', { ...late, maxLateMs }, 0, 0)).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('after a night of sleep reports each tick of a large set, but not each by itself', () => {
    const engine = createCheckEngine()
    for (let at = 0; at < 200; at += 1) engine.set(`c${at}`, timing(1000, 500, at, `h${at}`), 0, 0)
    const night = 3_600_000
    const actions = engine.advance(night, night)
    const ticks = actions.map((action) => (action.kind === 'skip' ? 1 + action.missed : 1))
    expect(ticks.reduce((sum, count) => sum + count)).toBe(200 * 3600)
    expect(actions.length).toBeLessThan(10_500)
    const last = actions.filter((action) => action.kind === 'skip').at(-1)
    expect(last?.missed).toBeGreaterThan(3000)
  })

  it('frees the place of a run that timed out, not its check', () => {
    const engine = engineOf(50, [timing(100, 20), timing(100, 20, 1)], { concurrency: 1 })
    engine.advance(100, 100)
    expect(engine.advance(101, 101)).toEqual([])
    expect(engine.advance(120, 120)).toMatchObject([
      { kind: 'time-out', key: 'a' },
      { kind: 'start', key: 'b', tick: 101 },
    ])
  })

  it('keeps what comes after a stall at its own times: only those run whose tick was a moment ago', () => {
    const timings = Array.from({ length: 600 }, (_, at) => timing(60_000, 10_000, at * 100, `h${at}`))
    const started = (limits?: CheckLimits): number => {
      const engine = createCheckEngine(limits)
      for (const [at, one] of timings.entries()) engine.set(`c${at}`, one, 0, 0)
      return engine.advance(3_600_000, 3_600_000).filter(({ kind }) => kind === 'start').length
    }
    expect(started()).toBe(51)
    // Without the bound all come at once.
    expect(started({ maxLateMs: 99_999_999, concurrency: 999 })).toBeGreaterThan(300)
  })

  it('takes no place of others for a host that hangs, beyond its own', () => {
    const started = (perHost: number): readonly string[] => {
      const hanging = Array.from({ length: 8 }, () => timing(1000, 900, 0, 'hangs'))
      const engine = engineOf(0, [...hanging, timing(1000, 900, 1, 'well')], { concurrency: 6, perHost })
      const actions = [...engine.advance(1000, 1000), ...engine.advance(1001, 1001)]
      return actions.filter(({ kind }) => kind === 'start').map(({ key }) => key)
    }
    expect(started(2)).toEqual(['a', 'b', 'i'])
    expect(started(16)).not.toContain('i')
  })

  it('repeats no tick where the clock goes back by less than a period, and goes on at once where by more', () => {
    const engine = engineOf(0, [timing(100, 50)])
    engine.advance(1000, 1000)
    engine.settled(1, 1001, 1001)
    expect(engine.advance(999, 1002)).toEqual([])
    expect(engine.advance(1000, 1003)).toEqual([])
    expect(engine.nextDue()).toBe(1100)
    expect(engine.advance(305, 1004)).toEqual([])
    expect(engine.nextDue()).toBe(400)
  })

  it('times a run out by the clock that never jumps, wherever the other one goes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 30, maxLength: 30 }),
        (jumps) => {
          const engine = createCheckEngine()
          engine.set('a', timing(1_000_000, 25), 999_999, 6)
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

  it('gives no run more than its time where the clock that measures it begins anew', () => {
    const engine = engineOf(50, [timing(100, 20)])
    engine.advance(100, 100)
    engine.advance(101, 3)
    expect(engine.advance(119, 22)).toEqual([])
    expect(engine.advance(120, 23)).toMatchObject([{ kind: 'time-out' }])
  })

  it('tells what was due by then when a check is changed or taken out, and then goes by the new times', () => {
    const engine = engineOf(0, [timing(100, 50), timing(100, 50, 1)], { maxLateMs: 60 })
    const lines = engine
      .set('a', timing(150, 50), 250, 250)
      .map((action) => `${action.key} ${action.kind} ${'tick' in action ? action.tick : ''}`)
    expect(lines).toEqual(['b skip 1', 'b skip 101', 'a skip 100', 'b start 201', 'a start 200'])
    expect(engine.nextDue()).toBe(300)
  })

  it('starts no check that comes back before its last run has settled', () => {
    const engine = engineOf(0, [timing(100, 90)])
    engine.advance(100, 100)
    expect(engine.remove('a', 110, 110)).toEqual([{ kind: 'removed', key: 'a', run: 1 }])
    engine.set('a', timing(100, 90), 120, 120)
    expect(engine.advance(200, 200)).toMatchObject([{ kind: 'skip', tick: 200, reason: 'still-running' }])
    expect(engine.settled(1, 210, 210)).toEqual([])
    expect(engine.advance(300, 300)).toMatchObject([{ kind: 'start', tick: 300 }])
  })

  it('looks again sooner where asked to, once, and never later than at the next tick', () => {
    const engine = engineOf(0, [timing(100, 50)])
    engine.advance(100, 100)
    engine.retry(1, 30, 110)
    engine.settled(1, 110, 110)
    expect(engine.nextDue()).toBe(130)
    expect(engine.advance(130, 130)).toMatchObject([{ kind: 'start', tick: 130, run: 2 }])
    engine.retry(2, 300, 140)
    engine.settled(2, 140, 140)
    expect(engine.nextDue()).toBe(200)
  })

  it('does no more for many checks than for those that are due', () => {
    let looks = 0
    const counting = (at: number): CheckTiming => ({
      timeoutMs: 100,
      phaseMs: at,
      host: `h${at}`,
      get periodMs() {
        looks += 1
        return 100_000
      },
    })
    const engine = createTickEngine(defaultCheckLimits)
    for (let at = 0; at < 100_000; at += 1) engine.set(`c${at}`, counting(at), 0, 0)
    expect(looks).toBeGreaterThan(0)
    looks = 0
    for (let now = 1; now <= 1000; now += 1) engine.advance(now, now)
    expect(looks).toBeLessThan(10_000)
  })
})
