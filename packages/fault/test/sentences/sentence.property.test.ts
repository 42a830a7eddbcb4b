import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'

import {
  createFaultEngine,
  type FaultEvent,
  type FaultInput,
  type RuleSetInput,
  series,
} from '../../src/engine.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { anyRuleSet } from '../../src/testing/any-rule-sets.ts'
import { history as disorder, ruleSets as usual } from '../engine/histories.ts'
import { at, recorded, watch } from '../engine/recorder.ts'
import { flawOf, type History } from './read-sentence.ts'

// A long fuzz, FC_NUM_RUNS=20000, takes its time.
vi.setConfig({ testTimeout: 600_000 })

const all = [
  series('m', { host: 'a', dc: 'x' }),
  series('m', { host: 'b', dc: 'x' }),
  series('n', { host: 'c', dc: 'y', role: 'z' }),
]

/** Short decimals and what differs from them in the last digit only, texts, and what is neither. */
const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -20, max: 120 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(80.0000001, 79.99999999, 0.1 + 0.2, 0.3, 50 + 2 ** -40, 1e-9, 123456.7891),
  },
  { weight: 2, arbitrary: fc.constantFrom('ok', 'an error', 'x"\n\u202e', 'y'.repeat(60), 'down') },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) },
)
const wait = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 30_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 30_000, max: 400_000 }) },
)
const steps = fc.array(fc.record({ which: fc.nat(2), value, waitMs: wait, what: fc.nat(11) }), {
  maxLength: 50,
})
const limit = fc.constantFrom(80, 0.3, 50, 100, 0)

/** Rule sets around the values of here, those of other tests, and any. */
const ownRuleSet = fc
  .record({
    limit,
    back: fc.constantFrom(0, 5, 1e-9),
    for: fc.constantFrom('0s' as const, '20s' as const, '90s' as const),
  })
  .map(({ limit, back, for: forText }): RuleSetInput => ({
    id: 'own',
    select: '__name:*',
    rules: [
      { when: { above: limit, until: limit - back }, severity: 2, for: forText },
      { when: { any: [{ of: { average: '1m' }, below: limit }, { notEquals: limit }] }, severity: 2 },
      { when: { absentFor: '45s' }, severity: 1 },
    ],
  }))
const ruleSets: fc.Arbitrary<readonly RuleSetInput[]> = fc
  .tuple(
    fc.subarray([...usual], { maxLength: 4 }),
    ownRuleSet,
    fc.option(anyRuleSet({ id: 'any', select: '__name:*' })),
  )
  .map(([some, own, any]) => [...some, own, ...(any === null ? [] : [any])])

/** Judges a history in which all is in order, with edits and restarts in the middle. */
function run(
  first: readonly RuleSetInput[],
  second: readonly RuleSetInput[],
  moves: readonly { which: number; value: number | string; waitMs: number; what: number }[],
): { readonly events: readonly (readonly [FaultEvent, History])[] } {
  let sets = parseRuleSets(first)
  let engine = createFaultEngine(sets)
  let now = 1_000_000_000_000
  const history: FaultInput[] = []
  const events: (readonly [FaultEvent, History])[] = []
  const take = ({ events: told }: { readonly events: readonly FaultEvent[] }): void => {
    const seen = [...history]
    for (const event of told) events.push([event, seen])
  }
  take(engine.restore([], now))
  for (const { which, value: one, waitMs, what } of moves) {
    now += waitMs
    if (what === 0) {
      sets = parseRuleSets(sets.some(({ id }) => second.some((other) => other.id === id)) ? first : second)
      take(engine.setRuleSets(sets, now))
    } else if (what === 1) engine = createFaultEngine(sets, { snapshot: engine.snapshot() })
    else if (what === 2) take(engine.advance(now))
    else {
      const sample: FaultInput = { series: all[which] ?? series('m'), time: now, value: one, kind: 'gauge' }
      history.push(sample)
      take(engine.sample(sample, now))
    }
  }
  take(engine.advance(now + 600_000))
  return { events }
}

describe('every sentence', () => {
  it('can be read back, and is true of the event and of the samples, through edits and restarts', () => {
    let said = 0
    fc.assert(
      fc.property(ruleSets, ruleSets, steps, (first, second, moves) => {
        const last = new Map<string, FaultEvent>()
        for (const [event, history] of run(first, second, moves).events) {
          said += 1
          const fault = event.type === 'normal' ? '' : event.fault
          expect([event.text, flawOf(event, history, last.get(fault))]).toEqual([event.text, undefined])
          last.set(fault, event)
        }
      }),
    )
    expect(said).toBeGreaterThan(100)
  })

  it('is true of the event where samples are late, sources many and clocks set', () => {
    fc.assert(
      fc.property(disorder, ({ ruleSets: sets, steps: moves }) => {
        const engine = createFaultEngine(sets)
        let now = 1_000_000_000_000
        const outputs = [engine.restore([], now)]
        for (const step of moves) {
          now += step.waitMs
          if (step.kind === 'sample')
            outputs.push(engine.sample({ ...step.sample, time: now - step.ageMs }, now))
          else if (step.kind === 'look') outputs.push(engine.advance(now))
          else if (step.kind === 'back') outputs.push(engine.advance((now -= step.byMs)))
          else outputs.push(engine.resume((now += step.afterMs)))
        }
        outputs.push(engine.advance(now + 300_000))
        for (const event of outputs.flatMap(({ events }) => events))
          expect([event.text, flawOf(event, [])]).toEqual([event.text, undefined])
      }),
    )
  })

  it('would not pass if it were not true', () => {
    const { engine, events, take } = recorded([
      watch([
        { when: { above: 80 }, severity: 2, for: '20s' },
        { when: { contains: 'x' }, severity: 1 },
        { when: { absentFor: '1m' }, severity: 2 },
      ]),
    ])
    const history = [at(0, 81), at(20, 82), at(30, 'x')]
    for (const sample of history) take(engine.sample(sample, sample.time))
    take(engine.advance(120_000))
    const texts = events.map(({ text }) => text.slice('r, m: '.length))
    expect(texts).toEqual([
      '82 is above 80, held for 20s',
      'worse, "x" contains "x"',
      'better, no sample for 1m',
    ])
    expect(events.map((event) => flawOf(event, history))).toEqual([undefined, undefined, undefined])
    const lies = [
      [
        '82 is not above 80, held for 20s',
        '83 is above 80, held for 20s',
        '82 is above 81, held for 20s',
        '82 is above 80, held for 21s',
        '82 is above 80, and 1 more',
      ],
      [
        'better, "x" contains "x"',
        'worse, "x" does not contain "x"',
        'worse, "y" contains "x"',
        '"x" contains "x"',
      ],
      [
        'better, no sample for 59s',
        'better, no sample for 2m',
        'better, samples come',
        'better, all is well',
        'better, no sample\nfor 1m',
      ],
    ]
    for (const [index, event] of events.entries())
      for (const lie of lies[index] ?? [])
        expect([lie, flawOf({ ...event, text: `r, m: ${lie}` }, history)]).not.toEqual([lie, undefined])
    const set = watch([
      { when: { absentFor: '1m' }, severity: 2 },
      { when: { above: 80 }, severity: 2 },
    ])
    const other = recorded([set])
    other.sample(at(0, 90))
    other.advance(100)
    const [opened, silence] = other.events
    expect(silence?.text).toBe('r, m: now no sample for 1m, before 90 was above 80')
    if (silence !== undefined) {
      expect(flawOf(silence, [at(0, 90)], opened)).toBeUndefined()
      const lie = { ...silence, text: silence.text.replace('before 90', 'before 91') }
      expect(flawOf(lie, [at(0, 90)], opened)).toBe('another value')
    }
    const [, , silent] = events
    if (silent !== undefined) expect(flawOf(silent, [...history, at(60, 3)])).toBe('not silent')
  })
})
