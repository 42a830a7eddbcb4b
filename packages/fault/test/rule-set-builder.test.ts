import { expect, it } from 'vitest'

import { parseRuleSets, ruleSet } from '../src/index.ts'

it('the builder gives the JSON that one could write by hand', () => {
  const built = ruleSet('cpu')
    .select('__name:cpu.used')
    .named('Processor')
    .notes('Look.')
    .link('http://localhost/')
    .average('5m', '1m')
    .above(95, 1)
    .below(1, 2)
    .equals(50, 3)
    .notEquals(60, 4)
    .absentFor('2m', 5)
    .build()
  const json: unknown = JSON.parse(JSON.stringify(built))
  expect(json).toEqual({
    id: 'cpu',
    select: '__name:cpu.used',
    name: 'Processor',
    notes: 'Look.',
    link: 'http://localhost/',
    window: { function: 'average', duration: '5m', minFill: '1m' },
    rules: [
      { when: { above: 95 }, severity: 1 },
      { when: { below: 1 }, severity: 2 },
      { when: { equals: 50 }, severity: 3 },
      { when: { notEquals: 60 }, severity: 4 },
      { when: { absentFor: '2m' }, severity: 5 },
    ],
  })
  expect(parseRuleSets([json])).toEqual([built])
})

it('the builder takes texts and regular expressions', () => {
  const built = ruleSet('log')
    .select('*')
    .matches(/^a\/b/, 1)
    .notMatches('b', 2)
    .contains('c', 3)
    .notContains('d', 4)
    .changed(5)
    .build()
  expect(built.rules.map(({ when }) => when)).toEqual([
    { matches: '^a\\/b' },
    { notMatches: 'b' },
    { contains: 'c' },
    { notContains: 'd' },
    { changed: true },
  ])
})

it('the builder refuses flags of a regular expression that its rule would lose', () => {
  const log = ruleSet('log').select('*').contains('a', 1)
  expect(() => log.matches(/error/i, 2)).toThrow(
    'FAULT_BAD_RULESET: rulesets[0].rules[1].when.matches must be a regular expression without the flags i',
  )
  expect(log.notMatches(/ok/gu, 2).build().rules[1]?.when).toEqual({ notMatches: 'ok' })
})

it('each step of the builder leaves the one before as it was', () => {
  const base = ruleSet('cpu').select('*').above(95, 1)
  base.above(80, 3)
  expect(base.build().rules).toHaveLength(1)
})
