import { describe, expectTypeOf, it } from 'vitest'

import type { FaultChange, FaultEvent, OpenFault, RestoredFault } from '../../src/model/fault-event.ts'
import type { Comparison, Condition, RuleSet, RuleSetInput, Term } from '../../src/model/rule-set.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { ruleSet } from '../../src/rules/rule-set-builder.ts'
import { above, average, ratio, sum } from '../../src/rules.ts'

declare const take: (ruleSets: readonly RuleSetInput[]) => void

describe('the types of rules', () => {
  it('take one comparison, one term and one condition', () => {
    expectTypeOf({ above: 80, until: 75 }).toExtend<Comparison>()
    // @ts-expect-error two comparisons are none
    expectTypeOf<Comparison>({ above: 80, below: 5 }).not.toBeNever()
    // @ts-expect-error only a limit can be come back to
    expectTypeOf<Comparison>({ equals: 80, until: 5 }).not.toBeNever()
    // @ts-expect-error two terms are none
    expectTypeOf<Term>({ average: '5m', max: '5m' }).not.toBeNever()
    // @ts-expect-error a quantile is of a window
    expectTypeOf<Term>({ quantile: 0.5 }).not.toBeNever()
    // @ts-expect-error an average has its window by itself
    expectTypeOf<Term>({ average: '5m', over: '5m' }).not.toBeNever()
    // @ts-expect-error a ratio is no part of a ratio
    expectTypeOf<Term>({ ratio: [{ ratio: [{ sum: '5m' }, { sum: '5m' }] }, { sum: '5m' }] }).not.toBeNever()
    // @ts-expect-error a comparison is no absence
    expectTypeOf<Condition>({ above: 80, absentFor: '1m' }).not.toBeNever()
    // @ts-expect-error of conditions, or of members
    expectTypeOf<Condition>({ some: 1, of: [{ above: 1 }], members: { above: 1 } }).not.toBeNever()
    // @ts-expect-error nothing is called over
    expectTypeOf<Condition>({ over: 80 }).not.toBeNever()
  })

  it('take rule sets that were written down without their types', () => {
    const written = [
      {
        id: 'cpu',
        select: '__name:cpu',
        window: { function: 'average', duration: '5m' },
        rules: [
          { when: { above: 95 }, severity: 1 },
          { when: { absentFor: '2m' }, severity: 2 },
          { when: { changed: true }, severity: 3 },
        ],
      },
    ]
    expectTypeOf(written).not.toExtend<RuleSet[]>()
    expectTypeOf<RuleSet>().toExtend<RuleSetInput>()
    take(written)
    const tree = [
      {
        id: 'a',
        select: '*',
        rules: [
          { severity: 1, when: { all: [{ above: 1 }, { of: { average: '5m' }, below: 1 }] }, for: '1m' },
        ],
      },
    ]
    take(tree)
    // @ts-expect-error a rule says when
    take([{ id: 'a', select: '*', rules: [{ severity: 1 }] }])
    const misspelt = [{ id: 'a', select: '*', rules: [{ when: { abov: 95 }, severity: 1 }] }]
    // @ts-expect-error nothing is called abov, also where the rules were written down before
    take(misspelt)
    // @ts-expect-error a severity is a number
    take([{ id: 'a', select: '*', rules: [{ when: { above: 95 }, severity: '1' }] }])
    const mild = { when: { above: 95 }, severity: 6 } as const
    // @ts-expect-error there is no severity 6
    const worst = [{ id: 'a', select: '*', rules: [mild] }] satisfies RuleSet[]
    expectTypeOf(worst).toBeArray()
  })

  it('let a builder build only with a select and a rule', () => {
    expectTypeOf(parseRuleSets).returns.toEqualTypeOf<RuleSet[]>()
    expectTypeOf(ruleSet('a').select('*').above(1, 1, { until: 0 }).build()).toEqualTypeOf<RuleSet>()
    // @ts-expect-error no rule yet
    expectTypeOf(ruleSet('a').select('*').by('b').build).toBeNever()
    // @ts-expect-error no select yet
    expectTypeOf(ruleSet('a').above).toBeNever()
    // @ts-expect-error severities are 1 to 5
    expectTypeOf(ruleSet('a').select('*').rule(6, above(1))).toBeNever()
    // @ts-expect-error a duration has a unit
    expectTypeOf(ruleSet('a').select('*').absentFor('90', 1)).toBeNever()
    // @ts-expect-error a term is no condition yet
    expectTypeOf(ruleSet('a').select('*').rule(1, average('5m'))).toBeNever()
    // @ts-expect-error a term is a number
    expectTypeOf(average('5m').equals('down')).toBeNever()
    // @ts-expect-error a ratio has no part that is a ratio
    expectTypeOf(ratio(ratio(sum('5m'), sum('5m')), sum('5m'))).toBeNever()
  })
})

describe('the types of events', () => {
  it('take an event back as an open fault', () => {
    expectTypeOf<FaultChange>().toExtend<OpenFault>()
    expectTypeOf<RestoredFault>().toExtend<OpenFault>()
    expectTypeOf<'sample' extends keyof OpenFault ? true : false>().toEqualTypeOf<false>()
  })

  it('tell what happened from what was held back, and from nothing', () => {
    expectTypeOf<FaultEvent['type']>().toEqualTypeOf<
      'opened' | 'severity' | 'reason' | 'cleared' | 'muted' | 'normal'
    >()
    expectTypeOf<Extract<FaultEvent, { type: 'muted' }>['change']>().toEqualTypeOf<
      'opened' | 'severity' | 'cleared'
    >()
    expectTypeOf<Extract<FaultEvent, { mute: unknown }>['type']>().toEqualTypeOf<'muted'>()
  })
})
