import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { createCheckEngine, type CheckAction, type CheckEngine, type CheckLimits } from '../../src/engine.ts'
import { play, type Step } from './check-oracle.ts'

const timing = fc
  .record({
    periodMs: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined, freq: 8 }),
    timeoutMs: fc.integer({ min: 1, max: 80 }),
    seed: fc.nat(),
    host: fc.constantFrom('a', 'a', 'b', 'c'),
    maxLateMs: fc.option(fc.nat(60), { nil: undefined, freq: 3 }),
  })
  .map(({ periodMs, timeoutMs, seed, host, maxLateMs }) => ({
    periodMs,
    timeoutMs,
    phaseMs: seed % (periodMs ?? 1),
    host,
    maxLateMs,
  }))
const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.oneof(fc.constant(0), fc.nat(20), fc.nat(400)),
  jump: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    fc.integer({ min: -60, max: 60 }),
    fc.integer({ min: -900, max: 900 }),
  ),
  act: fc.constantFrom('advance', 'settle', 'settle', 'soft', 'soft', 'set', 'set', 'remove', 'ask'),
  key: fc.nat(5),
  timing,
})
const scenario = fc.record({
  steps: fc.array(step, { maxLength: 60, size: 'max' }),
  limits: fc.record({
    concurrency: fc.integer({ min: 1, max: 4 }),
    perHost: fc.integer({ min: 1, max: 3 }),
    maxLateMs: fc.oneof(fc.nat(30), fc.constant(5000)),
    maxMissed: fc.integer({ min: 1, max: 4 }),
  }),
})

const enough = runs(100)
const cadence = (make: (limits: CheckLimits) => CheckEngine): fc.IPropertyWithHooks<unknown> =>
  fc.property(scenario, ({ steps, limits }) => play(make(limits), limits, steps))

/** The engine, whose answers are changed. */
const changing =
  (change: (actions: readonly CheckAction[]) => readonly CheckAction[]) =>
  (limits: CheckLimits): CheckEngine => {
    const engine = createCheckEngine(limits)
    return {
      set: (...given) => change(engine.set(...given)),
      remove: (...given) => change(engine.remove(...given)),
      advance: (...given) => change(engine.advance(...given)),
      ask: (...given) => change(engine.ask(...given)),
      retry: (...given) => engine.retry(...given),
      settled: (...given) => change(engine.settled(...given)),
      nextDue: () => engine.nextDue(),
    }
  }
const without = (drop: (action: CheckAction) => boolean): ((limits: CheckLimits) => CheckEngine) =>
  changing((actions) => actions.filter((action) => !drop(action)))

describe('the check engine', () => {
  it('gives each tick one outcome, within its bounds and in time, whatever comes to pass', () => {
    fc.assert(cadence(createCheckEngine), enough)
  })

  it.each<readonly [string, (limits: CheckLimits) => CheckEngine]>([
    [
      'tells no tick that was missed',
      without((action) => action.kind === 'skip' && action.reason === 'missed'),
    ],
    [
      'tells no tick of what is taken out',
      without((action) => action.kind === 'skip' && action.reason === 'removed'),
    ],
    [
      'forgets how many it stands for',
      changing((actions) =>
        actions.map((action) => (action.kind === 'skip' ? { ...action, missed: 0 } : action)),
      ),
    ],
    ['ends no run', without(({ kind }) => kind === 'time-out')],
    ['starts more than may', (limits) => createCheckEngine({ ...limits, concurrency: 99 })],
    ['lets one host have all places', (limits) => createCheckEngine({ ...limits, perHost: 99 })],
    ['starts however late it is', (limits) => createCheckEngine({ ...limits, maxLateMs: 99_999 })],
    ['starts less than may', (limits) => createCheckEngine({ ...limits, concurrency: 1 })],
    ['forgets retries', (limits) => ({ ...createCheckEngine(limits), retry: () => undefined })],
    ['forgets what still runs', forgetting],
    [
      'wakes too late',
      (limits) => {
        const engine = createCheckEngine(limits)
        return { ...engine, nextDue: () => engine.nextDue() + 1 }
      },
    ],
    [
      'times by the clock that jumps',
      (limits) => {
        const engine = createCheckEngine(limits)
        return { ...engine, advance: (now) => engine.advance(now, now) }
      },
    ],
  ])('is found out where it %s', (_, make) => {
    expect(fc.check(cadence(make), { ...enough, seed: 1, endOnFailure: true }).failed).toBe(true)
  })
})

/** Each time that a check comes back, it is one that nobody knows. */
function forgetting(limits: CheckLimits): CheckEngine {
  const engine = createCheckEngine(limits)
  const removals = new Map<string, number>()
  const own = (key: string): string => `${key}:${removals.get(key) ?? 0}`
  const named = (actions: readonly CheckAction[]): readonly CheckAction[] =>
    actions.map((action) => ({ ...action, key: action.key.replace(/:.*/, '') }))
  return {
    ...engine,
    set: (key, ...given) => named(engine.set(own(key), ...given)),
    remove(key, ...given) {
      const actions = named(engine.remove(own(key), ...given))
      removals.set(key, (removals.get(key) ?? 0) + 1)
      return actions
    },
    advance: (...given) => named(engine.advance(...given)),
    ask: (key, ...given) => named(engine.ask(own(key), ...given)),
    settled: (...given) => named(engine.settled(...given)),
  }
}
