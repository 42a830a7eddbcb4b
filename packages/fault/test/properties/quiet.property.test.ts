import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { createFaultEngine, type FaultEvent, type FaultInput, series } from '../../src/engine.ts'
import type { Condition, RuleSet } from '../../src/model/rule-set.ts'
import * as within from '../../src/windows/within.ts'

const start = Date.UTC(2026, 0, 5)
const some = [0, 0.1, 10, 50, 80] as const
const limits = fc.oneof(
  fc
    .constantFrom('above', 'atLeast')
    .chain((name) => fc.constantFrom(10, 50, 80).map((limit) => ({ [name]: limit }))),
  fc
    .constantFrom('below', 'atMost')
    .chain((name) => fc.constantFrom(0, 0.1, 10).map((limit) => ({ [name]: limit }))),
) as unknown as fc.Arbitrary<Condition>
const compared = fc
  .tuple(
    limits,
    fc.constantFrom<object>({}, {}, { average: '1m' }, { average: '30s' }, { max: '1m' }, { min: '30s' }),
  )
  .chain(([limit, of]) =>
    fc.constantFrom(0, 1, 2).map((fill) => {
      if (Object.keys(of).length === 0) return limit
      return { ...limit, of, ...(fill === 2 && { minFill: '20s' }) }
    }),
  ) as fc.Arbitrary<Condition>
const condition: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 6, arbitrary: compared },
  { weight: 1, arbitrary: fc.constant<Condition>({ absentFor: '40s' }) },
  { weight: 1, arbitrary: fc.constant<Condition>({ above: 50, until: 10 }) },
  {
    weight: 2,
    arbitrary: fc.array(compared, { minLength: 1, maxLength: 2 }).map((any): Condition => ({ any })),
  },
)
const ruleSet: fc.Arbitrary<RuleSet> = fc
  .array(fc.tuple(condition, fc.constantFrom<object>({}, {}, { for: '20s' }, { keep: '15s' })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((rules) => ({
    id: 'judged',
    select: '*',
    rules: rules.map(([when, hold]) => ({ when, severity: 2, ...hold })),
    forgetAfter: '10m',
  }))

/** What no row that it judges can be quiet by, and what never is so. */
const unquiet: RuleSet = {
  id: 'unquiet',
  select: '*',
  rules: [{ when: { of: { count: { above: 1e300 }, over: '1s' }, above: 1e9 }, severity: 5 }],
  forgetAfter: '10m',
}

const values = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...some, 5, 20, 30) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(49.99999999999999, 50.00000000000001, 80.1, 95, -0, -5e-324, 1e300),
  },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 'text') },
)
const steps = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(5000, 10_000) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 4999, 39_999, 40_000, 50_000, 50_001, 70_000) },
  { weight: 1, arbitrary: fc.constantFrom(-1000, -11_000, 610_000) },
)
const histories = fc.array(
  fc
    .record(
      {
        step: steps,
        value: values,
        ageMs: fc.constantFrom(0, 0, 0, 0, 0, 10_000, 10_001, -10_001),
        source: fc.constantFrom('a', 'a', 'a', 'b'),
        revision: fc.constantFrom(1, 2),
        isMarker: fc.constantFrom(true, false, false),
        isResumed: fc.constantFrom(true, false, false),
        host: fc.constantFrom('a', 'b'),
      },
      { requiredKeys: ['step', 'value', 'ageMs', 'host'] },
    )
    .map(({ revision, isMarker, isResumed, ...one }) => ({
      ...one,
      ...(revision !== undefined && one.step === 0 && { revision }),
      isMarker: isMarker === true && one.step === 39_999,
      isResumed: isResumed === true && one.step === 70_000,
    })),
  { minLength: 5, maxLength: 60 },
)
type History = typeof histories extends fc.Arbitrary<infer H> ? H : never

/** The events of one rule set, of single samples or of batches of two. */
function told(ruleSets: readonly RuleSet[], history: History, size: 1 | 2): readonly FaultEvent[] {
  const engine = createFaultEngine(ruleSets)
  const events: FaultEvent[] = []
  let now = start
  let batch: FaultInput[] = []
  for (const { step, value, ageMs, source, revision, isMarker, isResumed, host } of history) {
    const time = now + step
    if (batch.length >= size || isResumed) {
      events.push(...engine.batch(batch, now).events)
      batch = []
    }
    now = time
    if (isResumed) events.push(...engine.resume(now).events)
    while (batch.length === 0 && engine.nextDue() <= now) events.push(...engine.advance(now).events)
    batch.push({
      series: series('m', { host }),
      time: now - ageMs,
      value: isMarker ? NaN : value,
      kind: isMarker ? 'stale' : 'gauge',
      ...(source !== undefined && { source }),
      ...(revision !== undefined && { revision }),
    })
  }
  events.push(...engine.batch(batch, now).events, ...engine.advance(Infinity).events)
  return events.filter(({ ruleSet: id }) => id === 'judged')
}

const property = (seen: { events: number }) =>
  fc.property(ruleSet, histories, fc.constantFrom(1, 2), (judged, history, size) => {
    const events = told([judged], history, size)
    seen.events += events.length
    expect(events).toStrictEqual(told([judged, unquiet], history, size))
  })

/** What made it a long time ago leaves the window, so that its average is above 50 after a sample of 30. */
const leaving: [RuleSet, History, 1 | 2] = [
  {
    id: 'judged',
    select: '*',
    rules: [{ when: { of: { average: '1m' }, above: 50 }, severity: 2 }],
    forgetAfter: '10m',
  },
  [0, 0, 0, 0, 95, 30, 30, 30, 30, 0].map((value, index) => ({
    ...{ step: index === 5 ? 50_001 : 5000, value, ageMs: 0, host: 'a', isMarker: false, isResumed: false },
  })),
  1,
]

afterEach(() => vi.restoreAllMocks())

describe('a sample of which nothing follows', () => {
  it('is passed over only where judging it tells nothing and changes nothing that is told later', () => {
    const seen = { events: 0 }
    fc.assert(property(seen), { examples: [leaving] })
    expect(seen.events).toBeGreaterThan(100)
  })

  it('is none where a window is beyond its bound: the comparison finds an engine that does not look', () => {
    const check = () =>
      fc.check(property({ events: 0 }), { numRuns: 1, examples: [leaving], endOnFailure: true })
    expect(check().failed).toBe(false)
    vi.spyOn(within, 'panesAreWithin').mockReturnValue(true)
    expect(check().failed).toBe(true)
  })
})
