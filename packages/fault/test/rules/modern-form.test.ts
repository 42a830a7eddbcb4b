import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import type { Condition, RuleSet } from '../../src/model/rule-set.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { anyRuleSet } from '../../src/testing/any-rule-sets.ts'

const window = { function: 'average', duration: '5m', minFill: '1m' }
const of = { of: { average: '5m' }, minFill: '1m' }
const parse = (rules: readonly unknown[], more: object = { window }): RuleSet | undefined =>
  parseRuleSets([{ id: 'a', select: '*', rules, ...more }])[0]

describe('the window of a rule set, as earlier versions wrote it', () => {
  it.each<[unknown, unknown]>([
    [{ above: 95 }, { above: 95, ...of }],
    [
      { below: 5, until: 6 },
      { below: 5, until: 6, ...of },
    ],
    [{ atLeast: 5 }, { atLeast: 5, ...of }],
    [{ atMost: 5 }, { atMost: 5, ...of }],
    [{ equals: 5 }, { equals: 5, ...of }],
    [{ notEquals: 5 }, { notEquals: 5, ...of }],
    [{ absentFor: '2m' }, { absentFor: '2m' }],
    [{ changed: true }, { changed: true }],
    [{ contains: 'x' }, { contains: 'x' }],
    [
      { of: { last: true }, above: 5 },
      { of: { last: true }, above: 5 },
    ],
    [
      { of: { max: '1m' }, above: 5 },
      { of: { max: '1m' }, above: 5 },
    ],
    [
      {
        any: [
          { above: 5 },
          { not: { all: [{ below: 1 }, { of: { count: { above: 3 }, over: 5 }, above: 2 }] } },
        ],
      },
      {
        any: [
          { above: 5, ...of },
          {
            not: {
              all: [
                { below: 1, ...of },
                { of: { count: { above: 3 }, over: 5 }, above: 2 },
              ],
            },
          },
        ],
      },
    ],
    [
      { some: 1, of: [{ above: 5 }, { absentFor: '1m' }] },
      { some: 1, of: [{ above: 5, ...of }, { absentFor: '1m' }] },
    ],
  ])('makes of %j %j', (written, modern) => {
    const parsed = parse([{ severity: 1, when: written }])
    expect(parsed?.rules[0]?.when).toEqual(modern)
    expect(parsed).not.toHaveProperty('window')
    expect(parseRuleSets([parsed])).toEqual([parsed])
  })

  it('is the term of what clears and of members too', () => {
    const parsed = parse(
      [{ severity: 1, when: { some: '50%', members: { above: 5 } }, clear: { below: 2 }, for: '1m' }],
      { window: { function: 'average', duration: '5m' }, by: ['dc'] },
    )
    const average = { of: { average: '5m' } }
    expect(parsed?.rules).toEqual([
      {
        severity: 1,
        when: { some: '50%', members: { above: 5, ...average } },
        clear: { below: 2, ...average },
        for: '1m',
      },
    ])
  })

  it('means the same as its term in each comparison that names none', () => {
    /** Written again, in the words of the definition: a number compared, without a term. */
    const withTerm = (condition: unknown): unknown => {
      if (Array.isArray(condition)) return condition.map(withTerm)
      if (typeof condition !== 'object' || condition === null) return condition
      const fields = condition as Record<string, unknown>
      const compares = ['above', 'below', 'atLeast', 'atMost', 'equals', 'notEquals'].some(
        (name) => name in fields,
      )
      if (compares) return 'of' in fields ? fields : { ...fields, ...of }
      const branches = ['all', 'any', 'not', 'members', 'when', 'clear', ...('some' in fields ? ['of'] : [])]
      return Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name,
          branches.includes(name) ? withTerm(value) : value,
        ]),
      )
    }
    const textOrNot = (json: unknown): unknown => {
      try {
        return parseRuleSets([json])
      } catch (error) {
        return (error as Error).message
      }
    }
    let taken = 0
    fc.assert(
      fc.property(anyRuleSet(), (ruleSet) => {
        const old = textOrNot({ ...ruleSet, window })
        const modern = textOrNot({ ...ruleSet, rules: ruleSet.rules.map(withTerm) })
        if (typeof old !== 'string') taken += 1
        expect(old).toEqual(modern)
      }),
      runs(200),
    )
    expect(taken).toBeGreaterThan(20)
  })

  it('may be as small as no rule: one whose comparisons all name their term', () => {
    const when: Condition = { of: { max: '1m' }, above: 5 }
    expect(parse([{ severity: 1, when }])).toEqual({ id: 'a', select: '*', rules: [{ severity: 1, when }] })
  })
})
