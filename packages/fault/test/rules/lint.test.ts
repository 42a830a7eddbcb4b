import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import type { Rule, RuleSet } from '../../src/model/rule-set.ts'
import { lint, readRuleSets } from '../../src/rules/lint.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { anyRuleSet } from '../../src/testing/any-rule-sets.ts'

const set = (rules: readonly unknown[], more: object = {}): unknown => ({
  id: 'a',
  select: '*',
  rules,
  ...more,
})
const withRule = (rule: object, more: object = {}): unknown => set([{ severity: 1, ...rule }], more)
const messages = (...sets: readonly unknown[]): readonly string[] =>
  lint(sets).map(({ severity, message }) => `${severity}: ${message}`)
const night = { from: '22:00', until: '06:00' }

describe('lint', () => {
  it('finds nothing in a rule set that means what it says', () => {
    const rules = [
      { severity: 1, when: { above: 95, until: 90 }, for: '2m' },
      { severity: 2, when: { of: { average: '5m' }, above: 80 }, for: '1m' },
      { severity: 3, when: { some: 2, of: [{ above: 70 }, { below: 2 }, { changed: true }] } },
      { severity: 4, when: { absentFor: '2m' } },
    ]
    expect(lint([set(rules, { mute: [{ when: { during: night } }] })])).toEqual([])
  })

  it.each<[unknown, string]>([
    [
      withRule({ when: { above: 1 } }, { select: 'http.latency' }),
      'rulesets[0].select selects series with a tag called "http.latency"; write "__name:http.latency" for a metric, or "http.latency:*" for that tag',
    ],
    [
      withRule({ when: { above: 1 } }, { select: 'disk.*' }),
      'rulesets[0].select selects series with a tag called "disk.*"; write "__name:disk.*" for a metric, or "disk.*:*" for that tag',
    ],
    [
      withRule(
        { when: { of: { ratio: [{ sum: '5m', select: 'failed' }, { sum: '5m' }] }, above: 1 } },
        { by: ['dc'] },
      ),
      'rulesets[0].rules[0].when.of.ratio[0].select selects series with a tag called "failed"; write "__name:failed" for a metric, or "failed:*" for that tag',
    ],
    [
      withRule({ when: { absentFor: '10s' } }),
      'rulesets[0].rules[0].when.absentFor is 10s, and samples may be 10s late: give it more',
    ],
    [
      withRule({ when: { of: { average: '1m' }, equals: 5 } }),
      'rulesets[0].rules[0].when.equals is hardly ever exactly so of average; say above or below',
    ],
    [
      withRule({ when: { not: { of: { rate: '1m' }, notEquals: 0 } } }),
      'rulesets[0].rules[0].when.not.notEquals is hardly ever exactly so of rate; say above or below',
    ],
    [
      withRule({ when: { above: 80, until: 80 } }),
      'rulesets[0].rules[0].when.until is 80, the limit itself, and so without effect',
    ],
    [
      withRule({ when: { above: 80 }, clear: { any: [{ atMost: 5, until: 5 }] } }),
      'rulesets[0].rules[0].clear.any[0].until is 5, the limit itself, and so without effect',
    ],
    [
      withRule({ when: { some: '100%', of: [{ above: 1 }, { changed: true }] } }),
      'rulesets[0].rules[0].when.some of 2 is all of them; say all',
    ],
    [
      withRule({ when: { some: 2, of: [{ above: 1 }, { changed: true }] } }),
      'rulesets[0].rules[0].when.some of 2 is all of them; say all',
    ],
    [
      withRule({ when: { some: 1, of: [{ above: 1 }, { changed: true }] } }),
      'rulesets[0].rules[0].when.some of 1 is any of them; say any',
    ],
    [
      withRule({ when: { of: { average: '5m' }, above: 1 }, for: '24s' }),
      'rulesets[0].rules[0].for is 24s, less than 25s, the step in which its window moves',
    ],
    [
      withRule({
        when: {
          all: [
            { of: { max: '1h' }, above: 1 },
            { of: { min: '5m' }, below: 1 },
          ],
        },
        keep: '24s',
      }),
      'rulesets[0].rules[0].keep is 24s, less than 25s, the step in which its window moves',
    ],
    [
      withRule({ when: { above: 1 } }, { mute: [{ when: { during: { from: '06:00', until: '06:00' } } }] }),
      'rulesets[0].mute[0].when.during is all the time, so that nothing is ever told',
    ],
    [
      set([
        { severity: 3, when: { above: 80 } },
        { severity: 1, when: { above: 95 } },
      ]),
      'rulesets[0].rules[1] can never decide: rulesets[0].rules[0], {"above":80} with severity 3, comes first and is violated whenever {"above":95} is; put the narrower rule first',
    ],
  ])('warns of what can hardly be meant (%#)', (ruleSet, sentence) => {
    expect(messages(ruleSet)).toEqual([`warning: ${sentence}`])
    expect(parseRuleSets([ruleSet])).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['a hold as long as a pane', withRule({ when: { of: { average: '5m' }, above: 1 }, for: '25s' })],
    ['a hold of no time', withRule({ when: { of: { average: '5m' }, above: 1 }, for: '0s' })],
    [
      'a hold where a sample decides too',
      withRule({ when: { any: [{ of: { average: '5m' }, above: 1 }, { above: 9 }] }, for: '5s' }),
    ],
    ['a hold where samples are counted', withRule({ when: { of: { changes: 5 }, above: 1 }, for: '5s' })],
    ['the greatest that equals a number', withRule({ when: { of: { max: '5m' }, equals: 1 } })],
    ['all members', withRule({ when: { some: '100%', members: { above: 1 } } }, { by: ['dc'] })],
    ['a tag with any value', withRule({ when: { above: 1 } }, { select: 'host:*' })],
    ['everything', withRule({ when: { above: 1 } }, { select: '*' })],
    [
      'one whole weekday',
      withRule(
        { when: { above: 1 } },
        { mute: [{ when: { during: { from: '00:00', until: '00:00', days: ['sun'] } } }] },
      ),
    ],
  ])('does not warn of %s', (_, ruleSet) => {
    expect(messages(ruleSet)).toEqual([])
  })

  it('tells all errors of a rule set, each with its place, its set and its rule', () => {
    const broken = {
      id: 'x',
      colour: 'red',
      rules: [
        { severity: 9, when: { above: '1' } },
        { sevrity: 1, when: { aboev: 1 }, for: '1 m' },
        { severity: 1, when: { above: 1 } },
      ],
      decide: 'best',
    }
    const findings = lint([broken])
    expect(findings.map(({ path }) => path)).toEqual([
      'rulesets[0].colour',
      'rulesets[0].select',
      'rulesets[0].rules[0].severity',
      'rulesets[0].rules[0].when.above',
      'rulesets[0].rules[1].sevrity',
      'rulesets[0].rules[1].severity',
      'rulesets[0].rules[1].when.aboev',
      'rulesets[0].rules[1].for',
      'rulesets[0].decide',
    ])
    expect(findings[7]).toEqual({
      severity: 'error',
      path: 'rulesets[0].rules[1].for',
      message:
        'rulesets[0].rules[1].for must be a duration such as "250ms", "30s", "5m", "1h" or "1d", got "1 m"',
      ruleSet: 'x',
      rule: 1,
    })
    expect(findings.every(({ severity, ruleSet }) => severity === 'error' && ruleSet === 'x')).toBe(true)
  })

  it('tells all that does not fit together, where each part is good', () => {
    const ruleSet = set(
      [
        { severity: 1, when: { above: 1 } },
        { severity: 2, when: { some: 1, members: { absentFor: '1m' } }, clear: { absentFor: '1m' } },
      ],
      { by: ['dc'], expect: [{}], forgetAfter: '30s' },
    )
    expect(lint([ruleSet]).map(({ path }) => path.replace('rulesets[0]', ''))).toEqual([
      '.rules[0].when',
      '.rules[1].when.members.absentFor',
      '.rules[1].clear.absentFor',
      '.expect[0]',
      '.forgetAfter',
    ])
  })

  it('tells the errors of an old form in the same way', () => {
    const window = { function: 'average', duration: '100ms' }
    expect(
      lint([
        set(
          [
            { severity: 1, when: { above: 1 } },
            { severity: 2, when: { equals: 'x' } },
          ],
          { window },
        ),
      ]).map(({ path }) => path),
    ).toEqual(['rulesets[0].rules[0].when.of.average', 'rulesets[0].rules[1].when.of.average'])
    expect(
      lint([set([{ severity: 1, when: { above: 1 } }], { window: { function: 'max' } })]).map(
        ({ path }) => path,
      ),
    ).toEqual(['rulesets[0].window.function'])
  })

  it('does not ask which rule comes first where the worst decides', () => {
    const rules = [
      { severity: 3, when: { above: 80 } },
      { severity: 1, when: { above: 95 } },
    ]
    expect(messages(set(rules, { decide: 'worst' }))).toEqual([])
    expect(messages(set(rules, { decide: 'first' }))).toHaveLength(1)
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(fc.anything())), (anything) => {
        const findings = lint(anything)
        expect(findings.every(({ path, message }) => message.startsWith(`${path} `))).toBe(true)
      }),
      runs(500),
    )
    const { proxy, revoke } = Proxy.revocable<Record<string, unknown>>({}, {})
    revoke()
    expect(lint([proxy])).toHaveLength(1)
    expect(lint([{ id: 'a', select: '*', rules: [proxy, { severity: 7 }] }]).length).toBeGreaterThan(0)
  })

  it('finds an error exactly where the parser refuses, and the first one is the same', () => {
    const broken = fc
      .tuple(
        anyRuleSet({ id: 'a' }),
        fc.constantFrom('id', 'select', 'rules', 'by', 'forgetAfter', 'mute'),
        fc.jsonValue(),
      )
      .map(([ruleSet, name, value]) => ({ ...ruleSet, [name]: value }))
    const seen = { good: 0, bad: 0 }
    fc.assert(
      fc.property(fc.array(fc.oneof(anyRuleSet(), broken), { maxLength: 3 }), (sets) => {
        const errors = lint(sets).filter(({ severity }) => severity === 'error')
        let refused: string | undefined
        try {
          parseRuleSets(sets)
        } catch (error) {
          refused = (error as Error).message.replace('FAULT_BAD_RULESET: ', '')
        }
        seen[refused === undefined ? 'good' : 'bad'] += 1
        expect(errors.length > 0).toBe(refused !== undefined)
        if (refused !== undefined) expect(errors.map(({ message }) => message)).toContain(refused)
      }),
      runs(300),
    )
    expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(10)
  })
})

describe('a rule behind another', () => {
  const isHidden = (first: Partial<Rule>, second: Partial<Rule>): boolean =>
    messages(
      set([
        { severity: 3, ...first },
        { severity: 1, ...second },
      ]),
    ).some((text) => text.includes('rules[1] can never decide'))

  it.each<[Partial<Rule>, Partial<Rule>]>([
    [{ when: { above: 80 } }, { when: { above: 95 }, for: '5m' }],
    [
      { when: { above: 80 }, for: '1m' },
      { when: { above: 95 }, for: '60s' },
    ],
    [
      { when: { above: 80 }, keep: '5m' },
      { when: { above: 95 }, keep: '1m' },
    ],
    [{ when: { above: 80, until: 70 } }, { when: { above: 95, until: 75 } }],
    [{ when: { of: { average: '5m' }, above: 80 } }, { when: { of: { average: '5m' }, above: 95 } }],
    [{ when: { above: 80 } }, { when: { of: { last: true }, above: 95 } }],
    [{ when: { any: [{ above: 80 }, { below: 5 }] } }, { when: { below: 3 } }],
    [{ when: { above: 80 } }, { when: { all: [{ changed: true }, { above: 95 }] } }],
    [{ when: { not: { above: 95 } } }, { when: { not: { above: 80 } } }],
    [{ when: { absentFor: '1m' } }, { when: { absentFor: '60s' } }],
    [{ when: { contains: 'err' } }, { when: { contains: 'error' } }],
    [{ when: { matches: '^err' } }, { when: { equals: 'error' } }],
    [
      { when: { some: 1, of: [{ above: 1 }, { below: 0 }] } },
      { when: { some: 2, of: [{ above: 1 }, { below: 0 }] } },
    ],
  ])('never decides: first %j, then %j', (first, second) => {
    expect(isHidden(first, second)).toBe(true)
  })

  it.each<[string, Partial<Rule>, Partial<Rule>]>([
    ['begins sooner', { when: { above: 80 }, for: '5m' }, { when: { above: 95 }, for: '1m' }],
    ['is kept longer', { when: { above: 80 } }, { when: { above: 95 }, keep: '1m' }],
    ['comes back less far', { when: { above: 80 } }, { when: { above: 95, until: 75 } }],
    ['clears in a way of its own', { when: { above: 80 } }, { when: { above: 95 }, clear: { below: 50 } }],
    [
      'asks for another window',
      { when: { of: { average: '5m' }, above: 80 } },
      { when: { of: { average: '1m' }, above: 95 } },
    ],
    [
      'asks for less of the window',
      { when: { of: { average: '5m' }, minFill: '1m', above: 80 } },
      { when: { of: { average: '5m' }, above: 95 } },
    ],
    ['is wider', { when: { above: 95 } }, { when: { above: 80 } }],
    ['is of texts', { when: { notEquals: 5 } }, { when: { equals: 'down' } }],
    ['looks at changes', { when: { notEquals: 5 } }, { when: { changed: true } }],
  ])('decides where it %s', (_, first, second) => {
    expect(isHidden(first, second)).toBe(false)
  })
})

describe('readRuleSets', () => {
  it('keeps the good ones where others are broken, and tells of each', () => {
    const good = withRule({ when: { above: 1 } }) as RuleSet
    const odd = { ...good, id: 'odd', select: 'cpu' }
    const { ruleSets, findings } = readRuleSets([{ id: 'x' }, good, { ...good, name: 'again' }, odd, 7])
    expect(ruleSets).toEqual([good, odd])
    expect(findings.map(({ severity, path, ruleSet }) => [severity, path, ruleSet])).toEqual([
      ['error', 'rulesets[0].select', 'x'],
      ['error', 'rulesets[0].rules', 'x'],
      ['error', 'rulesets[2].id', 'a'],
      ['warning', 'rulesets[3].select', 'odd'],
      ['error', 'rulesets[4]', undefined],
    ])
  })

  it('gives what parseRuleSets gives, where nothing is broken', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyRuleSet(), { maxLength: 3, selector: ({ id }) => id }), (sets) => {
        expect(readRuleSets(sets).ruleSets).toEqual(parseRuleSets(sets))
      }),
      { numRuns: 50 },
    )
  })

  it('gives nothing of what is no document', () => {
    expect(readRuleSets({ a: 1 })).toEqual({
      ruleSets: [],
      findings: [
        {
          severity: 'error',
          path: 'rulesets',
          message: 'rulesets must be an array of at most 10000 rule sets, got an object with a',
        },
      ],
    })
  })
})
