import { describe, expect, it } from 'vitest'

import { FaultError, parseRuleSets, type RuleSet, ruleSet } from '../src/index.ts'

const good: RuleSet = {
  id: 'cpu',
  name: 'Processor',
  select: 'and(__name:cpu.used,host:web-*)',
  window: { function: 'average', duration: '5m', minFill: '1m' },
  rules: [
    { when: { above: 95 }, severity: 1 },
    { when: { absentFor: '2m' }, severity: 2 },
  ],
  notes: 'Look at the load balancer.',
  link: 'http://localhost/runbook',
}
const rules = (...when: readonly unknown[]): unknown => [
  { id: 'a', select: '*', rules: when.map((criterion) => ({ when: criterion, severity: 1 })) },
]

/** The error that a document gives. */
function refusal(json: unknown): FaultError {
  try {
    parseRuleSets(json)
  } catch (error) {
    if (error instanceof FaultError) return error
  }
  throw new Error('was not refused with a FaultError')
}

describe('parseRuleSets', () => {
  it('gives a copy of a good document', () => {
    const parsed = parseRuleSets([good])
    expect(parsed).toEqual([good])
    expect(parsed[0]).not.toBe(good)
    expect(parsed[0]?.rules).not.toBe(good.rules)
  })

  it('takes a field that is undefined as one that is not there', () => {
    expect(Object.keys(parseRuleSets([{ ...good, window: undefined }])[0] ?? {})).not.toContain('window')
  })

  it.each<[string, unknown, string, string]>([
    [
      'no array',
      { rulesets: [] },
      'rulesets',
      'an array of at most 10000 rule sets, got an object with rulesets',
    ],
    ['nothing', undefined, 'rulesets', 'got undefined'],
    ['a hole', Array(1), 'rulesets[0]', 'must be an object with id, select and rules'],
    [
      'a missing field',
      [{ id: 'a', select: '*' }],
      'rulesets[0].rules',
      'is missing; it must be an array of 1 to 100 rules',
    ],
    ['no rules', [{ ...good, rules: [] }], 'rulesets[0].rules', 'got an array of 0'],
    [
      'an unknown field',
      [{ ...good, wait: 5 }],
      'rulesets[0].wait',
      'is not known here; known are id, name, select',
    ],
    ['a field from the prototype', [JSON.parse('{"__proto__":1}')], 'rulesets[0].__proto__', 'is not known'],
    [
      'a severity of 0',
      [{ ...good, rules: [{ when: { above: 1 }, severity: 0 }] }],
      'rulesets[0].rules[0].severity',
      'must be a severity from 1, the worst, to 5, got 0',
    ],
    [
      'a severity as text',
      [{ ...good, rules: [{ when: { above: 1 }, severity: '1' }] }],
      'rulesets[0].rules[0].severity',
      'got "1"',
    ],
    [
      'two criteria in one',
      rules({ above: 1, below: 0 }),
      'rulesets[0].rules[0].when',
      'exactly one of above, below',
    ],
    ['an empty criterion', rules({}), 'rulesets[0].rules[0].when', 'got an empty object'],
    ['an unknown criterion', rules({ over: 1 }), 'rulesets[0].rules[0].when.over', 'is not known here'],
    [
      'a threshold that is no number',
      rules({ above: NaN }),
      'rulesets[0].rules[0].when.above',
      'a finite number, got NaN',
    ],
    [
      'changed: false',
      rules({ changed: false }),
      'rulesets[0].rules[0].when.changed',
      'must be true, got false',
    ],
    ['no duration', rules({ absentFor: 120 }), 'rulesets[0].rules[0].when.absentFor', 'a duration above 0'],
    [
      'a duration of 0',
      rules({ absentFor: '00m' }),
      'rulesets[0].rules[0].when.absentFor',
      'a duration above 0',
    ],
    [
      'a duration beyond numbers',
      rules({ absentFor: '999999999999d' }),
      'rulesets[0].rules[0].when.absentFor',
      'less than 2^53',
    ],
    [
      'a bad regular expression',
      rules({ matches: '(' }),
      'rulesets[0].rules[0].when.matches',
      'must be a regular expression: Invalid',
    ],
    [
      'a regular expression that is bad with the flag u',
      rules({ notMatches: '\\-' }),
      'rulesets[0].rules[0].when.notMatches',
      'Invalid escape',
    ],
    [
      'a long regular expression',
      rules({ matches: 'a'.repeat(1025) }),
      'rulesets[0].rules[0].when.matches',
      '1 to 1024 characters',
    ],
    [
      'a bad tag query',
      [{ ...good, select: 'and(a' }],
      'rulesets[0].select',
      'must be a tag query: expected , or ) here, at character 5',
    ],
    ['an id with |', [{ ...good, id: 'a|b' }], 'rulesets[0].id', 'without |'],
    ['an id twice', [good, good], 'rulesets[1].id', 'must be unique, but [0].id is "cpu" too'],
    [
      'more fill than window',
      [{ ...good, window: { function: 'average', duration: '1m', minFill: '61s' } }],
      'rulesets[0].window.minFill',
      'at most the duration 1m, got 61s',
    ],
    [
      'an average of texts',
      [{ ...good, rules: [{ when: { contains: 'a' }, severity: 1 }] }],
      'rulesets[0].rules[0].when.contains',
      'cannot judge an average',
    ],
    [
      'a change of an average',
      [{ ...good, rules: [{ when: { changed: true }, severity: 1 }] }],
      'rulesets[0].rules[0].when.changed',
      'cannot judge an average',
    ],
    [
      'numbers and texts together',
      rules({ above: 1 }, { changed: true }, { equals: 'down' }),
      'rulesets[0].rules[2].when.equals',
      'compares a string while an earlier rule compares a number',
    ],
  ])('refuses %s, and says where and what is allowed', (_, json, path, sentence) => {
    const error = refusal(json)
    expect(error).toMatchObject({ code: 'FAULT_BAD_RULESET', facts: { path } })
    expect(error.message).toContain(`FAULT_BAD_RULESET: ${path} `)
    expect(error.message).toContain(sentence)
  })
})

describe('a rule that can never decide', () => {
  it.each<[unknown, unknown]>([
    [{ above: 80 }, { above: 95 }],
    [{ above: 80 }, { above: 80 }],
    [{ below: 20 }, { below: 5 }],
    [{ above: 80 }, { equals: 95 }],
    [{ equals: 5 }, { equals: 5 }],
    [{ notEquals: 5 }, { equals: 6 }],
    [{ notEquals: 5 }, { above: 5 }],
    [{ notEquals: 5 }, { below: 5 }],
    [{ notEquals: 'up' }, { equals: 'down' }],
    [{ notEquals: 'up' }, { contains: 'down' }],
    [{ notEquals: 'up' }, { matches: '^d' }],
    [{ contains: 'err' }, { contains: 'error' }],
    [{ contains: 'err' }, { equals: 'an error' }],
    [{ notContains: 'error' }, { notContains: 'err' }],
    [{ matches: '^err' }, { matches: '^err' }],
    [{ matches: '^err' }, { equals: 'error' }],
    [{ changed: true }, { changed: true }],
    [{ absentFor: '1m' }, { absentFor: '5m' }],
    [{ absentFor: '1m' }, { absentFor: '60s' }],
  ])('after %j is %j', (wide, narrow) => {
    const error = refusal(rules(wide, narrow))
    expect(error.facts).toEqual({ path: 'rulesets[0].rules[1]' })
    expect(error.message).toContain('can never decide')
  })

  it.each<[unknown, unknown]>([
    [{ above: 95 }, { above: 80 }],
    [{ below: 5 }, { below: 20 }],
    [{ above: 80 }, { below: 95 }],
    [{ above: 80 }, { equals: 80 }],
    [{ notEquals: 5 }, { above: 4 }],
    [{ notEquals: 'up' }, { contains: 'u' }],
    [{ contains: 'error' }, { contains: 'err' }],
    [{ notContains: 'err' }, { notContains: 'error' }],
    [{ matches: '^err' }, { equals: 'no err' }],
    [{ notEquals: 5 }, { changed: true }],
    [{ notEquals: 5 }, { absentFor: '1m' }],
    [{ absentFor: '5m' }, { absentFor: '1m' }],
  ])('is not meant where %j is followed by %j', (first, second) => {
    expect(parseRuleSets(rules(first, second))).toHaveLength(1)
  })

  it('is told in a sentence that says what to do', () => {
    expect(() => ruleSet('cpu').select('*').above(80, 3).above(95, 1).build()).toThrow(
      'FAULT_BAD_RULESET: rulesets[0].rules[1] can never decide: rulesets[0].rules[0], {"above":80} with severity 3, comes first ' +
        'and is violated whenever {"above":95} is; put the narrower rule first',
    )
  })
})
