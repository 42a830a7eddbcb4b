import fc from 'fast-check'
import { map, merge, timer } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'

import { createFaultEngine, defaultFaultEngineOptions } from '../src/engine.ts'
import { defaultEvaluateOptions, evaluate, type FaultEvent, type FaultInput, series } from '../src/index.ts'
import type { RuleSet } from '../src/index.ts'

const rules: readonly RuleSet[] = [
  {
    id: 'levels',
    select: '__name:*',
    rules: [
      { when: { above: 7 }, severity: 1 },
      { when: { above: 4 }, severity: 3 },
      { when: { absentFor: '20s' }, severity: 2 },
    ],
  },
  {
    id: 'averages',
    select: '__name:a',
    window: { function: 'average', duration: '1m' },
    rules: [{ when: { below: 5 }, severity: 4 }],
  },
  { id: 'silence', select: '__name:b', rules: [{ when: { absentFor: '7s' }, severity: 5 }] },
]

/** Samples in the order of their arrival, some of them late, too late or ahead of the clock. */
const arrivals = fc
  .array(
    fc.record({
      metric: fc.constantFrom('a', 'b'),
      stepMs: fc.constantFrom(0, 1000, 6000, 7000, 20_000, 60_000),
      ageMs: fc.constantFrom(0, 0, 0, 4000, 11_000, -11_000),
      value: fc.nat(10),
    }),
    { maxLength: 30 },
  )
  .map((steps) => {
    let now = 0
    return steps.map(({ metric, stepMs, ageMs, value }) => {
      now += stepMs
      const sample: FaultInput = { series: series(metric), time: now - ageMs, value, kind: 'gauge' }
      return { now, sample }
    })
  })

describe('the engine of faults', () => {
  it('tells in a loop what evaluate tells live', () => {
    fc.assert(
      fc.property(arrivals, (given) => {
        const live: FaultEvent[] = []
        new TestScheduler(() => undefined).run(() => {
          merge(...given.map(({ now, sample }) => timer(now).pipe(map(() => sample))))
            .pipe(evaluate(rules, { problems: { next: () => undefined } }))
            .subscribe((event) => live.push(event))
        })
        const engine = createFaultEngine(rules)
        engine.restore(undefined, 0)
        const byLoop: FaultEvent[] = []
        for (const { now, sample } of given) byLoop.push(...engine.sample(sample, now).events)
        expect(byLoop).toEqual(live)
      }),
    )
  })

  it('has something due only while a silence can become one', () => {
    const engine = createFaultEngine(rules)
    expect(engine.nextDue()).toBe(Infinity)
    engine.sample({ series: series('b'), time: 0, value: 1, kind: 'gauge' }, 0)
    expect(engine.nextDue()).toBe(7000)
    expect(engine.advance(100_000).events.map(({ ruleSet, time }) => `${ruleSet} ${time}`)).toEqual([
      'silence 7000',
      'levels 20000',
    ])
    expect(engine.nextDue()).toBe(Infinity)
  })

  it('lets silences wait where the clock goes back, and judges the present all the same', () => {
    const at = (time: number, value: number): FaultInput => ({
      series: series('b'),
      time,
      value,
      kind: 'gauge',
    })
    const engine = createFaultEngine(rules)
    engine.sample(at(100_000, 1), 100_000)
    expect(engine.advance(50_000).events).toEqual([])
    expect(engine.nextDue()).toBe(107_000)
    const [event] = engine.sample(at(50_000, 8), 50_000).events
    expect([event?.type, event?.ruleSet]).toEqual(['opened', 'levels'])
  })

  it('refuses rule sets and limits as evaluate does, and has its defaults', () => {
    const bad = [{ ...rules[0]!, select: 'and(' }]
    expect(() => createFaultEngine(bad)).toThrow(
      expect.objectContaining({ code: 'FAULT_BAD_RULESET', facts: { path: 'rulesets[0].select' } }),
    )
    const code = expect.objectContaining({ code: 'FAULT_BAD_OPTION' })
    expect(() => createFaultEngine(rules, { maxInstances: 0 })).toThrow(code)
    expect(() => createFaultEngine(rules, { scheduler: undefined } as object)).toThrow(code)
    expect(defaultEvaluateOptions).toMatchObject(defaultFaultEngineOptions)
  })
})

it('advance(Infinity) tells the silences that are left, and ends', () => {
  const engine = createFaultEngine(rules)
  engine.sample({ series: series('b'), time: 0, value: 1 }, 0)
  const told = engine.advance(Infinity).events.map(({ ruleSet, time }) => [ruleSet, time])
  expect(told).toEqual([
    ['silence', 7000],
    ['levels', 20_000],
  ])
  expect(engine.advance(Infinity).events).toEqual([])
})
