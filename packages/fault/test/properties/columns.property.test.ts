import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultEngine } from '../../src/engine.ts'
import { type FaultColumn, type FaultEvent, type FaultInput, replay, series } from '../../src/index.ts'
import type { RuleSet } from '../../src/model/rule-set.ts'
import { anyGroupTerm, anyRules, anyTerm } from './any-rules.ts'

const start = Date.UTC(2026, 0, 5)
const everything = { absences: true, windows: true, mutes: true, texts: true, trees: true }
const plain: fc.Arbitrary<RuleSet> = fc.record({
  id: fc.constant('plain'),
  select: fc.constantFrom('*', 'host:a'),
  rules: fc.constantFrom(
    [{ when: { above: 90, until: 50 }, severity: 1 as const }],
    [{ when: { atLeast: 80 }, for: '1m', severity: 2 as const }],
    [{ when: { any: [{ below: 0.1 }, { atMost: 0, until: 5 }, { absentFor: '3m' }] }, severity: 3 as const }],
    [
      { when: { above: 95 }, severity: 1 as const },
      { when: { above: 70 }, keep: '1m', severity: 2 as const },
    ],
  ),
  forgetAfter: fc.option(fc.constantFrom('6m' as const, '1h' as const), { nil: undefined }),
}) as fc.Arbitrary<RuleSet>
const ruleSets: fc.Arbitrary<readonly RuleSet[]> = fc.oneof(
  fc.tuple(plain),
  fc.tuple(plain, anyRules({ ...everything, id: 'last', select: '*' })),
  fc.tuple(
    anyRules({ ...everything, terms: anyTerm, id: 'windows', select: 'host:b' }),
    anyRules({
      ...{ ...everything, texts: false, terms: anyGroupTerm, members: true, id: 'group' },
      ...{ select: 'host:c', group: { by: ['host'], combine: 'sum' as const } },
    }),
    plain,
  ),
)

const values = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 20, max: 60 }) },
  { weight: 2, arbitrary: fc.constantFrom(NaN, 0, 0.1, 50, 80, 90, 99, Infinity, -Infinity) },
)
/** One after the other, mostly of one grid; hosts come and go. */
const stretches: fc.Arbitrary<readonly (readonly FaultColumn[])[]> = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.array(
        fc.record({
          host: fc.constantFrom('a', 'b', 'c', 'd'),
          offset: fc.constantFrom(0, 0, 0, 1000, -90_000),
          slots: fc.array(
            fc.record({
              value: values,
              isValid: fc.boolean(),
              text: fc.constantFrom('up', 'down', null, null),
            }),
            { minLength: 12, maxLength: 12 },
          ),
          hasTexts: fc.boolean(),
          isFlagged: fc.boolean(),
        }),
        { maxLength: 4 },
      ),
      fc.constantFrom(0, 0, 300_000, 3_600_000),
    ),
    { maxLength: 4 },
  )
  .map((parts) => {
    let at = start
    return parts.map(([length, columns, pauseMs]) => {
      const from = at
      at += length * 60_000 + pauseMs
      return columns.map(({ host, offset, slots, hasTexts, isFlagged }): FaultColumn => {
        const some = slots.slice(0, length)
        return {
          series: series('m', { host }),
          start: from + offset,
          periodMs: 60_000,
          values: Float64Array.from(some, ({ value }) => value),
          ...(isFlagged && {
            valid: Uint8Array.from(some, ({ value, isValid }) => (!Number.isNaN(value) || isValid ? 1 : 0)),
          }),
          ...(hasTexts && { texts: some.map(({ value, text }) => (Number.isNaN(value) ? text : null)) }),
        }
      })
    })
  })

/** The samples of columns, in order of time. */
function samplesOf(columns: readonly FaultColumn[]): readonly FaultInput[] {
  const samples = columns.flatMap(({ series: of, start: first, periodMs, values: numbers, valid, texts }) =>
    Array.from(numbers, (value, slot): FaultInput | undefined => {
      const at = { series: of, time: first + (slot + 1) * periodMs }
      const text = texts?.[slot]
      if (typeof text === 'string') return { ...at, value: text, kind: 'text' }
      return Number.isNaN(value) && valid?.[slot] !== 1 ? undefined : { ...at, value, kind: 'gauge' }
    }),
  )
  return samples.filter((one) => one !== undefined).sort((one, other) => one.time - other.time)
}

const options = fc.record(
  {
    open: fc.constant([]),
    staleAfterMs: fc.constantFrom(10_000, 0, 120_000),
    reorderMs: fc.constantFrom(0, 0, 60_000),
    maxInstances: fc.constantFrom(2, 100),
    until: fc.constantFrom(start + 400_000, start + 8_000_000),
  },
  { requiredKeys: [] },
)

function told(events: ReturnType<typeof replay>): readonly FaultEvent[] {
  const seen: FaultEvent[] = []
  events.subscribe((event) => void seen.push(event))
  return seen
}

describe('columns', () => {
  it('tell what their samples one by one tell, in the same order', () => {
    fc.assert(
      fc.property(ruleSets, stretches, options, (sets, columns, given) => {
        const samples = columns.map((some) => ({ values: samplesOf(some), ack: () => undefined }))
        const problems: [string[], string[]] = [[], []]
        const into = (list: string[]) => ({
          problems: { next: (problem: object) => void list.push(JSON.stringify(problem)) },
        })
        const one = told(replay(samples, sets, { ...given, ...into(problems[0]) }))
        const other = told(replay(columns, sets, { ...given, ...into(problems[1]) }))
        expect(other).toStrictEqual(one)
        expect(problems[1]).toStrictEqual(problems[0])
      }),
    )
  })

  it('leave an engine as their samples one by one leave it', () => {
    fc.assert(
      fc.property(ruleSets, stretches, (sets, columns) => {
        const facts = (engine: FaultEngine): unknown => [engine.stats, engine.explore(), engine.nextDue()]
        const [one, other] = [createFaultEngine(sets), createFaultEngine(sets)]
        let now = start - 1_000_000
        const goTo = (engine: FaultEngine, time: number): void => {
          while (engine.nextDue() <= time) engine.advance(Math.max(now, engine.nextDue()))
          now = Math.max(now, time)
        }
        for (const engine of [one, other]) engine.restore([], now)
        for (const some of columns) {
          const from = now
          for (const sample of samplesOf(some)) {
            goTo(one, sample.time)
            one.sample(sample, now)
          }
          now = from
          const run = other.columns(some)
          for (let time = run.next(); time < Infinity; time = run.next()) {
            goTo(other, time)
            now = Math.max(now, run.take(now, Infinity).time)
          }
          expect(facts(other)).toStrictEqual(facts(one))
        }
      }),
    )
  })
})
