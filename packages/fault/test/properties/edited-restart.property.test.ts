import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultEngine, type FaultEvent, type FaultOutput } from '../../src/engine.ts'
import type { Rule, RuleSet } from '../../src/model/rule-set.ts'
import type { Delivery } from '../oracle/arrivals.ts'
import { anyHistory } from './any-history.ts'
import { anyGroupTerm, anyRules, anyTerm, type RuleShape } from './any-rules.ts'
import { checkLife } from './check-life.ts'
import { afterwardsMs } from './judge.ts'
import { eventsOf } from './run-engine.ts'

const everything: RuleShape = { absences: true, windows: true, mutes: true, trees: true }
const ofSeries = anyRules({ ...everything, texts: true, terms: anyTerm, id: 'series', select: '__name:*' })
const ofGroups = anyRules({
  ...{ ...everything, terms: anyGroupTerm, members: true, id: 'group' },
  group: { by: ['dc'], combine: 'sum' },
})
const history = anyHistory({
  ...{ names: ['m a', 'm b', 'm c', 'm'], texts: true, sources: ['a', 'b'], mostSamples: 16 },
  ...{ markers: true, corrections: true },
})

type Change = 'keep' | 'drop' | 'for' | 'when'
const changes = fc.array(fc.constantFrom<Change>('keep', 'keep', 'drop', 'for', 'when'), {
  minLength: 4,
  maxLength: 4,
})

/** A rule set with some of its rules as they are, some edited, some gone, and perhaps those of another one behind them. */
function edited(set: RuleSet, other: RuleSet, how: readonly Change[], isLonger: boolean): RuleSet {
  const rules = set.rules.flatMap((rule, index): readonly Rule[] => {
    const change = how[index]
    if (change === 'drop') return []
    if (change === 'for') return [{ ...rule, for: rule.for === '30s' ? '10s' : '30s' }]
    return [change === 'when' ? { ...rule, when: other.rules[index]?.when ?? rule.when } : rule]
  })
  const all = isLonger || rules.length === 0 ? [...rules, ...other.rules].slice(0, 6) : rules
  return { ...set, rules: all }
}

const edits = (sets: fc.Arbitrary<RuleSet>): fc.Arbitrary<readonly [before: RuleSet, after: RuleSet]> =>
  fc
    .tuple(sets, sets, changes, fc.boolean())
    .map(([set, other, how, isLonger]) => [set, edited(set, other, how, isLonger)])

type Take = (output: FaultOutput) => void
/** How an engine comes to other rules at a moment. */
type Edit = (engine: FaultEngine, after: readonly RuleSet[], now: number, take: Take) => FaultEngine

const live: Edit = (engine, after, now, take) => {
  take(engine.setRuleSets(after, now))
  return engine
}
const restarted: Edit = (engine, after) =>
  createFaultEngine(after, { sources: false, snapshot: engine.snapshot() })

/** What is told, by rule set and series, where rules are edited before the delivery of this index. */
function told(
  before: readonly RuleSet[],
  after: readonly RuleSet[],
  deliveries: readonly Delivery[],
  index: number,
  edit: Edit,
): Record<string, FaultEvent[]> {
  const events: Record<string, FaultEvent[]> = {}
  const end = (deliveries.at(-1)?.now ?? 0) + afterwardsMs
  const all = eventsOf(before, deliveries, end, {
    ticks: false,
    before: (engine, at, take) => {
      const now = deliveries[at]?.now ?? 0
      if (at !== index % deliveries.length) return engine
      take(engine.advance(now))
      const next = edit(engine, after, now, take)
      // The series move to the edited rules in steps.
      do take(next.advance(now))
      while (next.nextDue() <= now)
      return next
    },
  })
  for (const { event } of all) (events[`${event.ruleSet} ${event.series.key}`] ??= []).push(event)
  return events
}

const only = (events: Record<string, FaultEvent[]>, ruleSet: string): Record<string, FaultEvent[]> =>
  Object.fromEntries(Object.entries(events).filter(([name]) => name.startsWith(`${ruleSet} `)))

const check = (
  judge: (
    series: readonly [before: RuleSet, after: RuleSet],
    group: readonly [before: RuleSet, after: RuleSet],
    deliveries: readonly Delivery[],
    index: number,
  ) => void,
): void => fc.assert(fc.property(edits(ofSeries), edits(ofGroups), history, fc.nat(15), judge))

describe('rules that are edited while the program is restarted', () => {
  it('tell what they would have told had they been edited while it ran', () => {
    check((series, group, deliveries, index) => {
      const [before, after] = [
        [series[0], group[0]],
        [series[1], group[1]],
      ]
      expect(told(before, after, deliveries, index, restarted)).toEqual(
        told(before, after, deliveries, index, live),
      )
    })
  })

  it('open and clear each fault once, under one name', () => {
    check((series, group, deliveries, index) => {
      const events = told([series[0], group[0]], [series[1], group[1]], deliveries, index, restarted)
      for (const one of Object.values(events)) checkLife(one)
    })
  })

  it('do not show in a rule set that stays as it is', () => {
    check((series, group, deliveries, index) => {
      const [whole] = [told([series[0], group[0]], [series[0], group[0]], deliveries, index, live)]
      const ofGroup = told([series[0], group[0]], [series[1], group[0]], deliveries, index, restarted)
      const ofOne = told([series[0], group[0]], [series[0], group[1]], deliveries, index, restarted)
      expect(only(ofGroup, 'group')).toEqual(only(whole, 'group'))
      expect(only(ofOne, 'series')).toEqual(only(whole, 'series'))
    })
  })
})
