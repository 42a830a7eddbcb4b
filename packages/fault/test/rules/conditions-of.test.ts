import { describe, expect, it } from 'vitest'

import type { Condition, RuleSet } from '../../src/model/rule-set.ts'
import type { Weekday } from '../../src/model/time-window.ts'
import { conditionsOf, forgetAfterMs } from '../../src/rules/conditions-of.ts'

const day = 86_400_000
const ruleSet = (...conditions: readonly Condition[]): Pick<RuleSet, 'rules'> => ({
  rules: conditions.map((when) => ({ severity: 1, when })),
})
const night = (...days: readonly Weekday[]): Condition => ({
  missedDuring: { from: '22:00', until: '02:00', ...(days.length > 0 && { days }) },
})

describe('a silent series is forgotten', () => {
  it.each<[string, Condition, number]>([
    ['after a day', { above: 1 }, day],
    ['after a day, where absence is known long before', { absentFor: '5m' }, day],
    ['after twice as long as a rule waits', { absentFor: '2d' }, 4 * day],
    [
      'after twice as long, whatever surrounds it',
      { all: [{ above: 1 }, { not: { any: [{ absentFor: '3d' }] } }] },
      6 * day,
    ],
    ['only when a daily window was missed for sure', night(), 4 * day],
    ['only when the longest way between two weekdays is over', night('mon', 'wed'), 12 * day],
    ['only when a week is over, for a window once a week', night('sun'), 16 * day],
    [
      'after a day, where a window is one stretch of time',
      { missedDuring: { start: '2026-01-01T00:00:00Z', end: '2026-03-01T00:00:00Z' } },
      day,
    ],
  ])('%s', (_, condition, ms) => {
    expect(forgetAfterMs(ruleSet(condition))).toBe(ms)
  })

  it('when the rule set says so', () => {
    expect(forgetAfterMs({ ...ruleSet({ absentFor: '5m' }), forgetAfter: '6m' })).toBe(360_000)
  })
})

it('conditions within a condition are found with their place, outside first', () => {
  const condition: Condition = {
    any: [
      { above: 1 },
      { some: 1, of: [{ not: { below: 2 } }] },
      { some: '50%', members: { all: [{ equals: 3 }] } },
    ],
  }
  expect([...conditionsOf(condition)].map(({ path, isOfMembers }) => [path, isOfMembers])).toEqual([
    ['', false],
    ['.any[0]', false],
    ['.any[1]', false],
    ['.any[1].of[0]', false],
    ['.any[1].of[0].not', false],
    ['.any[2]', false],
    ['.any[2].members', true],
    ['.any[2].members.all[0]', true],
  ])
})
